"""Security event tokens (RFC 8417) and logout tokens: believed, and taken for nothing else."""

from typing import Any

import pytest

from sealwax.jose import ClaimInvalid, JoseError, KeyInvalid, errors, jwt, security_event
from sealwax.jose.replay import MemoryReplayStore
from sealwax.jose.security_event import BACKCHANNEL_LOGOUT, VerifiedLogout, VerifiedSecurityEvent
from tests.jose.support import (
    ASYMMETRIC,
    AUDIENCE,
    ISSUER,
    NOW,
    check_text,
    claims,
    forge,
    key_of,
    public_of,
    refused,
)

KEY = key_of("ES256")
REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
EVENTS = {REVOKED: {"event_timestamp": NOW - 5}}
CLIENT = "web-app"


def signed(**changes: Any) -> str:  # noqa: ANN401  any argument of sign
    options = {
        "events": EVENTS,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "issued_at": NOW,
        "jti": "4711",
        **changes,
    }
    return security_event.sign(options.pop("events"), options.pop("key", KEY), **options)


def logout(**changes: Any) -> str:  # noqa: ANN401  any argument of sign_logout
    options = {
        "issuer": ISSUER,
        "audience": CLIENT,
        "issued_at": NOW,
        "lifetime_seconds": 120,
        "jti": "4712",
        "subject": "user-1",
        **changes,
    }
    return security_event.sign_logout(KEY, **options)


def verified(token: str | bytes, **changes: Any) -> VerifiedSecurityEvent:  # noqa: ANN401  any argument
    options = {
        "algorithms": ["ES256"],
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "now": NOW,
        **changes,
    }
    return security_event.verify(token, options.pop("keys", KEY.public()), **options)


def logged_out(token: str | bytes, **changes: Any) -> VerifiedLogout:  # noqa: ANN401  any argument
    options = {"algorithms": ["ES256"], "issuer": ISSUER, "audience": CLIENT, "now": NOW, **changes}
    return security_event.verify_logout(token, KEY.public(), **options)


def test_an_event_goes_round() -> None:
    found = verified(
        signed(
            subject="user-1",
            subject_identifier={"format": "iss_sub", "iss": ISSUER, "sub": "user-1"},
            occurred_at=NOW - 5,
            transaction="t-1",
        )
    )
    assert found.events == EVENTS
    assert (found.jti, found.issued_at, found.occurred_at) == ("4711", NOW, NOW - 5)
    assert (found.subject, found.transaction) == ("user-1", "t-1")
    assert found.subject_identifier == {"format": "iss_sub", "iss": ISSUER, "sub": "user-1"}
    assert found.header["typ"] == "secevent+jwt"
    assert found.key == KEY
    assert "exp" not in found.claims


def test_an_event_says_only_what_it_was_told() -> None:
    found = verified(signed())
    assert set(found.claims) == {"iss", "aud", "iat", "jti", "events"}
    assert (found.subject, found.subject_identifier) == (None, None)
    assert (found.occurred_at, found.transaction) == (None, None)


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_every_algorithm_signs_events(algorithm: str) -> None:
    token = signed(key=key_of(algorithm))
    assert verified(token, keys=public_of(algorithm), algorithms=[algorithm]).events == EVENTS


def test_the_event_of_the_rfc() -> None:
    # RFC 8417 §2.1, figure 1: a SCIM event about a password, in a token of ours
    payload = {
        "iss": "https://scim.example.com",
        "iat": 1458496404,
        "jti": "4d3559ec67504aaba65d40b0363faad8",
        "aud": [
            "https://scim.example.com/Feeds/98d52461fa5bbc879593b7754",
            "https://scim.example.com/Feeds/5d7604516b1d08641d7676ee7",
        ],
        "events": {
            "urn:ietf:params:scim:event:create": {
                "ref": "https://scim.example.com/Users/44f6142df96bd6ab61e7521d9",
                "attributes": ["id", "name", "userName", "password", "emails"],
            }
        },
    }
    token = jwt.sign(payload, KEY, typ="application/secevent+jwt")
    found = verified(
        token,
        issuer="https://scim.example.com",
        audience="https://scim.example.com/Feeds/5d7604516b1d08641d7676ee7",
    )
    assert found.claims == payload


