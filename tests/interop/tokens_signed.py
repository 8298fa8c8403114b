"""Signed tokens both ways: every algorithm as a JWT, and the other forms of a JWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sealwax.jose import Key, Policy, jws, jwt
from sealwax.jose.algorithms import ALGORITHMS
from tests.interop.exchanges import (
    DIFFERS,
    READS,
    WRITES,
    Finding,
    Token,
    accepts,
    altered_member,
    cross,
    decoded,
    encoded,
    key_for,
    ours,
)
from tests.interop.protocol import Peer

ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"
TYPE = "at+jwt"
NOW = 1_700_000_000
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "usr_someone",
    "aud": AUDIENCE,
    "iat": NOW,
    "exp": 4_000_000_000,
    "scope": "notes:read",
    "note": "ä € 🔏",
}
PAYLOAD = json.dumps(CLAIMS, ensure_ascii=False).encode()
POLICY = Policy(ISSUER, AUDIENCE, TYPE)

# The older name of both, which libraries may know alone (RFC 8037 §3.1).
OLDER = {"EdDSA (Ed25519)": "Ed25519", "EdDSA (Ed448)": "Ed448"}
ALGORITHM_ROWS = (*ALGORITHMS, *OLDER)
FORM_ROWS = {
    "flattened": "JWS, flattened",
    "general": "JWS, general, two signatures",
    "detached": "JWS, payload apart",
    "unencoded": "JWS, payload apart and not encoded (`b64: false`)",
    "flattened_unencoded": "JWS, flattened and not encoded (`b64: false`)",
}


def exchange_algorithm(peer: Peer, row: str, key_of: Callable[[str], Key]) -> list[Finding]:
    """Send claims both ways, signed with one algorithm."""
    algorithm = OLDER.get(row, row)
    name = "EdDSA" if row in OLDER else algorithm
    key = key_of(algorithm)
    theirs = [named(key_for(peer, key, private=private), name) for private in (False, True)]
    header = {"alg": name, "typ": TYPE, "kid": key.kid}

    def our_token() -> Token:
        return jwt.sign(CLAIMS, key, typ=TYPE, algorithm_name=name)

    def they_read(token: Token) -> bytes:
        return verified(peer, "compact", token, [(theirs[0], name)])

    def their_token() -> Token:
        return signed(peer, "compact", [(theirs[1], header)])

    def we_read(token: Token) -> bytes:
        half = key if key.key_type == "oct" else key.public()
        found = ours(
            lambda: jwt.verify(str(token), half, algorithms=[name], policy=POLICY, now=NOW)
        )
        return json.dumps(found.claims).encode()

    return [
        cross(READS, "", our_token, they_read, PAYLOAD),
        cross(WRITES, "", their_token, we_read, PAYLOAD),
    ]


def exchange_form(peer: Peer, form: str, key_of: Callable[[str], Key]) -> list[Finding]:
    """Send claims both ways, in another form than that of a JWT."""
    keys = [key_of(name) for name in (("ES256", "RS256") if form == "general" else ("ES256",))]
    extra: dict[str, Any] = {"b64": False, "crit": ["b64"]} if form.endswith("unencoded") else {}
    signers = [
        (key_for(peer, key, private=True), {"alg": key.algorithm, "kid": key.kid, **extra})
        for key in keys
    ]
    known = [(key_for(peer, key, private=False), str(key.algorithm)) for key in keys]

    def they_read(token: Token) -> bytes:
        for index in range(1, len(keys)):
            verified(peer, form, token, known, index)
        return verified(peer, form, token, known)

    def we_read(token: Token) -> bytes:
        found = [read_form(token, key.public()) for key in keys]
        return found[0]

    findings = [
        cross(READS, "", lambda: made_form(form, keys), they_read, PAYLOAD),
        cross(WRITES, "", lambda: signed(peer, form, signers), we_read, PAYLOAD),
    ]
    if form != "general" or any(finding.outcome != "agreed" for finding in findings):
        return findings
    made = (made_form(form, keys), signed(peer, form, signers))
    for index, key in enumerate(keys):
        changed = [altered_member(token, "signatures", index, "signature") for token in made]

        def asked(token: Token, index: int = index) -> bytes:
            return verified(peer, form, token, known, index)

        def our_own(token: Token, key: Key = key) -> bytes:
            return read_form(token, key.public())

        for direction, read, token in ((READS, asked, changed[0]), (WRITES, our_own, changed[1])):
            if accepts(read, token):
                findings.append(Finding(direction, "", DIFFERS, "a changed signature is accepted"))
    return findings


def made_form(form: str, keys: list[Key]) -> Token:
    is_unencoded = form.endswith("unencoded")
    if form in ("detached", "unencoded"):
        return jws.sign_detached(PAYLOAD, keys[0], unencoded=is_unencoded)
    return jws.sign_json(
        PAYLOAD,
        [jws.Signer(key) for key in keys],
        flattened=form != "general",
        unencoded=is_unencoded,
    )


def read_form(token: Token, key: Key) -> bytes:
    algorithms = [str(key.algorithm)]
    if isinstance(token, str):
        payload = PAYLOAD
        ours(lambda: jws.verify_detached(token, payload, key, algorithms=algorithms))
        return payload
    found = ours(lambda: jws.verify_json(token, key, algorithms=algorithms, demand="any_known"))
    verified_payload: bytes = found.payload
    return verified_payload


def signed(peer: Peer, form: str, signers: list[tuple[dict[str, Any], dict[str, Any]]]) -> Token:
    who = [{"key": key, "header": header} for key, header in signers]
    token: Token = peer.ask("sign", form=form, signers=who, payload=encoded(PAYLOAD))["token"]
    return token


def verified(
    peer: Peer, form: str, token: Token, keys: list[tuple[dict[str, Any], str]], which: int = 0
) -> bytes:
    known = [{"key": key, "alg": algorithm} for key, algorithm in keys]
    answer = peer.ask(
        "verify", form=form, token=token, keys=known, which=which, payload=encoded(PAYLOAD)
    )
    return decoded(answer["payload"])


def named(key: dict[str, Any], name: str) -> dict[str, Any]:
    """Let a JWK say the older name, as keys of libraries that know it alone do."""
    if "jwk" in key and name == "EdDSA":
        return {"jwk": {**key["jwk"], "alg": name}}
    return key
