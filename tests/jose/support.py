"""What the tests of jose share: keys made once, a policy, and tokens no library would make."""

import base64
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, Policy
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.jwt import PreparedVerifier, VerifiedJwt
from tests.vector_files import ABSENT, vectors_folder

NOW = 1_800_000_000
ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"
TYPE = "at+jwt"
ASYMMETRIC = tuple(name for name in ALGORITHMS if not name.startswith("HS"))


def key_of(algorithm: str, which: int = 0) -> Key:
    """Give the same private key for the same algorithm and number, through one test run."""
    return _generated(algorithm, which)


@cache
def _generated(algorithm: str, which: int) -> Key:
    return Key.generate(algorithm, kid=f"{algorithm}-{which}")


def public_of(algorithm: str, which: int = 0) -> Key:
    """Give what a receiver would hold: the public half, or the shared secret."""
    key = key_of(algorithm, which)
    return key if key.key_type == "oct" else key.public()


def policy(**changes: object) -> Policy:
    """Build the policy that `claims()` fulfils, with changes."""
    options: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYPE, **changes}
    return Policy(options.pop("issuer"), options.pop("audience"), options.pop("typ"), **options)


def claims(**changes: object) -> dict[str, Any]:
    """Give the claims of a good access token, with changes; a claim set to ... is left out."""
    good: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "user-1",
        "client_id": "web-app",
        "jti": "4711",
        "iat": NOW - 10,
        "exp": NOW + 600,
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def encoded(data: bytes) -> bytes:
    """Write base64url as anybody would, without our code."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decoded(text: str) -> bytes:
    """Read base64url as anybody would, without our code."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def as_json(value: object) -> bytes:
    """Write JSON as anybody would, without our code."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def forge(
    header: object,
    payload: object,
    sign: Callable[[bytes], bytes] | Key | None = None,
) -> str:
    """Make a token out of any header and payload, with a genuine signature over whatever it is.

    Bytes are taken as they are, everything else becomes JSON.
    """
    data = encoded(as_json(header)) + b"." + encoded(as_json(payload))
    if isinstance(sign, Key):
        sign = sign.signer(next(iter(sign.algorithms)))
    signature = sign(data) if sign else b""
    return (data + b"." + encoded(signature)).decode()


def good_header(key: Key, **changes: object) -> dict[str, Any]:
    """Give the header a good token of this key has, with changes; ... leaves a member out."""
    good = {"alg": key.algorithm, "typ": TYPE, "kid": key.kid} | changes
    return {name: value for name, value in good.items() if value is not ...}


def verifier_of(algorithm: str = "ES256", **changes: object) -> PreparedVerifier:
    """Build the verifier that accepts what `key_of(algorithm)` signs over `claims()`."""
    return PreparedVerifier(public_of(algorithm), algorithms=[algorithm], policy=policy(**changes))


def accepted(token: str | bytes, algorithm: str = "ES256", **changes: object) -> VerifiedJwt:
    """Verify a token that is good."""
    return verifier_of(algorithm, **changes).verify(token, now=NOW)


def refused(token: str | bytes, algorithm: str = "ES256", **changes: object) -> JoseError:
    """Verify a token that is bad; give the error, which shows nothing of the token."""
    with pytest.raises(JoseError) as caught:
        accepted(token, algorithm, **changes)
    check_text(caught.value, token)
    return caught.value


def check_text(error: JoseError, token: str | bytes) -> None:
    """Hold what every error promises: a short text on one line, without a part of the token."""
    text = str(error)
    assert 0 < len(text) <= 200
    assert text.isprintable()
    whole = token.decode("latin-1") if isinstance(token, bytes) else token
    for part in whole.split("."):
        assert len(part) < 16 or part[:16] not in text


def vectors(*names: str) -> Path:
    """Find a file of the published vectors, or skip the test with the reason."""
    folder = vectors_folder()
    if folder is None:
        pytest.skip(ABSENT)
    return folder.joinpath(*names)
