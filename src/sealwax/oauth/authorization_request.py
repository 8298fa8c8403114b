"""The request to `/authorize`, checked (RFC 6749 §4.1.1, OIDC Core §3.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import (
    ClientUnknown,
    InvalidRequest,
    OAuthError,
    RedirectedError,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    ResponseMode,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from sealwax.oauth.pkce import check_code_challenge
from sealwax.oauth.prompt import parse_max_age, parse_prompt
from sealwax.oauth.redirect_uri import TrustedRedirectUri, check_redirect_uri
from sealwax.oauth.resource_indicator import (
    Audience,
    check_audience,
    check_resource_indicators,
    default_resource,
)
from sealwax.oauth.scope import (
    OIDC_SCOPES,
    check_scopes_reachable,
    check_scopes_registered,
    parse_scope,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sealwax.oauth.parameters import Form
    from sealwax.records import Client, Resource

MAX_STATE_CHARACTERS: Final = 2_048
MAX_NONCE_CHARACTERS: Final = 512
"""It goes into the ID token."""
MAX_LOGIN_HINT_CHARACTERS: Final = 256


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request in which every rule holds that does not depend on the person."""

    client: Client
    redirect_uri: TrustedRedirectUri
    response_mode: ResponseMode
    state: str | None
    issuer: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    """Those that were named; none means the default audience."""
    audiences: tuple[Audience, ...]
    """Those that the tokens may be for."""
    code_challenge: str
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None
    login_hint: str | None
    id_token_hint: str | None
    """Not yet verified."""
    ui_locales: str | None
    """The languages the client prefers, as it wrote them."""

    def refuse(self, cause: OAuthError) -> RedirectedError:
        """Turn an error into one that goes back to the client."""
        return RedirectedError(
            cause,
            redirect_uri=self.redirect_uri,
            response_mode=self.response_mode,
            state=self.state,
            issuer=self.issuer,
        )

    def success_parameters(self, code: str) -> dict[str, str]:
        """Give the parameters of the answer (RFC 6749 §4.1.2) with `iss` (RFC 9207 §2)."""
        parameters = {"code": code}
        if self.state is not None:
            parameters["state"] = self.state
        parameters["iss"] = self.issuer
        return parameters


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where answers to a request go, known before the rest of it is checked."""

    client: Client
    redirect_uri: TrustedRedirectUri
    response_mode: ResponseMode
    state: str | None
    issuer: str

    def refuse(self, cause: OAuthError) -> RedirectedError:
        """Turn an error into one that goes back to the client."""
        return RedirectedError(
            cause,
            redirect_uri=self.redirect_uri,
            response_mode=self.response_mode,
            state=self.state,
            issuer=self.issuer,
        )


def check_return_address(form: Form, client: Client | None, *, issuer: str) -> ReturnAddress:
    """Find where this request is answered; until this has passed nothing is redirected.

    Raises ClientUnknown or RedirectUriMismatch, which are shown (RFC 6749 §4.1.2.1).
    """
    known = check_client(client)
    is_openid = "openid" in (form.get("scope") or "").split(" ")
    redirect_uri = check_redirect_uri(form.get("redirect_uri"), known, required=is_openid)
    state = form.get("state")
    echoed = state if state is None or len(state) <= MAX_STATE_CHARACTERS else None
    response_mode: ResponseMode = (
        "form_post" if form.get("response_mode") == "form_post" else "query"
    )
    return ReturnAddress(known, redirect_uri, response_mode, echoed, issuer)


def check_client(client: Client | None) -> Client:
    """Accept a client that is registered and enabled. Raises ClientUnknown, shown."""
    if client is None or client.disabled_at is not None:
        reason = "client_unknown" if client is None else "client_disabled"
        raise ClientUnknown(reason, "client_id is not one that is registered here")
    return client


def named_resources(form: Form, client: Client, *, issuer: str) -> tuple[str, ...]:
    """Give the identifiers whose records `check_request` needs."""
    return form.all("resource") or (default_resource(client, issuer),)


def check_request(
    form: Form,
    address: ReturnAddress,
    *,
    resources: Mapping[str, Resource | None],
    own: Audience,
) -> AuthorizationRequest:
    """Check everything that does not depend on the person.

    `resources` holds what was found under each identifier of `named_resources`; `own` is the issuer
    as an audience. Raises RedirectedError.
    """
    try:
        return _check(form, address, resources, own)
    except OAuthError as cause:
        raise address.refuse(cause) from cause


def _check(
    form: Form, address: ReturnAddress, resources: Mapping[str, Resource | None], own: Audience
) -> AuthorizationRequest:
    """Hold the request against the rules, in this order. Raises OAuthError."""
    client = address.client
    check_no_request_object(form)
    check_response_type(form)
    check_response_mode(form)
    check_grant_type(client)
    check_state(form)
    code_challenge = check_code_challenge(
        form.get("code_challenge"), form.get("code_challenge_method")
    )
    named = check_resource_indicators(form.all("resource"))
    audiences = check_audiences(named, client, resources=resources, own=own)
    return AuthorizationRequest(
        client=client,
        redirect_uri=address.redirect_uri,
        response_mode=address.response_mode,
        state=address.state,
        issuer=address.issuer,
        scopes=check_scope(form, client, audiences),
        resources=named,
        audiences=audiences,
        code_challenge=code_challenge,
        nonce=check_nonce(form),
        prompt=parse_prompt(form.get("prompt")),
        max_age=parse_max_age(form.get("max_age")),
        login_hint=read_login_hint(form),
        id_token_hint=form.get("id_token_hint"),
        ui_locales=form.get("ui_locales"),
    )


def check_no_request_object(form: Form) -> None:
    """Refuse request objects and inline registration (OIDC Core §3.1.2.6), which are not taken."""
    if form.get("request") is not None:
        raise RequestNotSupported("request_object", "request is not supported")
    if form.get("request_uri") is not None:
        raise RequestUriNotSupported("request_uri", "request_uri is not supported")
    if form.get("registration") is not None:
        raise RegistrationNotSupported("registration", "registration is not supported")


def check_response_type(form: Form) -> None:
    """Accept `code` alone (RFC 9700 §2.1.2). Raises InvalidRequest, UnsupportedResponseType."""
    if form.require("response_type") != "code":
        raise UnsupportedResponseType("response_type", "response_type must be code")


def check_response_mode(form: Form) -> None:
    """Accept `query`, the default of a code, or `form_post` (Form Post Response Mode §2).

    Raises InvalidRequest.
    """
    if form.get("response_mode") not in {None, "query", "form_post"}:
        raise InvalidRequest("response_mode", "response_mode must be query or form_post")


def check_grant_type(client: Client) -> None:
    """Accept only a client that is registered for codes. Raises UnauthorizedClient."""
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClient(
            "grant_type_not_registered", "this client is not registered for authorization_code"
        )


def check_state(form: Form) -> None:
    """Refuse a `state` too long to be echoed. Raises InvalidRequest."""
    if len(form.get("state") or "") > MAX_STATE_CHARACTERS:
        raise InvalidRequest(
            "state_too_long", f"state must not exceed {MAX_STATE_CHARACTERS} characters"
        )


def check_audiences(
    named: Sequence[str],
    client: Client,
    *,
    resources: Mapping[str, Resource | None],
    own: Audience,
) -> tuple[Audience, ...]:
    """Accept every resource that was named, or the default (RFC 8707 §2). Raises InvalidTarget."""
    identifiers = named or (default_resource(client, own.identifier),)
    return tuple(
        check_audience(identifier, client, resources=resources, own=own)
        for identifier in identifiers
    )


def check_nonce(form: Form) -> str | None:
    """Accept a `nonce` that an ID token can hold. Raises InvalidRequest."""
    nonce = form.get("nonce")
    if nonce is not None and len(nonce) > MAX_NONCE_CHARACTERS:
        raise InvalidRequest(
            "nonce_too_long", f"nonce must not exceed {MAX_NONCE_CHARACTERS} characters"
        )
    return nonce


def check_scope(form: Form, client: Client, audiences: Sequence[Audience]) -> tuple[str, ...]:
    """Accept scopes that the client registered and that belong to an audience asked for.

    OpenID Connect's scopes may always stand beside them. An omitted `scope` means every API scope
    of the client that belongs to the audiences (RFC 6749 §3.3 lets us predefine it; the person sees
    it in the consent). `offline_access` is ignored for a client that is not registered for it and
    for refreshing (OIDC Core §11). Raises InvalidScope.
    """
    reachable = {scope for audience in audiences for scope in audience.scopes}
    scopes = parse_scope(form.get("scope"))
    if scopes is None:
        return tuple(
            scope for scope in client.scopes if scope in reachable and scope not in OIDC_SCOPES
        )
    if "offline_access" not in client.scopes or "refresh_token" not in client.grant_types:
        scopes = tuple(scope for scope in scopes if scope != "offline_access")
    check_scopes_registered(scopes, client.scopes)
    check_scopes_reachable(scopes, reachable.union(OIDC_SCOPES))
    return scopes


def read_login_hint(form: Form) -> str | None:
    """Give the hint if it can be a username; whatever else it is, it is only a hint."""
    login_hint = form.get("login_hint")
    if login_hint is None or len(login_hint) > MAX_LOGIN_HINT_CHARACTERS:
        return None
    return login_hint
