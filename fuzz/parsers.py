"""Everything else that reads what strangers wrote: nothing but a JoseError may escape.

These have one implementation, so there is nothing to compare; whatever else is raised is found by
whoever calls `parse`.
"""

import contextlib
import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from fuzz.choices import Choices
from fuzz.documents import document, mapping
from fuzz.generator import encoded
from fuzz.json_text import framed, mutated, value
from fuzz.receivers import AUDIENCE, ISSUER, NOW, Receiver, private_keys, receivers
from sealwax.jose import (
    JoseError,
    Key,
    KeySet,
    dpop,
    jwe,
    jws,
    jwt,
    sd_jwt,
    security_event,
    status_list,
)
from sealwax.jose.confirmation import certificate_thumbprint, read_confirmation
from sealwax.jose.dpop import DEFAULT_ALGORITHMS
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from sealwax.jose.sd_jwt_policy import SdJwtPolicy
from sealwax.jose.status_list import StatusList

_URI: Final = "https://id.example.com/status/1"
_REQUEST: Final = "https://api.example.com/notes"
_MANAGEMENTS: Final = (
    *("dir", "A128KW", "A256GCMKW", "ECDH-ES", "ECDH-ES+A128KW", "RSA-OAEP-256"),
    *("ECDH-ES@X25519", "ECDH-ES+A256KW@P-521"),
)
_ENCRYPTIONS: Final = ("A128GCM", "A128CBC-HS256")


def parse(data: bytes) -> str:
    """Read what the bytes stand for with one of the parsers; give its name, and what came out."""
    choices = Choices(data)
    parser = choices.pick(PARSERS)
    try:
        parser(choices)
    except JoseError as error:
        return f"{parser.__name__}: {error.reason}"
    return f"{parser.__name__}: accepted"


def key(choices: Choices) -> None:
    """Read a JWK, and use what comes out."""
    jwk = choices.pick(_jwks())
    if choices.below(2):
        read = Key.from_jwk(mapping(choices, jwk))
    else:
        read = Key.from_jwk(document(choices, jwk))
    _use(read)


def key_set(choices: Choices) -> None:
    """Read a JWK Set, and choose from it."""
    jwks = {"keys": [choices.pick(_jwks()) for _ in range(choices.below(4))]}
    keys = KeySet.from_jwks(document(choices, jwks))
    for each in keys.keys:
        _use(each)
    keys.select({"alg": "Ed25519", "kid": choices.pick(("k", "ed-1", "a"))})


def pem(choices: Choices) -> None:
    """Read PEM and DER."""
    read = choices.pick(private_keys())
    is_private = bool(choices.below(2))
    if choices.below(2):
        _use(Key.from_pem(mutated(choices, read.to_pem(private=is_private))))
    else:
        _use(Key.from_der(mutated(choices, read.to_der(private=is_private))))


def encrypted(choices: Choices) -> None:
    """Open an encrypted token."""
    recipient = _recipient(choices.pick(_MANAGEMENTS))
    token = _sealed(choices, recipient)
    parts = token.encode().split(b".")
    at = choices.below(5)
    if at == 0:
        header = json.loads(_decoded(parts[0]))
        parts[0] = encoded(choices, document(choices, header))
    else:
        parts[at] = encoded(choices, mutated(choices, _decoded(parts[at])))
    text = b".".join(parts)
    if choices.one_in(4):
        text = mutated(choices, text)
    jwe.decrypt(
        text,
        recipient,
        algorithms=KEY_MANAGEMENTS,
        encryptions=CONTENT_ENCRYPTIONS,
        allow_compressed=True,
    )


def encrypted_document(choices: Choices) -> None:
    """Open an encrypted document in JSON."""
    recipient = _recipient(choices.pick(_MANAGEMENTS))
    sealed = _sealed_document(recipient, choices.pick(_ENCRYPTIONS), flat=bool(choices.below(2)))
    jwe.decrypt_json(
        _either(choices, sealed),
        recipient,
        algorithms=KEY_MANAGEMENTS,
        encryptions=CONTENT_ENCRYPTIONS,
        allow_compressed=True,
    )


def signed_document(choices: Choices) -> None:
    """Verify a signed document in JSON."""
    everybody = _asymmetric()
    demand: jws.Demand = choices.pick(("any_known", "every_signature", "every_key"))
    signed = _signed_document(flat=bool(choices.below(2)), unencoded=bool(choices.below(2)))
    jws.verify_json(
        _either(choices, signed), everybody.keys, algorithms=everybody.algorithms, demand=demand
    )


