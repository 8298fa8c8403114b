from dataclasses import replace
from urllib.parse import urlencode

import pytest

from sealwax.client import (
    AuthorizationDenied,
    CallbackRefused,
    ClientRegistration,
    InvalidConfiguration,
    PendingSignIn,
    ProviderRefused,
)
from sealwax.client.authorization import (
    SIGN_IN_LIFETIME_SECONDS,
    begin_authorization,
    code_challenge,
    read_callback,
)
from sealwax.client.provider import Provider
from sealwax.entropy import SeededEntropy
from tests.client.provider import CLIENT_ID, ISSUER, NOW, REDIRECT_URI, query_of

PROVIDER = Provider(
    issuer=ISSUER,
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/jwks",
    authorization_endpoint=f"{ISSUER}/authorize",
    sends_issuer=True,
    supports_pkce=True,
)
CLIENT = ClientRegistration(CLIENT_ID)


def begin(seed: int = 1, **changes: object) -> tuple[str, PendingSignIn]:
    arguments: dict[str, object] = {
        "redirect_uri": REDIRECT_URI,
        "now": NOW,
        "entropy": SeededEntropy(seed),
        **changes,
    }
    return begin_authorization(PROVIDER, CLIENT, **arguments)  # type: ignore[arg-type]  # a table of arguments


def callback(pending: PendingSignIn, **changes: str | None) -> str:
    parameters = {"code": "the-code", "state": pending.state, "iss": ISSUER, **changes}
    return urlencode({name: value for name, value in parameters.items() if value is not None})


def test_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_address_holds_what_the_code_flow_with_pkce_needs_and_no_secret() -> None:
    url, pending = begin(
        scopes=("openid", "profile"), resource="https://api.example", max_age_seconds=300
    )

    assert url.startswith(f"{ISSUER}/authorize?")
    assert query_of(url) == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid profile",
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": code_challenge(pending.code_verifier),
        "code_challenge_method": "S256",
        "resource": "https://api.example",
        "max_age": "300",
    }
    assert pending.code_verifier not in url


def test_each_sign_in_has_its_own_state_nonce_and_verifier() -> None:
    entropy = SeededEntropy(1)
    pendings = [begin(entropy=entropy)[1] for _ in range(3)]

    drawn = [one for each in pendings for one in (each.state, each.nonce, each.code_verifier)]
    assert len(set(drawn)) == 9
    assert all(len(one) == 43 for one in drawn)


def test_what_is_remembered_does_not_show_in_its_repr() -> None:
    _, pending = begin()

    for hidden in (pending.state, pending.nonce, pending.code_verifier):
        assert hidden not in repr(pending)


def test_extra_parameters_are_added_and_replace_none() -> None:
    url, _ = begin(extra={"prompt": "login"})
    assert query_of(url)["prompt"] == "login"

    with pytest.raises(InvalidConfiguration, match="state is set by the client"):
        begin(extra={"state": "chosen"})


def test_a_query_of_the_endpoint_is_kept() -> None:
    provider = replace(PROVIDER, authorization_endpoint=f"{ISSUER}/authorize?tenant=1")

    url, _ = begin_authorization(
        provider, CLIENT, redirect_uri=REDIRECT_URI, now=NOW, entropy=SeededEntropy(1)
    )

    assert query_of(url)["tenant"] == "1"
    assert query_of(url)["client_id"] == CLIENT_ID


def test_without_openid_it_is_no_sign_in() -> None:
    with pytest.raises(InvalidConfiguration, match="openid"):
        begin(scopes=("profile",))


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        (replace(PROVIDER, supports_pkce=False), "pkce_unsupported"),
        (replace(PROVIDER, authorization_endpoint=None), "metadata_invalid"),
    ],
)
def test_a_provider_without_pkce_or_without_the_endpoint_is_refused(
    provider: Provider, reason: str
) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        begin_authorization(
            provider, CLIENT, redirect_uri=REDIRECT_URI, now=NOW, entropy=SeededEntropy(1)
        )
    assert refusal.value.reason == reason