def test_several_events_and_several_audiences_go_round() -> None:
    events = {REVOKED: {}, "urn:example:other": {"a": [1]}}
    token = signed(events=events, audience=[AUDIENCE, "https://other.example"])
    assert verified(token).events == events
    assert verified(token, audience=["x", "https://other.example"]).claims["aud"] == [
        AUDIENCE,
        "https://other.example",
    ]


def test_an_event_is_news_for_as_long_as_the_receiver_says() -> None:
    token = signed()
    assert verified(token, now=NOW + 10**8).jti == "4711"
    assert verified(token, now=NOW + 70, max_age_seconds=60).jti == "4711"
    with pytest.raises(ClaimInvalid) as caught:
        verified(token, now=NOW + 71, max_age_seconds=60)
    assert caught.value.reason == errors.TOKEN_TOO_OLD


def test_an_event_has_one_name_in_its_issuer() -> None:
    store = MemoryReplayStore()
    name = verified(signed()).replay_name
    assert store.add(name, expires_at=NOW + 600, now=NOW)
    assert not store.add(verified(signed()).replay_name, expires_at=NOW + 600, now=NOW)
    others = {
        verified(signed(jti="4713")).replay_name,
        verified(signed(issuer="https://b.example"), issuer="https://b.example").replay_name,
        logged_out(logout(jti="4711")).replay_name,
        name,
    }
    assert len(others) == 4
    swapped = {
        verified(signed(issuer=issuer, jti=jti), issuer=issuer).replay_name
        for issuer, jti in (("a b", "c"), ("a", "b c"))
    }
    assert len(swapped) == 2


