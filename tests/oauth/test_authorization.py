from __future__ import annotations

import pytest

from sealwax.oauth.authorization import (
    ConsentNeeded,
    Granted,
    Interaction,
    SignInNeeded,
    authorization_code,
    consent_to,
    decide,
)
from sealwax.oauth.authorization_request import AuthorizationRequest
from sealwax.oauth.errors import InteractionUnusable, RedirectedError
from sealwax.records import Client, Consent, Session
from tests.oauth.given import (
    CALLBACK,
    CHALLENGE,
    ISSUER,
    NOTES,
    NOW,
    authorization_form,
    checked,
    client,
    consent,
    grant,
    interaction,
    public_client,
    refused,
    session,
)

NATIVE = public_client(client_id="native", redirect_uris=("http://127.0.0.1/callback",))


def step(
    request: AuthorizationRequest,
    *,
    of: Session | None = None,
    allowed: Consent | None = None,
    hinted: str | None = None,
    at: Interaction | None = None,
    now: int = NOW,
) -> SignInNeeded | ConsentNeeded | Granted:
    return decide(
        request,
        session=of,
        consent=allowed,
        hinted_subject=hinted,
        interaction=at or interaction(),
        now=now,
    )


class TestSignIn:
    def test_nobody_is_signed_in(self) -> None:
        assert step(checked()) == SignInNeeded()

    def test_somebody_is(self) -> None:
        assert step(checked(), of=session(), allowed=consent()) == Granted(session())

    @pytest.mark.parametrize(
        "changes", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "99"}]
    )
    def test_a_new_sign_in_is_asked_for(self, changes: dict[str, str | None]) -> None:
        assert step(checked(**changes), of=session(), allowed=consent()) == SignInNeeded()

    def test_and_is_enough_when_it_was_made_for_this(self) -> None:
        new = session(session_id="session-2", authenticated_at=NOW)

        assert step(checked(prompt="login"), of=new, allowed=consent()) == Granted(new)

    def test_oidc_core_3_1_2_6_no_page_may_be_shown(self) -> None:
        for of, changes in (
            (None, {}),
            (session(), {"max_age": "1"}),
        ):
            with refused(RedirectedError, "login_required") as caught:
                step(checked(prompt="none", **changes), of=of, allowed=consent())
            assert caught.value.error == "login_required"

    def test_no_page_need_be_shown(self) -> None:
        assert step(checked(prompt="none"), of=session(), allowed=consent()) == Granted(session())


class TestHintedPerson:
    def test_the_same(self) -> None:
        found = step(checked(), of=session(), allowed=consent(), hinted="usr_alice")

        assert found == Granted(session())

    def test_another_is_asked_to_sign_in(self) -> None:
        assert step(checked(), of=session(), hinted="usr_bob") == SignInNeeded()

    def test_another_without_a_page(self) -> None:
        with refused(RedirectedError, "login_required"):
            step(checked(prompt="none"), of=session(), hinted="usr_bob")

    def test_another_signed_in_after_all(self) -> None:
        new = session(session_id="session-2", authenticated_at=NOW)

        with refused(RedirectedError, "hinted_person_absent") as caught:
            step(checked(), of=new, hinted="usr_bob")
        assert caught.value.error == "login_required"


