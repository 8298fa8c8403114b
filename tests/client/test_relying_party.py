from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from sealwax.client import (
    CallbackRefused,
    ClientError,
    ClientRegistration,
    HttpRequest,
    HttpResponse,
    IdTokenRefused,
    PendingSignIn,
    ProviderRefused,
    RelyingParty,
    TokenRequestRefused,
    TokenResponseInvalid,
    UserinfoRefused,
)
from sealwax.clock import ManualClock
from sealwax.entropy import SystemEntropy
from sealwax.jose import Key
from sealwax.secret import Secret
from tests.client.provider import (
    CLIENT_ID,
    ISSUER,
    NOW,
    REDIRECT_URI,
    ProviderInMemory,
    answer,
    form_of,
    metadata,
    query_of,
)

pytestmark = pytest.mark.anyio
CLIENT = ClientRegistration(CLIENT_ID, Secret("the-secret"), id_token_algorithm="ES256")


def relying_party(provider: ProviderInMemory, clock: ManualClock | None = None) -> RelyingParty:
    return RelyingParty(
        ISSUER,
        CLIENT,
        redirect_uri=REDIRECT_URI,
        scopes=("openid", "profile"),
        fetcher=provider,
        clock=clock or ManualClock(NOW),
        entropy=SystemEntropy(),
    )


async def begun(app: RelyingParty, provider: ProviderInMemory) -> tuple[PendingSignIn, str]:
    """Begin, let the provider remember the nonce, and give the query that comes back."""
    url, pending = await app.begin()
    provider.claims["nonce"] = query_of(url)["nonce"]
    query = {"code": "code-1", "state": query_of(url)["state"], "iss": ISSUER}
    return pending, urlencode(query)


async def test_a_person_signs_in() -> None:
    provider = ProviderInMemory()
    app = relying_party(provider)
    pending, query = await begun(app, provider)

    sign_in = await app.finish(query, pending)

    assert (sign_in.id_token.issuer, sign_in.id_token.subject) == (ISSUER, "usr_ada")
    assert sign_in.tokens.access_token.reveal() == "access-token-1"
    (request,) = provider.asked("/token")
    assert form_of(request) == {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": REDIRECT_URI,
        "code_verifier": pending.code_verifier,
    }
    assert request.headers["Authorization"].startswith("Basic ")
    for hidden in ("access-token-1", "refresh-token-1", "code-1", "the-secret"):
        assert hidden not in repr(sign_in)


async def test_two_sign_ins_interleaved_do_not_mix() -> None:
    provider = ProviderInMemory()
    app = relying_party(provider)
    first, first_query = await begun(app, provider)
    first_nonce = provider.claims["nonce"]
    second, second_query = await begun(app, provider)

    with pytest.raises(CallbackRefused):
        await app.finish(first_query, second)
    with pytest.raises(IdTokenRefused) as refusal:
        await app.finish(first_query, first)  # the provider answers with the nonce of the second
    assert refusal.value.reason == "nonce_mismatch"

    assert (await app.finish(second_query, second)).id_token.subject == "usr_ada"
    provider.claims["nonce"] = first_nonce
    assert (await app.finish(first_query, first)).id_token.subject == "usr_ada"


async def test_nothing_is_asked_of_the_provider_for_an_answer_that_is_not_ours() -> None:
    provider = ProviderInMemory()
    app = relying_party(provider)
    pending, query = await begun(app, provider)

    for foreign, remembered in ((query.replace("state=", "state=x"), pending), (query, None)):
        with pytest.raises(CallbackRefused):
            await app.finish(foreign, remembered)
    assert provider.asked("/token") == []


@pytest.mark.parametrize(
    ("answer_token", "error"),
    [
        (lambda _: answer(400, {"error": "invalid_grant"}), TokenRequestRefused),
        (
            lambda _: answer(200, {"access_token": "a", "token_type": "Bearer"}),
            TokenResponseInvalid,
        ),
        (lambda _: HttpResponse(302, {"location": "https://evil.example"}, b""), ClientError),
        (
            lambda _: answer(200, {"access_token": "a", "token_type": "Bearer", "id_token": "a.b"}),
            IdTokenRefused,
        ),
    ],
)
async def test_a_bad_answer_of_the_token_endpoint_signs_nobody_in(
    answer_token: Callable[[HttpRequest], HttpResponse], error: type[ClientError]
) -> None:
    provider = ProviderInMemory(answer_token=answer_token)
    app = relying_party(provider)
    pending, query = await begun(app, provider)

    with pytest.raises(error):
        await app.finish(query, pending)


async def test_an_access_token_swapped_on_the_way_is_refused() -> None:
    provider = ProviderInMemory()
    app = relying_party(provider)
    pending, query = await begun(app, provider)
    id_token = provider.id_token()
    provider.answer_token = lambda _: answer(
        200, {"access_token": "swapped", "token_type": "Bearer", "id_token": id_token}
    )

    with pytest.raises(IdTokenRefused) as refusal:
        await app.finish(query, pending)
    assert refusal.value.reason == "access_token_mismatch"


