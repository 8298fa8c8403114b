import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from sealwax.client import ClientRegistration, IdTokenRefused, PendingSignIn, VerifiedIdToken
from sealwax.client.id_token import verify_id_token
from sealwax.jose import Key, KeySet, jwt
from sealwax.secret import Secret
from tests.client.provider import CLIENT_ID, ISSUER, NOW, REDIRECT_URI, ProviderInMemory

CLIENT = ClientRegistration(CLIENT_ID, id_token_algorithm="ES256")
PENDING = PendingSignIn(
    issuer=ISSUER,
    client_id=CLIENT_ID,
    redirect_uri=REDIRECT_URI,
    state="state",
    nonce="the-nonce",
    code_verifier="verifier",
    begun_at=NOW,
)
PROVIDER = ProviderInMemory(claims={"nonce": "the-nonce"})
KEYS = KeySet([PROVIDER.key.public()])
ACCESS_TOKEN = Secret(PROVIDER.access_token)


def verify(
    id_token: str,
    *,
    keys: KeySet = KEYS,
    client: ClientRegistration = CLIENT,
    pending: PendingSignIn = PENDING,
    access_token: Secret | None = ACCESS_TOKEN,
    now: int = NOW,
) -> VerifiedIdToken:
    return verify_id_token(
        Secret(id_token),
        keys,
        client=client,
        pending=pending,
        access_token=access_token,
        now=now,
    )


def refusal_of(id_token: str, **changes: object) -> str:
    with pytest.raises(IdTokenRefused) as refusal:
        verify(id_token, **changes)  # type: ignore[arg-type]  # a table of arguments
    assert id_token not in str(refusal.value)
    return refusal.value.reason


def test_it_says_who_signed_in_and_where() -> None:
    token = verify(PROVIDER.id_token(sid="session-1", auth_time=NOW - 3, name="Ada"))

    assert (token.issuer, token.subject) == (ISSUER, "usr_ada")
    assert (token.issued_at, token.expires_at) == (NOW, NOW + 600)
    assert (token.authenticated_at, token.session_id) == (NOW - 3, "session-1")
    assert token.claims["name"] == "Ada"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        # OIDC Core §3.1.3.7, by the numbers of its list
        pytest.param({"iss": "https://evil.example"}, "issuer_mismatch", id="2 issuer"),
        pytest.param({"iss": ISSUER + "/"}, "issuer_mismatch", id="2 issuer, almost"),
        pytest.param({"aud": "another"}, "audience_mismatch", id="3 audience"),
        pytest.param({"aud": [CLIENT_ID, "another"]}, "audience_untrusted", id="3 one more"),
        pytest.param({"aud": []}, "claim_type", id="3 none"),
        pytest.param({"azp": "another"}, "authorized_party_mismatch", id="5 azp"),
        pytest.param({"azp": None}, "authorized_party_mismatch", id="5 azp null"),
        pytest.param({"exp": NOW - 10}, "token_expired", id="9 expired"),
        pytest.param({"exp": ...}, "claim_missing", id="9 without end"),
        pytest.param({"iat": ...}, "claim_missing", id="10 without beginning"),
        pytest.param({"iat": NOW + 60}, "token_from_the_future", id="10 future"),
        pytest.param({"nonce": ...}, "claim_missing", id="11 no nonce"),
        pytest.param({"nonce": "another"}, "nonce_mismatch", id="11 another sign-in"),
        pytest.param({"nonce": ["the-nonce"]}, "nonce_mismatch", id="11 a list"),
        pytest.param({"nonce": "é"}, "nonce_mismatch", id="11 not ASCII"),
        pytest.param({"sub": ...}, "claim_missing", id="no subject"),
        pytest.param({"sub": ""}, "claim_missing", id="empty subject"),
        pytest.param({"sub": "x" * 256}, "subject_invalid", id="long subject"),
        pytest.param({"sub": 7}, "claim_type", id="subject not a text"),
        pytest.param({"at_hash": "AAAA"}, "access_token_mismatch", id="at_hash"),
        pytest.param({"at_hash": None}, "access_token_mismatch", id="at_hash null"),
        pytest.param({"at_hash": "é"}, "access_token_mismatch", id="at_hash not ASCII"),
    ],
)
def test_a_wrong_claim_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert refusal_of(PROVIDER.id_token(**changes)) == reason


def test_one_audience_in_a_list_is_the_same_audience() -> None:
    assert verify(PROVIDER.id_token(aud=[CLIENT_ID], azp=CLIENT_ID)).subject == "usr_ada"


def test_a_stranger_key_is_refused() -> None:
    key = Key.generate("ES256", kid=PROVIDER.key.kid)

    assert refusal_of(PROVIDER.id_token(key=key)) == "signature_invalid"


def test_the_algorithm_is_the_registered_one_whatever_the_token_says() -> None:
    client = ClientRegistration(CLIENT_ID)  # registered nothing: RS256

    assert refusal_of(PROVIDER.id_token(), client=client) == "algorithm_not_allowed"


def test_an_access_token_is_no_id_token() -> None:
    assert refusal_of(PROVIDER.id_token(typ="at+jwt")) == "type_mismatch"


def test_an_unsigned_token_is_refused() -> None:
    head, payload, _ = PROVIDER.id_token().split(".")
    unsigned = jwt.sign({"a": "b"}, PROVIDER.key, typ="JWT").split(".")[0]

    assert refusal_of(f"eyJhbGciOiJub25lIn0.{payload}.") == "algorithm_not_allowed"
    assert refusal_of(f"{unsigned}.{payload}.") in {"signature_invalid", "signature_encoding"}
    assert refusal_of(f"{head}.{payload}") == "token_parts"


def test_without_at_hash_the_access_token_is_taken_as_it_is() -> None:
    assert verify(PROVIDER.id_token(at_hash=...)).subject == "usr_ada"


def test_the_hash_of_ed25519_is_the_left_half_of_sha_512() -> None:
    key = Key.generate("Ed25519")
    client = replace(CLIENT, id_token_algorithm="Ed25519")
    keys = KeySet([key.public()])
    at_hash = base64.urlsafe_b64encode(hashlib.sha512(b"access-token-1").digest()[:32])
    good = PROVIDER.id_token(key=key, at_hash=at_hash.rstrip(b"=").decode())

    assert verify(good, keys=keys, client=client).subject == "usr_ada"
    wrong = PROVIDER.id_token(key=key)  # SHA-256
    assert refusal_of(wrong, keys=keys, client=client) == "access_token_mismatch"


@pytest.mark.parametrize(
    ("auth_time", "is_refused"),
    [(NOW, False), (NOW - 70, False), (NOW - 71, True), (..., True), ("1", True), (True, True)],
)
def test_a_sign_in_older_than_was_asked_for_is_refused(auth_time: object, is_refused: bool) -> None:  # noqa: FBT001 - a column of the table
    pending = replace(PENDING, max_age_seconds=60)
    id_token = PROVIDER.id_token(auth_time=auth_time)

    if is_refused:
        assert refusal_of(id_token, pending=pending) == "authentication_too_old"
    else:
        assert verify(id_token, pending=pending).subject == "usr_ada"


def test_one_flipped_character_anywhere_is_refused() -> None:
    id_token = PROVIDER.id_token()

    for place in range(len(id_token)):
        flipped = "A" if id_token[place] != "A" else "B"
        forged = id_token[:place] + flipped + id_token[place + 1 :]
        with pytest.raises(IdTokenRefused):
            verify(forged)
