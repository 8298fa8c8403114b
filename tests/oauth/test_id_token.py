from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from sealwax.jose import Key
from sealwax.oauth.errors import InvalidRequest
from sealwax.oauth.grants.entitlement import Entitlement
from sealwax.oauth.id_token import id_token_claims, read_id_token_hint, token_hash
from tests.oauth.given import ISSUER, NOW, OWN, client, grant, own_keys, refused, signed

ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
"""Of OIDC Core, Appendix A.4."""


def entitlement(**changes: Any) -> Entitlement:  # noqa: ANN401  # fields of any type
    values: dict[str, Any] = {
        "client": client(),
        "grant": grant(),
        "user_id": "usr_alice",
        "session_id": "session-1",
        "audience": OWN,
        "scopes": ("openid", "profile"),
        "auth_time": NOW - 100,
        "amr": ("pwd",),
        "nonce": "n-0S6_WzA2Mj",
        "refresh_expires_at": NOW + 100,
    }
    return Entitlement(**{**values, **changes})


def claims(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  # claims of any type
    found = id_token_claims(
        entitlement(), issuer=ISSUER, access_token=ACCESS_TOKEN, issued_at=NOW, lifetime_seconds=600
    )
    return {name: value for name, value in {**found, **changes}.items() if value is not None}


def test_oidc_core_section_2_what_it_says() -> None:
    assert claims() == {
        "iss": ISSUER,
        "sub": "usr_alice",
        "aud": "web",
        "exp": NOW + 600,
        "iat": NOW,
        "auth_time": NOW - 100,
        "nonce": "n-0S6_WzA2Mj",
        "amr": ["pwd"],
        "sid": "session-1",
        "at_hash": token_hash(ACCESS_TOKEN, "ES256"),
    }


def test_without_a_nonce_there_is_none() -> None:
    found = id_token_claims(
        entitlement(nonce=None),
        issuer=ISSUER,
        access_token=ACCESS_TOKEN,
        issued_at=NOW,
        lifetime_seconds=600,
    )

    assert "nonce" not in found


def test_oidc_core_appendix_a_4_at_hash() -> None:
    assert token_hash(ACCESS_TOKEN, "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("ES256", hashlib.sha256),
        ("PS256", hashlib.sha256),
        ("ES384", hashlib.sha384),
        ("ES512", hashlib.sha512),
        ("Ed25519", hashlib.sha512),
    ],
)
def test_at_hash_is_the_left_half(algorithm: str, digest: Any) -> None:  # noqa: ANN401  # hashlib's constructors share no type
    full = digest(ACCESS_TOKEN.encode()).digest()
    half = base64.urlsafe_b64encode(full[: len(full) // 2]).rstrip(b"=").decode()

    assert token_hash(ACCESS_TOKEN, algorithm) == half


@pytest.mark.parametrize("algorithm", ["", "none", "HS256", "es256", "ML-DSA-44"])
def test_an_algorithm_without_a_known_hash_fails(algorithm: str) -> None:
    with pytest.raises(ValueError, match="has no hash for at_hash"):
        token_hash(ACCESS_TOKEN, algorithm)


def hint(typ: str = "JWT", by: Key | None = None, **changes: Any) -> str:  # noqa: ANN401  # claims of any type
    return signed(claims(**changes), typ=typ, by=by)


@pytest.mark.parametrize("client_id", ["web", None])
def test_a_hint_is_believed_expired_or_not(client_id: str | None) -> None:
    for token in (hint(), hint(iat=NOW - 10**8, exp=NOW - 10**8 + 600)):
        found = read_id_token_hint(token, own_keys(), issuer=ISSUER, client_id=client_id)

        assert (found.subject, found.client_id, found.session_id) == (
            "usr_alice",
            "web",
            "session-1",
        )


def test_a_hint_without_a_session() -> None:
    found = read_id_token_hint(hint(sid=None), own_keys(), issuer=ISSUER, client_id=None)

    assert found.session_id is None


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(hint("at+jwt"), "type_mismatch", id="an access token"),
        pytest.param(hint("logout+jwt"), "type_mismatch", id="a logout token"),
        pytest.param(hint(aud="spa"), "audience_mismatch", id="another client's"),
        pytest.param(hint(aud=["web"]), "claims_foreign", id="a list of audiences"),
        pytest.param(hint(aud=""), "claims_foreign", id="an empty audience"),
        pytest.param(hint(iss="https://x.example"), "issuer_mismatch", id="another issuer's"),
        pytest.param(hint(sub=None), "claim_missing", id="nobody's"),
        pytest.param(hint(sub=""), "claim_missing", id="an empty sub"),
        pytest.param(hint(iat=None), "claims_foreign", id="without a time"),
        pytest.param(hint(iat="1"), "claims_foreign", id="with a text as time"),
        pytest.param(hint(exp=NOW - 100), "token_expired", id="expired before it was issued"),
        pytest.param(hint()[:-1], "signature_encoding", id="cut off"),
        pytest.param("a.b.c", "payload_encoding", id="no token"),
        pytest.param(
            hint(by=Key.generate("ES256", kid="issuer")), "signature_invalid", id="a foreign key"
        ),
        pytest.param(
            hint(by=Key.generate("ES256", kid="other")), "key_unknown", id="a key that is gone"
        ),
    ],
)
def test_a_hint_is_refused(token: str, reason: str) -> None:
    with refused(InvalidRequest, f"id_token_hint_{reason}"):
        read_id_token_hint(token, own_keys(), issuer=ISSUER, client_id="web")


def test_a_hint_with_one_changed_byte_is_refused() -> None:
    token = hint()
    head, payload, signature = token.split(".")
    forged = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).replace(
        b"usr_alice", b"usr_malic"
    )
    changed = base64.urlsafe_b64encode(forged).rstrip(b"=").decode()

    with refused(InvalidRequest, "id_token_hint_signature_invalid"):
        read_id_token_hint(
            f"{head}.{changed}.{signature}", own_keys(), issuer=ISSUER, client_id="web"
        )
