"""What other libraries make of the same wrong tokens, called the way their documents say."""

import base64
import hmac
import json
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
from jose import jwt as python_jose  # type: ignore[import-untyped]  # python-jose ships no types

from sealwax.jose import JoseError, Key, Policy
from sealwax.jose import jwt as sealwax_jwt

with warnings.catch_warnings(record=True):  # it announces its own end
    import authlib.jose

SECRET = bytes(range(32))
NOW = int(time.time())  # the others ask the machine
ISSUER, AUDIENCE = "https://id.example.com", "https://api.example.com"
FAR = 3600
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "alice",
    "iat": NOW,
    "exp": NOW + FAR,
}


def token(
    header: Mapping[str, Any] | None = None,
    claims: Mapping[str, Any] | None = None,
    *,
    without: str = "",
    secret: bytes = SECRET,
) -> str:
    """Write a token by hand, since no library writes all of these."""
    members = {**CLAIMS, **(claims or {})}
    members.pop(without, None)
    return signed({"alg": "HS256", "typ": "JWT", **(header or {})}, json.dumps(members), secret)


def signed(header: Mapping[str, Any], payload: str, secret: bytes = SECRET) -> str:
    text = f"{part(json.dumps(header).encode())}.{part(payload.encode())}"
    hash_name = "sha384" if header["alg"] == "HS384" else "sha256"
    return f"{text}.{part(hmac.digest(secret, text.encode(), hash_name))}"


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


TOKENS: Mapping[str, str] = {
    "nothing": token(),
    "expired": token(claims={"exp": NOW - FAR}),
    "not valid yet": token(claims={"nbf": NOW + FAR}),
    "issued in the future": token(claims={"iat": NOW + FAR, "exp": NOW + 2 * FAR}),
    "from another issuer": token(claims={"iss": "https://other.example"}),
    "for another audience": token(claims={"aud": "https://other.example"}),
    "has no `aud`": token(without="aud"),
    "has no `iss`": token(without="iss"),
    "never expires: no `exp`": token(without="exp"),
    "`exp` is a text": token(claims={"exp": str(NOW + FAR)}),
    "of another kind: `typ` is `logout+jwt`": token({"typ": "logout+jwt"}),
    "says a claim twice": signed(
        {"alg": "HS256", "typ": "JWT"}, json.dumps(CLAIMS)[:-1] + ', "sub": "bob"}'
    ),
    "changed, or signed with another secret": token(secret=bytes(32)),
    "another algorithm": token({"alg": "HS384"}),
    "an extension that is not understood (`crit`)": token({"crit": ["x"], "x": 1}),
    "no token at all": "abc",
}
"""What is wrong with a token, in the words of the guides, and one that is."""


def decode_with_pyjwt(text: str) -> None:
    pyjwt.decode(text, SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)


def decode_with_python_jose(text: str) -> None:
    python_jose.decode(text, SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)


def decode_with_authlib(text: str) -> None:
    options = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
    }
    library = authlib.jose.JsonWebToken(["HS256"])
    library.decode(text, SECRET, claims_options=options).validate()


def decode_with_joserfc(text: str) -> None:
    key = joserfc.jwk.OctKey.import_key(SECRET)
    registry = joserfc.jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}
    )
    registry.validate(joserfc.jwt.decode(text, key, algorithms=["HS256"]).claims)


def verify_with_sealwax(text: str) -> None:
    key = Key.from_secret(SECRET, algorithm="HS256")
    policy = Policy(issuer=ISSUER, audience=AUDIENCE, typ="JWT")
    sealwax_jwt.verify(text, key, algorithms=["HS256"], policy=policy, now=NOW)


LIBRARIES: Mapping[str, Callable[[str], None]] = {
    "pyjwt": decode_with_pyjwt,
    "python-jose": decode_with_python_jose,
    "authlib-jose": decode_with_authlib,
    "joserfc": decode_with_joserfc,
}


def verdict(decode: Callable[[str], None], text: str) -> str:
    """The name of what is raised, or that it passes."""
    try:
        decode(text)
    except Exception as error:  # noqa: BLE001 - whatever it may be is what a caller has to catch
        return type(error).__name__
    return "accepted"


def table(library: str) -> list[tuple[str, ...]]:
    """The rows of a guide: what is wrong, what the library raises, what we raise and why."""
    rows: list[tuple[str, ...]] = []
    for fault, text in TOKENS.items():
        ours = verdict(verify_with_sealwax, text)
        reason = ""
        try:
            verify_with_sealwax(text)
        except JoseError as error:
            reason = error.reason
        rows.append((fault, verdict(LIBRARIES[library], text), ours, reason))
    return rows
