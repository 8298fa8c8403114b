"""What the integrations have in common: an API that knows its verifier and describes itself."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final, Unpack

from sealwax.integrations.bearer import (
    Answer,
    Challenge,
    CredentialsRefused,
    answer_to,
    is_quotable,
    is_scope,
    read_bearer_token,
)
from sealwax.resource_server import (
    InvalidConfiguration,
    KeysUnavailable,
    TokenRefused,
    VerifiedToken,
    Verifier,
)
from sealwax.resource_server.policy import IssuerSettings
from sealwax.resource_server.web_address import WebAddress, parse_web_address

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
METADATA_MAX_AGE_SECONDS: Final = 3600


class ProtectedResource:
    """An API: who may call it, how it says so (RFC 6750), and how it describes itself (RFC 9728).

    Give `issuer` and `audience`, with the settings of `TrustedIssuer`, or a `verifier` that was
    built before. `resource` is the API's own URL; by default the audience, where that is a URL.
    Without one there is no metadata. Raises InvalidConfiguration, which names the field.
    """

    def __init__(
        self,
        issuer: str | None = None,
        audience: str | Collection[str] | None = None,
        *,
        verifier: Verifier | None = None,
        resource: str | None = None,
        scopes_supported: Collection[str] = (),
        resource_name: str | None = None,
        resource_documentation: str | None = None,
        **settings: Unpack[IssuerSettings],
    ) -> None:
        self.verifier = _verifier(issuer, audience, verifier, settings)
        address = _resource_address(resource, self.verifier)
        self.resource = None if address is None else address.url
        self._metadata_members: dict[str, Any] = {
            "scopes_supported": list(check_scopes("scopes_supported", scopes_supported)),
            "resource_name": resource_name,
            "resource_documentation": resource_documentation,
        }
        self.metadata_path, self.metadata_url = _metadata_place(address)
        realm = self.verifier.trusted_issuers[0].audiences[0]
        self._challenge = Challenge(realm if is_quotable(realm) else "api", self.metadata_url)

    async def authenticate(
        self, authorization: Sequence[str], scopes: tuple[str, ...] = ()
    ) -> VerifiedToken:
        """Let a request through that has a good token with all of `scopes`.

        `authorization` holds the values of all its Authorization headers. Raises RequestRefused,
        with the answer to send.
        """
        try:
            return await self.verifier.verify(read_bearer_token(authorization), scopes=scopes)
        except (CredentialsRefused, TokenRefused, KeysUnavailable) as error:
            raise answer_to(error, self._challenge, scopes) from error

    def authenticate_sync(
        self, authorization: Sequence[str], scopes: tuple[str, ...] = ()
    ) -> VerifiedToken:
        """Do what `authenticate` does, and block the thread where that one suspends."""
        try:
            return self.verifier.verify_sync(read_bearer_token(authorization), scopes=scopes)
        except (CredentialsRefused, TokenRefused, KeysUnavailable) as error:
            raise answer_to(error, self._challenge, scopes) from error

    def metadata(self) -> dict[str, Any]:
        """Describe the API: who issues its tokens, and which scopes it knows (RFC 9728 §2)."""
        members = {
            "resource": self.resource,
            "authorization_servers": [each.issuer for each in self.verifier.trusted_issuers],
            "bearer_methods_supported": ["header"],
            **self._metadata_members,
        }
        return {name: value for name, value in members.items() if value}

    def metadata_answer(self) -> Answer:
        """Give the metadata as a response. It is public, so scripts of any origin may read it."""
        headers = {
            "Content-Type": "application/json",
            "Cache-Control": f"public, max-age={METADATA_MAX_AGE_SECONDS}",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
        }
        return Answer(200, headers, json.dumps(self.metadata()).encode())


def check_scopes(name: str, scopes: Collection[str]) -> tuple[str, ...]:
    """Check the names of scopes (RFC 6749 §3.3). Raises InvalidConfiguration."""
    if isinstance(scopes, str):
        raise InvalidConfiguration(name, "is one text; a collection of scopes is accepted")
    for scope in scopes:
        if not is_scope(scope):
            raise InvalidConfiguration(name, f"holds {scope!r:.60}, which is not one scope")
    return tuple(scopes)


def _verifier(
    issuer: str | None,
    audience: str | Collection[str] | None,
    verifier: Verifier | None,
    settings: IssuerSettings,
) -> Verifier:
    if verifier is not None:
        if issuer is not None or audience is not None or settings:
            raise InvalidConfiguration("verifier", "given together with the settings of one")
        return verifier
    if issuer is None:
        raise InvalidConfiguration("issuer", "missing; the URL of an issuer, or a verifier")
    if audience is None:
        raise InvalidConfiguration("audience", "missing; what this API is called is needed")
    return Verifier(issuer, audience, **settings)


def _resource_address(resource: str | None, verifier: Verifier) -> WebAddress | None:
    """Take the API's own URL, or the one audience that is a URL."""
    if resource is not None:
        try:
            address = parse_web_address(resource)
        except ValueError as error:
            raise InvalidConfiguration("resource", str(error)) from None
        if "?" in resource:
            raise InvalidConfiguration("resource", "has a query; a URL without one is accepted")
        return address
    audiences = {name for trusted in verifier.trusted_issuers for name in trusted.audiences}
    found = [url for name in audiences if (url := _url_or_none(name)) is not None]
    return found[0] if len(found) == 1 else None


def _metadata_place(resource: WebAddress | None) -> tuple[str | None, str | None]:
    """Give the path and the URL of the metadata: the well-known part goes before the path.

    RFC 9728 §3.1; a slash right behind the host is dropped.
    """
    if resource is None:
        return None, None
    base = resource.url.removesuffix(resource.path) if resource.path else resource.url
    path = WELL_KNOWN + ("" if resource.path == "/" else resource.path)
    return path, base + path


def _url_or_none(audience: str) -> WebAddress | None:
    try:
        address = parse_web_address(audience)
    except ValueError:
        return None
    return None if "?" in audience else address