def detached(choices: Choices) -> None:
    """Verify a signature over what is handed in."""
    receiver = choices.pick(receivers()[:4])
    head = encoded(choices, document(choices, {"alg": "HS256", "b64": False, "crit": ["b64"]}))
    payload = choices.take(8)
    signature = receiver.signers[0].sign(head + b"." + payload)
    token = head + b".." + encoded(choices, signature)
    jws.verify_detached(token, payload, receiver.keys, algorithms=receiver.algorithms)


def status(choices: Choices) -> None:
    """Verify a Status List Token whose content was changed before it was signed."""
    lst = StatusList(choices.pick((1, 2, 4, 8)), 16).encode()
    if choices.below(2):
        lst = encoded(choices, mutated(choices, _decoded(lst.encode()))).decode("latin-1")
    bits = choices.pick((1, 2, 4, 8, 0, 3, True, "1", None))
    claims = {
        "sub": _URI,
        "iat": NOW,
        "exp": NOW + 60,
        "ttl": 15,
        "status_list": {"bits": bits, "lst": lst},
    }
    token = _signed(choices, {"alg": "HS256", "typ": status_list.TYPE}, claims)
    secret = receivers()[0]
    status_list.verify(token, secret.keys, algorithms=secret.algorithms, uri=_URI, now=NOW)


def proof(choices: Choices) -> None:
    """Check a DPoP proof whose content was changed before it was signed."""
    claims = {
        "jti": "1",
        "htm": "GET",
        "htu": _REQUEST,
        "iat": NOW,
        "nonce": "n",
        "ath": dpop.access_token_hash("token"),
    }
    holder = _edwards()
    header = {"alg": "Ed25519", "typ": dpop.TYPE, "jwk": holder.to_jwk()}
    data = encoded(choices, document(choices, header)) + b"."
    data += encoded(choices, document(choices, claims))
    token = data + b"." + encoded(choices, holder.signer("Ed25519")(data))
    access_token = choices.pick(("token", None, "other"))
    dpop.check(
        token,
        method="GET",
        url=_REQUEST,
        now=NOW,
        access_token=access_token,
        algorithms=DEFAULT_ALGORITHMS,
    )


def confirmation(choices: Choices) -> None:
    """Read what a token is bound to."""
    thumbprint = encoded(choices, hashlib.sha256(b"").digest()).decode("latin-1")
    name = choices.pick(("jkt", "x5t#S256"))
    read_confirmation(mapping(choices, {"cnf": {name: thumbprint}, "sub": "a"}))
    certificate_thumbprint(mutated(choices, b"\x30\x03\x02\x01\x01"))


def selective_disclosure(choices: Choices) -> None:
    """Read an SD-JWT whose payload was changed before it was signed, and its disclosures after."""
    issuer = _edwards()
    text, *disclosures = _sd_jwt().split("~")[:-1]
    head, payload, _ = text.encode().split(b".")
    data = encoded(choices, document(choices, json.loads(_decoded(head)))) + b"."
    data += encoded(choices, document(choices, json.loads(_decoded(payload))))
    signed = data + b"." + encoded(choices, issuer.signer("Ed25519")(data))
    for _ in range(choices.below(3)):
        at = choices.below(len(disclosures))
        disclosures[at] = _changed_disclosure(choices, disclosures[at])
    if choices.one_in(4):
        disclosures.append(choices.pick(disclosures))
    presented = "~".join([signed.decode("latin-1"), *disclosures, ""])
    with contextlib.suppress(JoseError):
        sd_jwt.read_unverified_disclosures(presented)
    with contextlib.suppress(JoseError):
        sd_jwt.present(presented, disclose=())
    sd_jwt.verify(
        presented,
        issuer.public(),
        algorithms=("Ed25519",),
        policy=SdJwtPolicy(ISSUER, "example+sd-jwt"),
        key_binding=None,
        now=NOW,
    )


def security_event_token(choices: Choices) -> None:
    """Verify a security event, or a logout, that was changed before it was signed."""
    secret = receivers()[0]
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "jti": "1",
        "iat": NOW,
        "sub": "user-1",
        "txn": "t",
        "toe": NOW,
        "events": {"https://schemas.example/e": {"a": 1}, security_event.BACKCHANNEL_LOGOUT: {}},
    }
    is_logout = bool(choices.below(2))
    if is_logout:
        del claims["events"]["https://schemas.example/e"], claims["txn"], claims["toe"]
        claims["exp"] = NOW + 60
    typ = security_event.LOGOUT_TYPE if is_logout else security_event.TYPE
    token = _signed(choices, {"alg": "HS256", "typ": typ}, claims)
    read = security_event.verify_logout if is_logout else security_event.verify
    read(
        token,
        secret.keys,
        algorithms=secret.algorithms,
        issuer=ISSUER,
        audience=AUDIENCE,
        now=NOW,
    )


