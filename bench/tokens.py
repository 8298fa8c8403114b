"""Verify and sign an access token, beside the bare signature and two libraries by others.

Every round times each row once, in random order, over a batch of about ten milliseconds; the table
shows the median over the rounds and its ratio to the bare primitive of the same run.
"""

from __future__ import annotations

import hmac
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

from sealwax import Verifier
from sealwax.jose import Key, KeySet, Policy
from sealwax.jose.encoding import base64url_decode
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier

ROUNDS = 15
BATCH_SECONDS = 0.01
RING = 32
ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"
ALGORITHMS = ("HS256", "RS256", "PS256", "ES256", "Ed25519")

Work = Callable[[int], object]


def measure() -> None:
    """Print one table for verifying and one for signing."""
    for title, rows_of in (("verify", _verifying), ("sign", _signing)):
        names: list[str] = []
        columns = []
        for algorithm in ALGORITHMS:
            column = _medians(rows_of(algorithm))
            columns.append(column)
            names = list(dict.fromkeys([*names, *column]))
        print(f"\n| {title}, µs (ratio to bare) | {' | '.join(ALGORITHMS)} |")
        print("|---" * (len(ALGORITHMS) + 1) + "|")
        for name in names:
            cells = [_cell(column, name) for column in columns]
            print(f"| {name} | {' | '.join(cells)} |")


def _cell(column: dict[str, float], name: str) -> str:
    if name not in column:
        return "-"
    return f"{column[name] * 1e6:.1f} ({column[name] / column['bare']:.2f})"


def _medians(rows: dict[str, Work]) -> dict[str, float]:
    counts = {name: _batch_size(work) for name, work in rows.items()}
    seen: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name in random.sample(list(rows), len(rows)):
            seen[name].append(_time(rows[name], counts[name]))
    return {name: statistics.median(times) for name, times in seen.items()}


def _batch_size(work: Work) -> int:
    return max(4, int(BATCH_SECONDS / max(_time(work, 20), 1e-7)))


def _time(work: Work, count: int) -> float:
    started = time.perf_counter()
    for number in range(count):
        work(number % RING)
    return (time.perf_counter() - started) / count


def key_for(algorithm: str) -> Key:
    """Make a key for one of ALGORITHMS."""
    if algorithm == "HS256":
        return Key.from_secret(bytes(range(32, 64)), algorithm=algorithm, kid="shared")
    return Key.generate(algorithm)


def access_token_claims(number: int) -> dict[str, Any]:
    """Give the claims of an access token of usual size, each number its own."""
    now = int(time.time())
    return {
        "iss": ISSUER,
        "sub": f"usr_{number:022d}",
        "aud": AUDIENCE,
        "client_id": "web",
        "scope": "notes:read notes:write profile",
        "jti": f"jti-{number:020d}",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "auth_time": now - 60,
        "acr": "urn:example:bronze",
        "amr": ["pwd"],
        "tenant": "t-0042",
        "permissions": [f"notes/{item}:read" for item in range(16)],
    }


def _verifying(algorithm: str) -> dict[str, Work]:
    key = key_for(algorithm)
    public = key if algorithm == "HS256" else key.public()
    signer = PreparedSigner(key, typ="at+jwt")
    tokens = [signer.sign(access_token_claims(number)) for number in range(RING)]
    prepared = PreparedVerifier(
        public, algorithms=[algorithm], policy=Policy(ISSUER, AUDIENCE, "at+jwt")
    )
    verifier = Verifier(ISSUER, AUDIENCE, keys=KeySet([public]), algorithms=[algorithm])
    rows: dict[str, Work] = {
        "bare": _bare_verify(algorithm, key, tokens),
        "sealwax.jose": lambda number: prepared.verify(tokens[number], now=int(time.time())),
        "sealwax.Verifier": lambda number: verifier.verify_sync(tokens[number]),
    }
    name = "EdDSA" if algorithm == "Ed25519" else algorithm
    renamed = PreparedSigner(key, typ="at+jwt", algorithm_name=name)
    theirs = [renamed.sign(access_token_claims(number)) for number in range(RING)]
    material = key.to_jwk(private=True) | {"alg": name}
    pyjwk = pyjwt.PyJWK(material if algorithm == "HS256" else public.to_jwk() | {"alg": name})
    rows["PyJWT"] = lambda number: pyjwt.decode(
        theirs[number], pyjwk, algorithms=[name], issuer=ISSUER, audience=AUDIENCE
    )
    joserfc_key = joserfc_jwk.import_key(key.to_jwk(private=True))
    claims = joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}
    )
    rows["joserfc"] = lambda number: claims.validate(
        joserfc_jwt.decode(tokens[number], joserfc_key, algorithms=[algorithm]).claims
    )
    return rows


