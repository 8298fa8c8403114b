from __future__ import annotations

import pytest

from sealwax.oauth.end_session import (
    AskFirst,
    EndSessionRequest,
    NothingToEnd,
    SignOut,
    check_return,
    decide,
    shown,
    whose_request,
)
from sealwax.oauth.errors import (
    InvalidRequest,
    PostLogoutRedirectUriMismatch,
    RequestUnreadable,
)
from sealwax.oauth.id_token import IdTokenHint
from sealwax.records import Client
from tests.oauth.given import NOW, client, form, refused, session

BYE = "https://app.example/bye"
HINT = IdTokenHint("usr_alice", "web", "session-1")


def asked(**parameters: str) -> EndSessionRequest:
    return EndSessionRequest.parse(form(**parameters))


def test_the_request_is_read() -> None:
    found = asked(
        id_token_hint="a.b.c",
        client_id="web",
        post_logout_redirect_uri=BYE,
        state="s",
        logout_hint="x",
    )

    assert found == EndSessionRequest("a.b.c", "web", BYE, "s")
    assert asked() == EndSessionRequest(None, None, None, None)


def test_a_long_state_is_refused() -> None:
    with refused(RequestUnreadable, "state_too_long"):
        asked(state="a" * 2_049)


class TestWhatHappens:
    def test_nobody_is_signed_in(self) -> None:
        assert decide(None, HINT) == NothingToEnd()
        assert decide(None, None) == NothingToEnd()

    def test_a_hint_of_the_same_person_signs_out(self) -> None:
        assert decide(session(), HINT) == SignOut(session())

    def test_of_an_earlier_session_too(self) -> None:
        hint = IdTokenHint("usr_alice", "web", "session-0")

        assert decide(session(), hint) == SignOut(session())

    @pytest.mark.parametrize("hint", [None, IdTokenHint("usr_bob", "web", "session-1")])
    def test_asvs_10_6_2_else_the_person_is_asked(self, hint: IdTokenHint | None) -> None:
        assert decide(session(), hint) == AskFirst(session())


class TestWhoAsks:
    def test_the_hint_says_it(self) -> None:
        assert whose_request(asked(id_token_hint="x", client_id="web"), HINT) == "web"

    def test_else_the_client_id(self) -> None:
        assert whose_request(asked(client_id="web"), None) == "web"
        assert whose_request(asked(), None) is None

    def test_a_hint_that_is_not_ours_leaves_nobody(self) -> None:
        assert whose_request(asked(id_token_hint="forged", client_id="web"), None) is None


class TestWayBack:
    def test_a_registered_address_with_state(self) -> None:
        by = client(post_logout_redirect_uris=(BYE,))

        assert check_return(asked(post_logout_redirect_uri=BYE), by) == BYE
        assert (
            check_return(asked(post_logout_redirect_uri=BYE, state="a b"), by) == f"{BYE}?state=a+b"
        )

    @pytest.mark.parametrize(
        ("parameters", "by"),
        [
            pytest.param({}, client(post_logout_redirect_uris=(BYE,)), id="none was named"),
            pytest.param({"post_logout_redirect_uri": BYE}, None, id="nobody vouches for it"),
            pytest.param(
                {"post_logout_redirect_uri": BYE},
                client(post_logout_redirect_uris=(BYE,), disabled_at=NOW),
                id="a disabled client vouches for nothing",
            ),
        ],
    )
    def test_nowhere(self, parameters: dict[str, str], by: Client | None) -> None:
        assert check_return(asked(**parameters), by) is None

    @pytest.mark.parametrize(
        "uri",
        [
            "https://app.example/bye/",
            "https://app.example/bye?x=1",
            "https://app.example/callback",
            "https://evil.example/",
            "//app.example/bye",
            "/\\app.example",
            "https:app.example/bye",
            "javascript:alert(1)",
        ],
    )
    def test_any_other_address_is_shown(self, uri: str) -> None:
        with refused(PostLogoutRedirectUriMismatch, "post_logout_redirect_uri_mismatch"):
            check_return(
                asked(post_logout_redirect_uri=uri), client(post_logout_redirect_uris=(BYE,))
            )


def test_what_can_not_be_read_is_shown() -> None:
    found = shown(InvalidRequest("duplicate_parameter", "state is given more than once"))

    assert (found.reason, found.description) == (
        "duplicate_parameter",
        "state is given more than once",
    )
