"""Elliptic curve Diffie-Hellman with an ephemeral key (RFC 7518 §4.6, RFC 8037 §3.2)."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from sealwax.jose import errors
from sealwax.jose.encoding import EncodingError, base64url_decode
from sealwax.jose.encryption_algorithms import AGREEMENT_CURVES, ContentEncryption, KeyManagement
from sealwax.jose.errors import KeyInvalid, MalformedToken
from sealwax.jose.key_material import check_material, public_members, read_material
from sealwax.jose.primitives import CURVES

AgreementPublicKey: TypeAlias = (
    ec.EllipticCurvePublicKey | x25519.X25519PublicKey | x448.X448PublicKey
)
AgreementPrivateKey: TypeAlias = (
    ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey | x448.X448PrivateKey
)
MAX_PARTY_INFO_LENGTH: Final = 1024


def generate(curve: str) -> AgreementPrivateKey:
    """Make a new key on one of the AGREEMENT_CURVES. Raises ValueError for another."""
    if curve not in AGREEMENT_CURVES:
        message = f"curve is {curve!r}; accepted are {', '.join(sorted(AGREEMENT_CURVES))}"
        raise ValueError(message)
    if curve == "X25519":
        return x25519.X25519PrivateKey.generate()
    if curve == "X448":
        return x448.X448PrivateKey.generate()
    return ec.generate_private_key(CURVES[curve]())


def seal(
    row: KeyManagement,
    encryption: ContentEncryption,
    public: AgreementPublicKey,
    header: Mapping[str, Any],
) -> tuple[bytes, dict[str, str]]:
    """Agree on a key with a recipient; gives it and the public half of the ephemeral key."""
    ephemeral = generate(check_material(public).curve)
    epk = public_members(ephemeral.public_key())
    return _derive(row, encryption, _exchange(ephemeral, public), header), epk


def open_agreed(
    row: KeyManagement,
    encryption: ContentEncryption,
    private: AgreementPrivateKey,
    header: Mapping[str, Any],
) -> bytes | None:
    """Agree on the same key as the sender; None where the exchange has no result.

    Raises MalformedToken for an `epk` that is no point of the curve of the private key.
    """
    public = _read_ephemeral(header.get("epk"), private)
    party_info(header)
    try:
        secret = _exchange(private, public)
    except ValueError:  # a point of small order: the result would be known to everybody
        return None
    return _derive(row, encryption, secret, header)


def party_info(header: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Read `apu` and `apv` (RFC 7518 §4.6.1.2). Raises MalformedToken."""
    return _party(header, "apu"), _party(header, "apv")


def _read_ephemeral(epk: object, private: AgreementPrivateKey) -> AgreementPublicKey:
    if not isinstance(epk, Mapping) or epk.get("kty") not in ("EC", "OKP") or "d" in epk:
        raise MalformedToken(errors.HEADER_MEMBER, "'epk' is not a public key")
    try:
        public = cast("AgreementPublicKey", read_material(epk))
    except KeyInvalid as error:
        raise MalformedToken(errors.HEADER_MEMBER, f"'epk': {error}") from None
    if check_material(public).curve != check_material(private).curve:
        raise MalformedToken(errors.HEADER_MEMBER, "'epk' is of another curve than the key")
    return public


def _exchange(private: AgreementPrivateKey, public: AgreementPublicKey) -> bytes:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.exchange(ec.ECDH(), cast("ec.EllipticCurvePublicKey", public))
    if isinstance(private, x25519.X25519PrivateKey):
        return private.exchange(cast("x25519.X25519PublicKey", public))
    return private.exchange(cast("x448.X448PublicKey", public))


def _derive(
    row: KeyManagement, encryption: ContentEncryption, secret: bytes, header: Mapping[str, Any]
) -> bytes:
    """Concat KDF (RFC 7518 §4.6.2)."""
    size = encryption.key_size_bytes if row.is_direct else row.key_size_bytes
    name = (encryption.name if row.is_direct else row.name).encode("ascii")
    fields = (name, *party_info(header))
    info = b"".join(len(data).to_bytes(4, "big") + data for data in fields)
    return ConcatKDFHash(hashes.SHA256(), size, info + (8 * size).to_bytes(4, "big")).derive(secret)


def _party(header: Mapping[str, Any], name: str) -> bytes:
    value = header.get(name, "")
    if isinstance(value, str) and value.isascii() and len(value) <= MAX_PARTY_INFO_LENGTH:
        try:
            return base64url_decode(value.encode("ascii"))
        except EncodingError:
            pass
    detail = f"{name!r} is not base64url of at most {MAX_PARTY_INFO_LENGTH} characters"
    raise MalformedToken(errors.HEADER_MEMBER, detail)