def payload(**changes: object) -> dict[str, Any]:
    good = {"iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "jti": "1", "events": EVENTS} | changes
    return {name: value for name, value in good.items() if value is not ...}


@pytest.mark.parametrize(
    ("changes", "claim", "reason"),
    [
        ({"iss": ...}, "iss", errors.CLAIM_MISSING),
        ({"iss": "https://evil.example"}, "iss", errors.ISSUER_MISMATCH),
        ({"iss": [ISSUER]}, "iss", errors.ISSUER_MISMATCH),
        ({"aud": ...}, "aud", errors.CLAIM_MISSING),
        ({"aud": "https://other.example"}, "aud", errors.AUDIENCE_MISMATCH),
        ({"aud": []}, "aud", errors.CLAIM_TYPE),
        ({"aud": ["x"] * 101}, "aud", errors.CLAIM_TYPE),
        ({"aud": [AUDIENCE, 5]}, "aud", errors.CLAIM_TYPE),
        ({"aud": {}}, "aud", errors.CLAIM_TYPE),
        ({"iat": ...}, "iat", errors.CLAIM_MISSING),
        ({"iat": NOW + 11}, "iat", errors.TOKEN_FROM_THE_FUTURE),
        ({"iat": "now"}, "iat", errors.CLAIM_TYPE),
        ({"exp": NOW - 10}, "exp", errors.TOKEN_EXPIRED),
        ({"nbf": NOW + 11}, "nbf", errors.TOKEN_NOT_YET_VALID),
        ({"jti": ...}, "jti", errors.CLAIM_MISSING),
        ({"jti": ""}, "jti", errors.CLAIM_TYPE),
        ({"jti": 5}, "jti", errors.CLAIM_TYPE),
        ({"jti": "x" * 257}, "jti", errors.CLAIM_TYPE),
        ({"events": ...}, "events", errors.CLAIM_MISSING),
        ({"events": None}, "events", errors.EVENTS_INVALID),
        ({"events": {}}, "events", errors.EVENTS_INVALID),
        ({"events": []}, "events", errors.EVENTS_INVALID),
        ({"events": [REVOKED]}, "events", errors.EVENTS_INVALID),
        ({"events": REVOKED}, "events", errors.EVENTS_INVALID),
        ({"events": {REVOKED: None}}, "events", errors.EVENTS_INVALID),
        ({"events": {REVOKED: []}}, "events", errors.EVENTS_INVALID),
        ({"events": {REVOKED: {}, "x": {}}}, "events", errors.EVENTS_INVALID),
        ({"events": {"": {}}}, "events", errors.EVENTS_INVALID),
        ({"events": {"session revoked": {}}}, "events", errors.EVENTS_INVALID),
        ({"events": {"urn:a b": {}}}, "events", errors.EVENTS_INVALID),
        ({"events": {"urn:" + "x" * 1001: {}}}, "events", errors.EVENTS_INVALID),
        ({"events": {f"urn:{n}": {} for n in range(65)}}, "events", errors.EVENTS_INVALID),
        ({"sub": 5}, "sub", errors.CLAIM_TYPE),
        ({"sub": ""}, "sub", errors.CLAIM_TYPE),
        ({"sub": None}, "sub", errors.CLAIM_TYPE),
        ({"txn": []}, "txn", errors.CLAIM_TYPE),
        ({"toe": "then"}, "toe", errors.CLAIM_TYPE),
        ({"toe": None}, "toe", errors.CLAIM_TYPE),
        ({"sub_id": "user-1"}, "sub_id", errors.CLAIM_TYPE),
        ({"sub_id": {}}, "sub_id", errors.CLAIM_TYPE),
        ({"sub_id": {"format": 5}}, "sub_id", errors.CLAIM_TYPE),
        ({"sub_id": {"format": ""}}, "sub_id", errors.CLAIM_TYPE),
        ({"sub_id": None}, "sub_id", errors.CLAIM_TYPE),
    ],
)
def test_an_event_that_says_something_else_is_refused(
    changes: dict[str, object], claim: str, reason: str
) -> None:
    token = jwt.sign(payload(**changes), KEY, typ="secevent+jwt")
    with pytest.raises(ClaimInvalid) as caught:
        verified(token)
    assert (caught.value.claim, caught.value.reason) == (claim, reason)
    check_text(caught.value, token)


def test_only_who_was_asked_is_believed() -> None:
    for token, reason in (
        (forge({"alg": "none", "typ": "secevent+jwt"}, payload()), errors.ALGORITHM_NOT_ALLOWED),
        (signed(key=key_of("ES256", 1)), errors.KEY_UNKNOWN),
        (
            forge({"alg": "ES256", "typ": "secevent+jwt"}, payload(), key_of("ES256", 1)),
            errors.SIGNATURE_INVALID,
        ),
        (signed()[:-4] + "AAAA", errors.SIGNATURE_INVALID),
        ("x" * 40_000, errors.TOKEN_TOO_LARGE),
    ):
        with pytest.raises(JoseError) as caught:
            verified(token)
        assert caught.value.reason == reason


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "logout+jwt", "dpop+jwt", "secevent", "kb+jwt"])
def test_another_kind_of_token_is_no_event_and_no_logout(typ: str) -> None:
    token = jwt.sign(payload(), KEY, typ=typ)
    ending = jwt.sign(logout_payload(), KEY, typ="secevent+jwt" if typ == "logout+jwt" else typ)
    for function, text in ((verified, token), (logged_out, ending)):
        with pytest.raises(ClaimInvalid) as caught:
            function(text)
        assert caught.value.reason == errors.TYPE_MISMATCH


def test_a_token_without_a_type_is_no_event() -> None:
    token = forge({"alg": "ES256"}, payload(), KEY)
    with pytest.raises(ClaimInvalid) as caught:
        verified(token)
    assert caught.value.reason == errors.TYPE_MISMATCH


def test_no_event_and_no_logout_is_an_access_token() -> None:
    for typ in ("secevent+jwt", "logout+jwt"):
        token = jwt.sign(claims(events=EVENTS), KEY, typ=typ)
        assert refused(token).reason == errors.TYPE_MISMATCH


@pytest.mark.parametrize(
    "changes",
    [
        {"events": {}},
        {"events": {"x": {}}},
        {"events": {REVOKED: None}},
        {"issuer": ""},
        {"audience": ""},
        {"audience": []},
        {"jti": ""},
        {"jti": "x" * 257},
        {"issued_at": 1.5},
        {"issued_at": -1},
        {"occurred_at": "then"},
        {"occurred_at": 10**12},
        {"subject": ""},
        {"transaction": ""},
        {"subject_identifier": {}},
        {"subject_identifier": {"sub": "x"}},
    ],
)
def test_what_nobody_would_accept_is_not_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"accepted|characters"):
        signed(**changes)


