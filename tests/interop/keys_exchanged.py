"""Keys both ways: as JWK, as PEM, and their thumbprints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sealwax.jose import Key, jwt
from sealwax.jose.algorithms import ALGORITHMS, EDDSA
from tests.interop.exchanges import (
    AGREED,
    DIFFERS,
    NOT_OFFERED,
    READS,
    WRITES,
    Finding,
    key_for,
    ours,
)
from tests.interop.protocol import NotOffered, Peer, Refused
from tests.interop.tokens_signed import CLAIMS, TYPE, signed, verified

# A key of each kind, and the algorithm it is named for.
ROWS: dict[str, tuple[str, str | None]] = {
    "`oct`": ("HS256", None),
    "`RSA`": ("RS256", None),
    "`EC` P-256": ("ES256", None),
    "`EC` P-384": ("ES384", None),
    "`EC` P-521": ("ES512", None),
    "`EC` secp256k1": ("ES256K", None),
    "`OKP` Ed25519": ("Ed25519", None),
    "`OKP` Ed448": ("Ed448", None),
    "`OKP` X25519": ("ECDH-ES", "X25519"),
    "`OKP` X448": ("ECDH-ES", "X448"),
    "`AKP` ML-DSA-44": ("ML-DSA-44", None),
    "`AKP` ML-DSA-65": ("ML-DSA-65", None),
    "`AKP` ML-DSA-87": ("ML-DSA-87", None),
}


def exchange(peer: Peer, form: str, row: str, key_of: Callable[..., Key]) -> list[Finding]:
    """Have both halves of one kind of key read and written as "jwk" or "pem".

    With "thumbprint", have that of the public half taken (RFC 7638).
    """
    key = key_of(*ROWS[row])
    is_secret = key.key_type == "oct"
    public = key if is_secret else key.public()
    if form == "thumbprint":
        return _thumbprint(peer, public)
    if is_secret:
        return _read_and_written(peer, "", form, key, key)
    return [
        *_read_and_written(peer, "public", form, public, key),
        *_read_and_written(peer, "private", form, key, key),
    ]


def _read_and_written(peer: Peer, variant: str, form: str, half: Key, whole: Key) -> list[Finding]:
    """See whether the library reads the form, and whether it writes it.

    What it reads shows in what it writes, or else in what it signs or verifies.
    """
    others = {"jwk": "pem", "pem": "jwk"}
    wrote = _exported(peer, half, form, form)
    if wrote.outcome == AGREED:
        return [Finding(READS, variant, AGREED), Finding(WRITES, variant, AGREED)]
    if wrote.outcome == DIFFERS:
        return [Finding(READS, variant, DIFFERS, wrote.detail)]
    read = _exported(peer, half, form, others[form])
    if read.outcome == NOT_OFFERED and half.algorithm in ALGORITHMS:
        read = _used(peer, half, whole, form)
    written = _exported(peer, half, others[form], form)
    return [
        Finding(READS, variant, read.outcome, read.detail),
        Finding(WRITES, variant, written.outcome, written.detail),
    ]


def _exported(peer: Peer, key: Key, form: str, written_as: str) -> Finding:
    """Hand over the key in one form, and compare what it is written as in another."""
    command: dict[str, Any] = {
        "key": key_for(peer, key, private=key.is_private, form=form),
        "alg": key.algorithm,
        "as": written_as,
        "private": key.is_private,
    }
    try:
        written = peer.ask("export", **command)["key"]
        if written_as == "pem":
            found = ours(lambda: Key.from_pem(written.encode()))
        else:
            found = ours(lambda: Key.from_jwk(written))
    except NotOffered as why:
        return Finding("", "", NOT_OFFERED, str(why))
    except Refused as why:
        return Finding("", "", DIFFERS, str(why))
    is_same = found.thumbprint() == key.thumbprint() and found.is_private == key.is_private
    return Finding("", "", AGREED if is_same else DIFFERS, "another key came out" * (not is_same))


def _used(peer: Peer, half: Key, whole: Key, form: str) -> Finding:
    """Hand over the key in one form, and have it sign or verify."""
    handed, name = key_for(peer, half, private=half.is_private, form=form), str(half.algorithm)
    for spelled in (name, EDDSA) if name == "Ed25519" else (name,):
        header = {"alg": spelled, "typ": TYPE, "kid": half.kid}
        try:
            if half.is_private:
                signed(peer, "compact", [(handed, header)])
            else:
                token = jwt.sign(CLAIMS, whole, typ=TYPE, algorithm_name=spelled)
                verified(peer, "compact", token, [(handed, spelled)])
        except NotOffered:
            continue
        except Refused as why:
            return Finding("", "", DIFFERS, str(why))
        return Finding("", "", AGREED)
    return Finding("", "", NOT_OFFERED, "no use of it either")


def _thumbprint(peer: Peer, key: Key) -> list[Finding]:
    handed = key_for(peer, key, private=key.is_private, form="jwk")
    outcome, detail = AGREED, ""
    try:
        found = peer.ask("thumbprint", key=handed)["thumbprint"]
        if found != key.thumbprint():
            outcome, detail = DIFFERS, f"{found}; ours is {key.thumbprint()}"
    except NotOffered as why:
        outcome, detail = NOT_OFFERED, str(why)
    except Refused as why:
        outcome, detail = DIFFERS, str(why)
    return [Finding(direction, "", outcome, detail) for direction in (READS, WRITES)]
