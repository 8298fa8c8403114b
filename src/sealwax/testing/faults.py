"""Every way in which a token can be wrong, so that a test can show that an API refuses them all.

@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_token_is_refused(client, fault):
    token = faulty_token(issuer, fault, AUDIENCE, scopes=["notes:read"])
    assert client.get("/notes", headers=token_headers(token)).status_code == 401
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, Unpack

from sealwax.jose import Key, jwt
from sealwax.jose.encoding import base64url_encode
from sealwax.testing.issuer import TestIssuer, TokenShape

FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "expired": "token_expired",
        "not_yet_valid": "token_not_yet_valid",
        "from_the_future": "token_from_the_future",
        "without_expiry": "claim_missing",
        "without_subject": "claim_missing",
        "other_issuer": "issuer_mismatch",
        "other_audience": "audience_mismatch",
        "other_kind": "type_mismatch",
        "changed": "signature_invalid",
        "forged": "signature_invalid",
        "unsigned": "algorithm_not_allowed",
        "signed_with_the_public_key": "algorithm_not_allowed",
        "unknown_key": "key_unknown",
        "taken_back": "token_revoked",
        "bound_to_another_sender": "confirmation_unsupported",
        "malformed": "token_parts",
    }
)
"""Each fault, and the reason for which `verify(token)` refuses a token that has it."""

_FAR_SECONDS: Final = 3600


def faulty_token(
    issuer: TestIssuer, fault: str, audience: str | Collection[str], **shape: Unpack[TokenShape]
) -> str:
    """Mint a token with one fault of FAULTS; all else about it is right, or of that shape.

    "taken_back" is for an API that looks at status lists. Raises ValueError for another fault.
    """
    if fault not in FAULTS:
        raise ValueError(f"fault is {fault!r:.60}; accepted are {', '.join(FAULTS)}")
    if fault in _TEXTS:
        return _TEXTS[fault](issuer, issuer.token(audience, **shape))
    if fault == "other_audience":
        return issuer.token("https://other-api.test", **shape)
    return issuer.token(audience, **_with_fault(issuer, fault, shape))


def _with_fault(issuer: TestIssuer, fault: str, shape: TokenShape) -> TokenShape:
    """Bend the shape of a token; what it said before stays where the fault leaves it."""
    now = issuer.clock.now()
    claims: dict[str, dict[str, Any]] = {
        "not_yet_valid": {"nbf": now + _FAR_SECONDS, "exp": now + 2 * _FAR_SECONDS},
        "from_the_future": {"iat": now + _FAR_SECONDS, "exp": now + 2 * _FAR_SECONDS},
        "other_issuer": {"iss": "https://other-issuer.test"},
        "taken_back": {"status": {"status_list": {"idx": 0, "uri": issuer.taken_back_uri}}},
    }
    bent: dict[str, TokenShape] = {
        "expired": {"lifetime_seconds": -_FAR_SECONDS},
        "without_expiry": {"without": [*shape.get("without", ()), "exp"]},
        "without_subject": {"without": [*shape.get("without", ()), "sub"]},
        "other_kind": {"typ": "logout+jwt"},
        "forged": {"key": Key.generate(issuer.algorithm, kid=issuer.key.kid)},
        "unknown_key": {"key": Key.generate(issuer.algorithm)},
        "bound_to_another_sender": {"bound_to": Key.generate("ES256")},
    }
    if fault in claims:
        return {**shape, "claims": {**(shape.get("claims") or {}), **claims[fault]}}
    return {**shape, **bent[fault]}


def _changed(_: TestIssuer, token: str) -> str:
    """Let it speak for somebody else, under the signature it had."""
    header, _payload, signature = token.split(".")
    claims = jwt.read_unverified_claims(token)
    return f"{header}.{_part({**claims, 'sub': 'somebody-else'})}.{signature}"


def _unsigned(_: TestIssuer, token: str) -> str:
    """Say that it needs no signature, and have none."""
    header = jwt.read_unverified_header(token)
    return f"{_part({**header, 'alg': 'none'})}.{token.split('.')[1]}."


def _signed_with_the_public_key(issuer: TestIssuer, token: str) -> str:
    """Take the public key, which everybody has, for a shared secret (RFC 8725bis §2.1).

    Done by hand, since `sealwax.jose` makes no key of it.
    """
    header = jwt.read_unverified_header(token)
    signed = f"{_part({**header, 'alg': 'HS256'})}.{token.split('.')[1]}"
    secret = b"" if issuer.key.key_type == "oct" else issuer.key.to_pem()
    signature = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64url_encode(signature).decode()}"


def _malformed(_: TestIssuer, token: str) -> str:
    return token.rpartition(".")[0]


_TEXTS: Final[Mapping[str, Callable[[TestIssuer, str], str]]] = MappingProxyType(
    {
        "changed": _changed,
        "unsigned": _unsigned,
        "signed_with_the_public_key": _signed_with_the_public_key,
        "malformed": _malformed,
    }
)


def _part(members: Mapping[str, Any]) -> str:
    return base64url_encode(json.dumps(members).encode()).decode()