def unverified(choices: Choices) -> None:
    """Read a token that nobody verifies, and one that is nested."""
    token = _signed(choices, {"alg": "HS256", "kid": "k"}, {"sub": "a", "n": {"x": [1]}})
    with contextlib.suppress(JoseError):
        jwt.read_unverified_header(token)
    jwt.read_unverified_claims(token)


PARSERS: Final[tuple[Callable[[Choices], None], ...]] = (
    *(key, key_set, pem, encrypted, encrypted_document, signed_document, detached, status),
    *(proof, confirmation, unverified, selective_disclosure, security_event_token),
)


def _use(read: Key) -> None:
    """Do with a key what is done with keys: show it, write it, check a signature with it."""
    repr(read)
    read.thumbprint()
    for algorithm in read.algorithms:
        if read.may("verify", algorithm):
            read.checker(algorithm)(b"data", b"signature")


@cache
def _jwks() -> tuple[dict[str, Any], ...]:
    keys = private_keys()
    private = [each.to_jwk(private=True) for each in keys]
    public = [each.to_jwk() for each in keys if each.key_type != "oct"]
    return (*private, *public)


@cache
def _edwards() -> Key:
    return next(each for each in private_keys() if each.algorithm == "Ed25519")


@cache
def _sd_jwt() -> str:
    claims = {
        "iss": ISSUER,
        "exp": NOW + 60,
        "name": "b",
        "address": {"town": "c"},
        "list": ["d", "e"],
    }
    hidden = ("/name", "/address", "/address/town", "/list/0")
    return sd_jwt.issue(
        claims, _edwards(), typ="example+sd-jwt", disclosable=hidden, holder_key=_edwards()
    )


def _changed_disclosure(choices: Choices, text: str) -> str:
    if choices.below(2):
        members = [value(choices) for _ in range(choices.below(5))]
        return encoded(choices, framed(choices, "[" + ",".join(members) + "]")).decode("latin-1")
    return encoded(choices, mutated(choices, _decoded(text.encode()))).decode("latin-1")


@cache
def _asymmetric() -> Receiver:
    return next(receiver for receiver in receivers() if receiver.name == "asymmetric")


@cache
def _recipient(name: str) -> Key:
    algorithm, _, curve = name.partition("@")
    return Key.generate("A128GCM" if algorithm == "dir" else algorithm, curve=curve or None)


def _sealed(choices: Choices, recipient: Key) -> str:
    return _sealed_token(recipient, choices.pick(_ENCRYPTIONS), compress=choices.one_in(4))


@cache
def _sealed_token(recipient: Key, encryption: str, *, compress: bool) -> str:
    if recipient.algorithm == "A128GCM":
        encryption = "A128GCM"
    return jwe.encrypt(b"plain" * 9, _sender(recipient), encryption=encryption, compress=compress)


@cache
def _sealed_document(recipient: Key, encryption: str, *, flat: bool) -> dict[str, Any]:
    if recipient.algorithm == "A128GCM":
        encryption = "A128GCM"
    return jwe.encrypt_json(
        b"plain",
        [jwe.Recipient(_sender(recipient), None, {"x": 1})],
        encryption=encryption,
        unprotected={"y": 2},
        additional_data=b"more",
        flattened=flat,
    )


def _sender(recipient: Key) -> Key:
    return recipient if recipient.key_type == "oct" else recipient.public()


@cache
def _signed_document(*, flat: bool, unencoded: bool) -> dict[str, Any]:
    keys = [each for each in private_keys() if each.kid in ("k", "big")][: 1 if flat else 2]
    signers = [jws.Signer(each) for each in keys]
    return jws.sign_json(b"payload", signers, flattened=flat, unencoded=unencoded)


def _either(choices: Choices, good: Mapping[str, Any]) -> Mapping[str, Any] | bytes:
    return mapping(choices, good) if choices.below(2) else document(choices, good)


def _signed(choices: Choices, header: Mapping[str, Any], claims: Mapping[str, Any]) -> bytes:
    data = encoded(choices, document(choices, header)) + b"."
    data += encoded(choices, document(choices, claims))
    return data + b"." + encoded(choices, receivers()[0].signers[0].sign(data))


def _decoded(text: bytes) -> bytes:
    """Read base64url as anybody would; what was spoiled before stays as it is."""
    try:
        return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        return text