def test_the_answer_gives_the_code() -> None:
    _, pending = begin()

    answer = read_callback(callback(pending), pending, PROVIDER, now=NOW + 5)

    assert answer.code.reveal() == "the-code"
    assert answer.pending is pending
    assert "the-code" not in repr(answer)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": None}, "state_mismatch"),
        ({"state": ""}, "state_mismatch"),
        ({"state": "another"}, "state_mismatch"),
        ({"state": "\ud800"}, "callback_malformed"),
        ({"iss": None}, "issuer_missing"),
        ({"iss": "https://evil.example"}, "issuer_mismatch"),
        ({"iss": ISSUER + "/"}, "issuer_mismatch"),
        ({"iss": ""}, "issuer_mismatch"),
        ({"code": None}, "callback_malformed"),
        ({"code": ""}, "callback_malformed"),
    ],
)
def test_another_answer_is_refused(changes: dict[str, str | None], reason: str) -> None:
    _, pending = begin()
    changed = {"code": "the-code", "state": pending.state, "iss": ISSUER, **changes}
    given = {name: value for name, value in changed.items() if value is not None}
    query = urlencode(given, errors="surrogatepass")

    with pytest.raises(CallbackRefused) as refusal:
        read_callback(query, pending, PROVIDER, now=NOW)
    assert refusal.value.reason == reason


def test_the_answer_to_another_sign_in_is_refused() -> None:
    _, mine = begin(1)
    _, theirs = begin(2)

    with pytest.raises(CallbackRefused) as refusal:
        read_callback(callback(theirs), mine, PROVIDER, now=NOW)
    assert refusal.value.reason == "state_mismatch"


def test_an_answer_in_a_browser_that_began_nothing_is_refused() -> None:
    _, pending = begin()

    with pytest.raises(CallbackRefused) as refusal:
        read_callback(callback(pending), None, PROVIDER, now=NOW)
    assert refusal.value.reason == "not_begun_here"


@pytest.mark.parametrize("doubled", ["state", "code", "iss", "error"])
def test_a_parameter_twice_is_refused(doubled: str) -> None:
    _, pending = begin()

    with pytest.raises(CallbackRefused) as refusal:
        read_callback(f"{callback(pending, error='x')}&{doubled}=1", pending, PROVIDER, now=NOW)
    assert refusal.value.reason == "callback_malformed"


@pytest.mark.parametrize(
    "query", ["x" * 8193, "&".join(f"p{number}=1" for number in range(40)), "code=%ff"]
)
def test_a_query_beyond_the_limits_is_refused(query: str) -> None:
    _, pending = begin()

    with pytest.raises(CallbackRefused) as refusal:
        read_callback(query, pending, PROVIDER, now=NOW)
    assert refusal.value.reason == "callback_malformed"


@pytest.mark.parametrize(("seconds", "is_refused"), [(0, False), (1, True)])
def test_a_sign_in_may_take_ten_minutes(seconds: int, is_refused: bool) -> None:  # noqa: FBT001 - a column of the table
    _, pending = begin()
    now = NOW + SIGN_IN_LIFETIME_SECONDS + seconds

    if is_refused:
        with pytest.raises(CallbackRefused) as refusal:
            read_callback(callback(pending), pending, PROVIDER, now=now)
        assert refusal.value.reason == "took_too_long"
    else:
        assert read_callback(callback(pending), pending, PROVIDER, now=now).code


def test_an_error_is_believed_only_with_state_and_issuer() -> None:
    _, pending = begin()
    query = callback(pending, code=None, error="access_denied")

    with pytest.raises(AuthorizationDenied) as denial:
        read_callback(query, pending, PROVIDER, now=NOW)
    assert denial.value.error == "access_denied"

    with pytest.raises(CallbackRefused):
        read_callback(urlencode({"error": "access_denied"}), pending, PROVIDER, now=NOW)


def test_an_error_beside_a_code_is_an_error() -> None:
    _, pending = begin()

    with pytest.raises(AuthorizationDenied):
        read_callback(callback(pending, error="server_error"), pending, PROVIDER, now=NOW)


def test_what_is_no_error_code_is_not_repeated() -> None:
    _, pending = begin()
    query = callback(pending, code=None, error="<script>alert(1)</script>")

    with pytest.raises(AuthorizationDenied) as denial:
        read_callback(query, pending, PROVIDER, now=NOW)
    assert "script" not in str(denial.value)
    assert "script" not in denial.value.error


def test_a_provider_that_sends_no_issuer_is_accepted_if_it_announced_none() -> None:
    _, pending = begin()
    provider = replace(PROVIDER, sends_issuer=False)

    assert read_callback(callback(pending, iss=None), pending, provider, now=NOW).code
    with pytest.raises(CallbackRefused):
        read_callback(callback(pending, iss="https://evil.example"), pending, provider, now=NOW)


def test_an_answer_is_not_taken_to_another_provider() -> None:
    _, pending = begin()
    provider = replace(PROVIDER, issuer="https://other.example")

    with pytest.raises(CallbackRefused) as refusal:
        read_callback(callback(pending), pending, provider, now=NOW)
    assert refusal.value.reason == "issuer_mismatch"