def test_an_event_is_signed_with_a_private_key() -> None:
    with pytest.raises(KeyInvalid):
        signed(key=KEY.public())


@pytest.mark.parametrize(
    "changes",
    [
        {"leeway_seconds": 61},
        {"max_age_seconds": -1},
        {"max_age_seconds": True},
        {"audience": []},
        {"algorithms": []},
    ],
)
def test_a_mistake_in_what_to_accept_is_no_refusal(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"accepted|needed"):
        verified(signed(), **changes)


def logout_payload(**changes: object) -> dict[str, Any]:
    good = {
        "iss": ISSUER,
        "aud": CLIENT,
        "iat": NOW,
        "exp": NOW + 120,
        "jti": "1",
        "events": {BACKCHANNEL_LOGOUT: {}},
        "sub": "user-1",
        "sid": "s-1",
    } | changes
    return {name: value for name, value in good.items() if value is not ...}


def test_a_logout_goes_round() -> None:
    found = logged_out(logout(session_id="s-1"))
    assert (found.subject, found.session_id, found.jti) == ("user-1", "s-1", "4712")
    assert (found.issued_at, found.expires_at) == (NOW, NOW + 120)
    assert found.claims["events"] == {BACKCHANNEL_LOGOUT: {}}
    assert found.header["typ"] == "logout+jwt"
    assert found.key == KEY
    assert "nonce" not in found.claims
    assert logged_out(logout()).session_id is None
    assert logged_out(logout(subject=None, session_id="s-1")).subject is None


def test_a_provider_that_gives_no_type_is_named() -> None:
    token = jwt.sign(logout_payload(), KEY, typ="JWT")
    assert logged_out(token, typ="JWT").session_id == "s-1"
    with pytest.raises(ClaimInvalid):
        logged_out(logout(), typ="JWT")


@pytest.mark.parametrize(
    ("changes", "claim", "reason"),
    [
        ({"iss": "https://evil.example"}, "iss", errors.ISSUER_MISMATCH),
        ({"aud": "other-app"}, "aud", errors.AUDIENCE_MISMATCH),
        ({"exp": ...}, "exp", errors.CLAIM_MISSING),
        ({"exp": NOW - 10}, "exp", errors.TOKEN_EXPIRED),
        ({"iat": ...}, "iat", errors.CLAIM_MISSING),
        ({"iat": NOW - 3611, "exp": NOW + 10**6}, "iat", errors.TOKEN_TOO_OLD),
        ({"jti": ...}, "jti", errors.CLAIM_MISSING),
        ({"events": ...}, "events", errors.CLAIM_MISSING),
        ({"events": EVENTS}, "events", errors.EVENTS_INVALID),
        ({"events": {BACKCHANNEL_LOGOUT: True}}, "events", errors.EVENTS_INVALID),
        ({"nonce": "n"}, "nonce", errors.EVENTS_INVALID),
        ({"nonce": None}, "nonce", errors.EVENTS_INVALID),
        ({"sub": ..., "sid": ...}, "sid", errors.CLAIM_MISSING),
        ({"sub": 5}, "sub", errors.CLAIM_TYPE),
        ({"sid": ""}, "sid", errors.CLAIM_TYPE),
        ({"sid": None, "sub": ...}, "sid", errors.CLAIM_TYPE),
    ],
)
def test_a_logout_that_says_something_else_ends_nothing(
    changes: dict[str, object], claim: str, reason: str
) -> None:
    token = jwt.sign(logout_payload(**changes), KEY, typ="logout+jwt")
    with pytest.raises(ClaimInvalid) as caught:
        logged_out(token)
    assert (caught.value.claim, caught.value.reason) == (claim, reason)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": None},
        {"subject": ""},
        {"session_id": ""},
        {"lifetime_seconds": -1},
        {"lifetime_seconds": 3601},
        {"jti": ""},
        {"audience": ""},
    ],
)
def test_a_logout_that_nobody_would_accept_is_not_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"accepted|characters"):
        logout(**changes)
