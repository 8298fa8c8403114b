"""What the guides say is refused on purpose, row by row, and what shows it."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sealwax.jose import Key, KeySet, Policy, jwt
from tests.how_to.foreign_verdicts import AUDIENCE, CLAIMS, ISSUER, NOW, SECRET, signed, token

KEY = Key.from_secret(SECRET, algorithm="HS256")
POLICY = Policy(issuer=ISSUER, audience=AUDIENCE, typ="JWT")
MISSING: Any = None  # what types forbid, and newcomers write
TEXT: Any = "a secret that is a text, and long enough"


def verify(text: str, keys: Key | KeySet = KEY, **changes: Any) -> object:  # noqa: ANN401 - what a mistaken caller hands in
    settings: dict[str, Any] = {"algorithms": ["HS256"], "policy": POLICY, **changes}
    settings = {name: value for name, value in settings.items() if value is not ...}
    return jwt.verify(text, keys, now=NOW, **settings)


def weak_rsa_key() -> bytes:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - a weak one is what is refused
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def without_type() -> str:
    return signed({"alg": "HS256"}, json.dumps(dict(CLAIMS)))


def padded() -> str:
    header, payload, signature = token().split(".")
    return f"{header}==.{payload}.{signature}"


def with_stray_bits() -> str:
    """Write the last character of the header in another way, which means the same bytes."""
    header, payload, signature = token({"kid": "ab"}).split(".")
    assert header[-1] == "Q"
    return f"{header[:-1]}R.{payload}.{signature}"


def two_without_kid() -> object:
    keys = KeySet([KEY, Key.from_secret(bytes(range(1, 33)), algorithm="HS256")])
    return verify(token(), keys)


SHOWN: Mapping[str, list[Callable[[], object]]] = {
    "no `algorithms`, or those of the token": [lambda: verify(token(), algorithms=...)],
    "no `issuer` or no `audience`": [
        lambda: Policy(issuer=MISSING, audience=AUDIENCE, typ="JWT"),
        lambda: Policy(issuer=ISSUER, audience=[], typ="JWT"),
    ],
    "a token without `exp`": [lambda: verify(token(without="exp"))],
    "any `typ`, or none": [
        lambda: verify(token({"typ": "logout+jwt"})),
        lambda: verify(without_type()),
    ],
    "a secret as `str`": [lambda: Key.from_secret(TEXT, algorithm="HS256")],
    "a secret below 32 bytes (HS256)": [lambda: Key.from_secret(SECRET[:31], algorithm="HS256")],
    "a public key, a certificate or a JWK as secret": [
        lambda: Key.from_secret(Key.generate("ES256").to_pem(), algorithm="HS256"),
        lambda: Key.from_secret(
            json.dumps(Key.generate("ES256").to_jwk()).encode(), algorithm="HS256"
        ),
    ],
    "RSA below 2048 bits, `RSA1_5`, `none`": [
        lambda: Key.from_pem(weak_rsa_key()),
        lambda: Key.from_secret(SECRET, algorithm="RSA1_5"),
        lambda: verify(token({"alg": "none"})),
    ],
    "padding, line ends, `+` and `/` in base64url": [
        lambda: verify(padded()),
        lambda: verify(with_stray_bits()),
    ],
    "a claim that stands twice, `NaN`, `exp` as a text": [
        lambda: verify(signed({"alg": "HS256", "typ": "JWT"}, '{"exp": NaN}')),
        lambda: verify(token(claims={"exp": "tomorrow"})),
    ],
    "several keys that fit a header without `kid`": [two_without_kid],
    "a leeway of minutes": [
        lambda: Policy(issuer=ISSUER, audience=AUDIENCE, typ="JWT", leeway_seconds=120)
    ],
    "a `datetime` as `exp`": [
        lambda: jwt.sign({"exp": datetime.fromtimestamp(NOW, UTC)}, KEY, typ="JWT")
    ],
}
"""The first cell of a row, and the calls that are refused."""