class TestConsent:
    @pytest.mark.parametrize(
        ("allowed", "scope"),
        [
            pytest.param(None, "openid", id="never asked"),
            pytest.param(consent(), "openid notes:write", id="a new scope"),
            pytest.param(consent(resources=()), "openid", id="a new resource"),
        ],
    )
    def test_is_asked_for(self, allowed: Consent | None, scope: str) -> None:
        request = checked(scope=scope)

        assert step(request, of=session(), allowed=allowed) == ConsentNeeded(session())
        with refused(RedirectedError, "consent_required") as caught:
            step(checked(scope=scope, prompt="none"), of=session(), allowed=allowed)
        assert caught.value.error == "consent_required"

    def test_is_remembered_for_fewer_scopes(self) -> None:
        assert step(checked(scope="openid"), of=session(), allowed=consent()) == Granted(session())

    def test_is_asked_for_again_on_demand(self) -> None:
        request = checked(prompt="consent")

        assert step(request, of=session(), allowed=consent()) == ConsentNeeded(session())
        now_given = consent(granted_at=NOW + 3)
        assert step(request, of=session(), allowed=now_given) == Granted(session())

    def test_is_not_asked_for_by_the_operators_own(self) -> None:
        own = client(is_first_party=True)

        assert step(checked(None, own), of=session()) == Granted(session())
        asked = step(checked(None, own, prompt="consent"), of=session())
        assert asked == ConsentNeeded(session())

    @pytest.mark.parametrize(
        ("by", "redirect_uri", "expected"),
        [
            pytest.param(
                NATIVE,
                "http://127.0.0.1:9/callback",
                ConsentNeeded,
                id="RFC 8252 8.6: a native app",
            ),
            pytest.param(
                public_client(), CALLBACK, Granted, id="its https address tells who it is"
            ),
            pytest.param(
                client(redirect_uris=("http://localhost:3000/cb",)),
                "http://localhost:3000/cb",
                Granted,
                id="its secret tells who it is",
            ),
        ],
    )
    def test_is_asked_for_each_time_where_the_client_could_be_another(
        self, by: Client, redirect_uri: str, expected: type
    ) -> None:
        request = checked(None, by, redirect_uri=redirect_uri)

        assert type(step(request, of=session(), allowed=consent())) is expected
        now_given = consent(granted_at=NOW)
        assert step(request, of=session(), allowed=now_given) == Granted(session())

    def test_adds_to_what_was_allowed_before(self) -> None:
        request = checked(scope="notes:write profile")

        given = consent_to(request, user_id="usr_alice", earlier=consent(), now=NOW)

        assert given == consent(
            scopes=("openid", "notes:read", "notes:write", "profile"), granted_at=NOW
        )
        assert consent_to(request, user_id="usr_alice", earlier=None, now=NOW) == consent(
            scopes=("notes:write", "profile"), granted_at=NOW
        )

    def test_covers_the_default_audience(self) -> None:
        request = checked(scope="openid", resource=None)

        given = consent_to(request, user_id="usr_alice", earlier=None, now=NOW - 9)

        assert given.resources == (ISSUER,)
        assert step(request, of=session(), allowed=given) == Granted(session())


def test_the_code_remembers_what_was_granted() -> None:
    record = authorization_code(
        checked(),
        session=session(),
        grant=grant(),
        code_hash="a" * 64,
        lifetime_seconds=60,
        now=NOW,
    )

    assert record.redirect_uri == CALLBACK
    assert record.code_challenge == CHALLENGE
    assert (record.scopes, record.resources) == (("openid", "notes:read"), (NOTES,))
    assert (record.client_id, record.user_id, record.session_id) == (
        "web",
        "usr_alice",
        "session-1",
    )
    assert (record.auth_time, record.amr, record.nonce) == (NOW - 100, ("pwd",), "n-0S6_WzA2Mj")
    assert (record.issued_at, record.expires_at, record.redeemed_at) == (NOW, NOW + 60, None)


class TestInteraction:
    def test_carries_what_counts(self) -> None:
        begun = Interaction.begin(authorization_form(unknown="1", claims="{}"), now=NOW)

        assert dict(begun.parameters) == dict(authorization_form().items())
        assert (begun.requested_at, begun.is_assessed, begun.prior_session_id) == (NOW, False, None)
        assert Interaction.from_data(begun.to_data()) == begun

    @pytest.mark.parametrize(("of", "prior"), [(None, None), (session(), "session-1")])
    def test_notes_the_first_session_it_sees(self, of: Session | None, prior: str | None) -> None:
        begun = Interaction.begin(authorization_form(), now=NOW)

        assessed = begun.assessed(of)

        assert (assessed.is_assessed, assessed.prior_session_id) == (True, prior)
        assert assessed.assessed(session(session_id="session-2")) is assessed
        assert Interaction.from_data(assessed.to_data()) == assessed

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"parameters": [], "requested_at": "1", "is_assessed": True, "prior_session_id": None},
            {"parameters": [], "requested_at": 1, "is_assessed": 1, "prior_session_id": None},
            {"parameters": {}, "requested_at": 1, "is_assessed": True, "prior_session_id": None},
            {"parameters": [], "requested_at": 1, "is_assessed": True, "prior_session_id": 1},
        ],
    )
    def test_of_another_shape_is_refused(self, data: dict[str, object]) -> None:
        with refused(InteractionUnusable, "interaction_malformed"):
            Interaction.from_data(data)