def _signing(algorithm: str) -> dict[str, Work]:
    key = key_for(algorithm)
    signer = PreparedSigner(key, typ="at+jwt")
    claims = [access_token_claims(number) for number in range(RING)]
    tokens = [signer.sign(one) for one in claims]
    header = {"typ": "at+jwt", "kid": key.kid}
    name = "EdDSA" if algorithm == "Ed25519" else algorithm
    secret: Any = bytes(range(32, 64))
    if algorithm != "HS256":
        secret = load_pem_private_key(key.to_pem(private=True), None)
    joserfc_key = joserfc_jwk.import_key(key.to_jwk(private=True))
    full_header = {"alg": algorithm, **header}
    return {
        "bare": _bare_sign(algorithm, key, tokens),
        "sealwax.jose": lambda number: signer.sign(claims[number]),
        "PyJWT": lambda number: pyjwt.encode(
            claims[number], secret, algorithm=name, headers=header
        ),
        "joserfc": lambda number: joserfc_jwt.encode(
            full_header, claims[number], joserfc_key, algorithms=[algorithm]
        ),
    }


def _split(token: str) -> tuple[bytes, bytes]:
    message, _, signature = token.rpartition(".")
    return message.encode(), base64url_decode(signature.encode())


def _bare_verify(algorithm: str, key: Key, tokens: list[str]) -> Work:
    """Give the call of the primitive alone, with everything around it done before."""
    parts = [_split(token) for token in tokens]
    if algorithm == "HS256":
        secret = bytes(range(32, 64))
        return lambda number: hmac.compare_digest(
            hmac.digest(secret, parts[number][0], "sha256"), parts[number][1]
        )
    private: Any = load_pem_private_key(key.to_pem(private=True), None)
    public = private.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return lambda number: public.verify(parts[number][1], parts[number][0])
    if isinstance(public, ec.EllipticCurvePublicKey):
        signed = [
            (encode_dss_signature(_number(signature[:32]), _number(signature[32:])), message)
            for message, signature in parts
        ]
        scheme = ec.ECDSA(hashes.SHA256())
        return lambda number: public.verify(*signed[number], scheme)
    assert isinstance(public, rsa.RSAPublicKey)
    pad, digest = _rsa_padding(algorithm), hashes.SHA256()
    return lambda number: public.verify(parts[number][1], parts[number][0], pad, digest)


def _bare_sign(algorithm: str, key: Key, tokens: list[str]) -> Work:
    messages = [_split(token)[0] for token in tokens]
    if algorithm == "HS256":
        secret = bytes(range(32, 64))
        return lambda number: hmac.digest(secret, messages[number], "sha256")
    private: Any = load_pem_private_key(key.to_pem(private=True), None)
    if algorithm == "Ed25519":
        return lambda number: private.sign(messages[number])
    if algorithm == "ES256":
        scheme = ec.ECDSA(hashes.SHA256())
        return lambda number: private.sign(messages[number], scheme)
    pad, digest = _rsa_padding(algorithm), hashes.SHA256()
    return lambda number: private.sign(messages[number], pad, digest)


def _rsa_padding(algorithm: str) -> Any:  # noqa: ANN401 -- pyca's own class is private
    if algorithm == "RS256":
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(hashes.SHA256()), 32)


def _number(part: bytes) -> int:
    return int.from_bytes(part, "big")