async def test_keys_are_kept_and_fetched_again_for_a_key_that_is_new() -> None:
    provider, clock = ProviderInMemory(), ManualClock(NOW)
    app = relying_party(provider, clock)
    for _ in range(2):
        pending, query = await begun(app, provider)
        await app.finish(query, pending)
    assert len(provider.asked("/jwks")) == 1

    provider.key = Key.generate("ES256")
    pending, query = await begun(app, provider)
    with pytest.raises(IdTokenRefused) as refusal:  # within the pause, nobody makes us ask
        await app.finish(query, pending)
    assert refusal.value.reason == "key_unknown"
    assert len(provider.asked("/jwks")) == 1

    clock.advance(10)
    pending, query = await begun(app, provider)
    assert (await app.finish(query, pending)).id_token.subject == "usr_ada"
    assert len(provider.asked("/jwks")) == 2


async def test_metadata_are_kept_for_an_hour() -> None:
    provider, clock = ProviderInMemory(), ManualClock(NOW)
    app = relying_party(provider, clock)
    for seconds in (0, 3599, 1):
        clock.advance(seconds)
        await app.begin()

    assert len(provider.asked("/.well-known/openid-configuration")) == 2


async def test_a_provider_that_names_another_issuer_is_refused() -> None:
    provider = ProviderInMemory(metadata=metadata(issuer="https://evil.example"))

    with pytest.raises(ProviderRefused):
        await relying_party(provider).begin()


async def test_refresh_and_revoke() -> None:
    provider = ProviderInMemory()
    app = relying_party(provider)

    tokens = await app.refresh(Secret("refresh-0"))
    assert tokens.refresh_token == Secret("refresh-token-1")
    assert form_of(provider.asked("/token")[0])["refresh_token"] == "refresh-0"

    assert await app.revoke(Secret("refresh-token-1"))
    assert form_of(provider.asked("/revoke")[0]) == {"token": "refresh-token-1"}
    assert provider.asked("/revoke")[0].headers["Authorization"].startswith("Basic ")


async def test_revoke_says_no_where_the_provider_can_not() -> None:
    provider = ProviderInMemory(metadata=metadata(revocation_endpoint=None))

    assert not await relying_party(provider).revoke(Secret("token"))


async def test_a_refresh_may_name_another_resource() -> None:
    provider = ProviderInMemory()

    await relying_party(provider).refresh(Secret("refresh-0"), resource=ISSUER)

    assert form_of(provider.asked("/token")[0])["resource"] == ISSUER


async def test_userinfo_tells_more_of_the_person() -> None:
    provider = ProviderInMemory()

    claims = await relying_party(provider).userinfo(Secret("token-1"), subject="usr_ada")

    assert claims["name"] == "Ada"
    (request,) = provider.asked("/userinfo")
    assert request.headers["Authorization"] == "Bearer token-1"
    assert "token-1" not in repr(request)


@pytest.mark.parametrize(
    ("status", "members", "reason"),
    [
        # OIDC Core §5.3.2: the answer about somebody else must not be used
        (200, {"sub": "usr_grace", "name": "Ada"}, "subject_mismatch"),
        (200, {"name": "Ada"}, "subject_mismatch"),
        (200, ["usr_ada"], "userinfo_malformed"),
        (401, {"error": "invalid_token"}, "userinfo_refused"),
    ],
)
async def test_userinfo_about_somebody_else_is_refused(
    status: int, members: object, reason: str
) -> None:
    provider = ProviderInMemory(userinfo=(status, members))

    with pytest.raises(UserinfoRefused) as refusal:
        await relying_party(provider).userinfo(Secret("token-1"), subject="usr_ada")
    assert refusal.value.reason == reason


async def test_a_provider_without_userinfo_is_said_so() -> None:
    provider = ProviderInMemory(metadata=metadata(userinfo_endpoint=None))

    with pytest.raises(ProviderRefused):
        await relying_party(provider).userinfo(Secret("token-1"), subject="usr_ada")


async def test_where_to_sign_out() -> None:
    provider = ProviderInMemory()
    url = await relying_party(provider).sign_out_url(
        post_logout_redirect_uri="https://app.example/", state="s"
    )

    assert url is not None
    assert url.startswith(f"{ISSUER}/end_session?")
    assert query_of(url) == {
        "client_id": CLIENT_ID,
        "post_logout_redirect_uri": "https://app.example/",
        "state": "s",
    }


async def test_a_provider_without_sign_out_has_no_address_for_it() -> None:
    provider = ProviderInMemory(metadata=metadata(end_session_endpoint=None))

    assert await relying_party(provider).sign_out_url() is None
