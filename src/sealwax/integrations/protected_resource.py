"""What the integrations have in common: an API that knows its verifier and describes itself."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from sealwax.integrations.challenge import (
    NONCE_HEADER,
    Answer,
    Challenges,
    RequestRefused,
    answer_to,
    is_quotable,
    is_scope,
)
from sealwax.integrations.client_certificate import CertificateHeader
from sealwax.integrations.credentials import (
    ApiRequest,
    CredentialsRefused,
    read_credentials,
    scheme_of,
)
from sealwax.resource_server import (
    InvalidConfiguration,
    Presentation,
    TokenRefused,
    Unavailable,
    VerifiedToken,
    Verifier,
)
from sealwax.resource_server.policy import IssuerSettings
from sealwax.resource_server.presentation import Scheme
from sealwax.resource_server.step_up import AuthenticationDemands
from sealwax.resource_server.web_address import WebAddress, parse_web_address

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
METADATA_MAX_AGE_SECONDS: Final = 3600


# How a bearer token came, where there is nothing else to tell: no proof and no certificate.
_BEARER: Final = Presentation("", "")


class SignIn(TypedDict, total=False):
    """What may be asked of the sign-in behind a token; see `Verifier.verify` and RFC 9470."""

    acr_values: Collection[str]
    max_authentication_age_seconds: int | None
    amr_values: Collection[str]


@dataclass(frozen=True, slots=True)
class Requirements:
    """What one endpoint asks of a token: all of `scopes`, and of the sign-in behind it."""

    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    max_authentication_age_seconds: int | None = None
    amr_values: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        scopes: Collection[str],
        *,
        acr_values: Collection[str] = (),
        max_authentication_age_seconds: int | None = None,
        amr_values: Collection[str] = (),
    ) -> "Requirements":
        """Check what an endpoint asks for when it is written. Raises InvalidConfiguration."""
        age = max_authentication_age_seconds
        try:
            demands = AuthenticationDemands.of(acr_values, age, amr_values)
        except (TypeError, ValueError) as error:
            name, _, problem = str(error).partition(" ")
            raise InvalidConfiguration(name, problem) from None
        for acr in demands.acr_values:
            if not is_scope(acr):
                raise InvalidConfiguration("acr_values", f"holds {acr!r:.60}, not one value")
        return cls(check_scopes("scopes", scopes), demands.acr_values, age, demands.amr_values)

    def with_scopes(self, scopes: Collection[str]) -> "Requirements":
        """Ask for these scopes too."""
        return Requirements(
            tuple(dict.fromkeys((*self.scopes, *scopes))),
            self.acr_values,
            self.max_authentication_age_seconds,
            self.amr_values,
        )


ANY_TOKEN: Final = Requirements()


class ProtectedResource:
    """An API: who may call it, how it says so (RFC 6750), and how it describes itself (RFC 9728).

    Give `issuer` and `audience`, with the settings of `TrustedIssuer`, or a `verifier` that was
    built before. `resource` is the API's own URL; by default the audience, where that is a URL.
    Without one there is no metadata, and no DPoP.

    `public_url` is where the paths of the application begin for its clients, when that is not the
    origin of `resource`: DPoP proofs are for a URL, and that is made of this and nothing else.
    `certificate_header` is where a proxy hands on client certificates. Raises
    InvalidConfiguration, which names the field.
    """

    def __init__(
        self,
        issuer: str | None = None,
        audience: str | Collection[str] | None = None,
        *,
        verifier: Verifier | None = None,
        resource: str | None = None,
        public_url: str | None = None,
        certificate_header: CertificateHeader | None = None,
        scopes_supported: Collection[str] = (),
        resource_name: str | None = None,
        resource_documentation: str | None = None,
        **settings: Unpack[IssuerSettings],
    ) -> None:
        chosen = _verifier(issuer, audience, verifier, settings)
        address = _resource_address(resource, chosen)
        self.resource = None if address is None else address.url
        self.certificate_header: Final = certificate_header
        self._public_url = _public_url(public_url, address)
        self._metadata_members: dict[str, Any] = {
            "scopes_supported": list(check_scopes("scopes_supported", scopes_supported)),
            "resource_name": resource_name,
            "resource_documentation": resource_documentation,
        }
        self.metadata_path, self.metadata_url = _metadata_place(address)
        self.verifier = chosen

    @property
    def verifier(self) -> Verifier:
        """What verifies the tokens; a test may put another in its place."""
        return self._verifier

    @verifier.setter
    def verifier(self, verifier: Verifier) -> None:
        trusted = verifier.trusted_issuers
        if self._public_url is None and any(each.require_dpop for each in trusted):
            problem = "needs the URL of this API: give resource or public_url"
            raise InvalidConfiguration("require_dpop", problem)
        self._verifier = verifier
        self._challenges = _challenges(verifier, self.metadata_url, self._public_url)
        self._has_nonces = any(
            verifier.dpop_nonce(each.issuer) is not None for each in verifier.trusted_issuers
        )

    async def authenticate(
        self, request: ApiRequest, required: Requirements = ANY_TOKEN
    ) -> VerifiedToken:
        """Let a request through that has a good token, is its sender's, and meets `required`.

        Raises RequestRefused, with the answer to send.
        """
        try:
            scheme, token = read_credentials(request.authorization, self._challenges.schemes)
            return await self._verifier.verify(
                token,
                scopes=required.scopes,
                presented=self._presentation(request, scheme),
                acr_values=required.acr_values,
                max_authentication_age_seconds=required.max_authentication_age_seconds,
                amr_values=required.amr_values,
            )
        except (CredentialsRefused, TokenRefused, Unavailable) as error:
            raise self.answer(error, request.authorization, required) from error

    def authenticate_sync(
        self, request: ApiRequest, required: Requirements = ANY_TOKEN
    ) -> VerifiedToken:
        """Do what `authenticate` does, and block the thread where that one suspends."""
        try:
            scheme, token = read_credentials(request.authorization, self._challenges.schemes)
            return self._verifier.verify_sync(
                token,
                scopes=required.scopes,
                presented=self._presentation(request, scheme),
                acr_values=required.acr_values,
                max_authentication_age_seconds=required.max_authentication_age_seconds,
                amr_values=required.amr_values,
            )
        except (CredentialsRefused, TokenRefused, Unavailable) as error:
            raise self.answer(error, request.authorization, required) from error

    def answer(
        self,
        error: CredentialsRefused | TokenRefused | Unavailable,
        authorization: Sequence[str],
        required: Requirements,
    ) -> RequestRefused:
        """Make the answer to a request with these Authorization headers that is refused so."""
        return answer_to(error, self._challenges, required.scopes, scheme_of(authorization))

    def headers_for(self, request: ApiRequest, token: VerifiedToken) -> Mapping[str, str]:
        """Give the headers that go with the response to a request that was let through.

        That is the nonce for the next DPoP proof, where nonces are needed, and that nobody keeps
        the response (RFC 9449 §8.2). They take the place of none that the response has already.
        """
        if not (self._has_nonces and request.dpop):
            return {}
        nonce = self._verifier.dpop_nonce(token.issuer)
        return {} if nonce is None else {NONCE_HEADER: nonce, "Cache-Control": "no-store"}

    def metadata(self) -> dict[str, Any]:
        """Describe the API: who issues its tokens, and which scopes it knows (RFC 9728 §2)."""
        trusted = self._verifier.trusted_issuers
        can_read_certificates = self.certificate_header is not None or any(
            each.require_certificate for each in trusted
        )
        members = {
            "resource": self.resource,
            "authorization_servers": [each.issuer for each in trusted],
            "bearer_methods_supported": ["header"],
            "tls_client_certificate_bound_access_tokens": can_read_certificates,
            "dpop_signing_alg_values_supported": list(self._challenges.dpop_algorithms),
            "dpop_bound_access_tokens_required": all(each.require_dpop for each in trusted),
            **self._metadata_members,
        }
        return {name: value for name, value in members.items() if value}

    def _presentation(self, request: ApiRequest, scheme: Scheme) -> Presentation:
        """Say how the token came; the URL is what this API is configured to be, plus the path."""
        if scheme == "Bearer" and not request.dpop and request.client_certificate is None:
            return _BEARER
        path = request.path if request.path.startswith("/") else f"/{request.path}"
        return Presentation(
            request.method,
            f"{self._public_url or ''}{path}",
            scheme,
            ",".join(request.dpop) if request.dpop else None,  # several are none that can be read
            request.client_certificate,
        )

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


def _challenges(verifier: Verifier, metadata_url: str | None, public_url: str | None) -> Challenges:
    """Settle which schemes are offered, and what they are offered with."""
    trusted = verifier.trusted_issuers
    realm = trusted[0].audiences[0]
    policies = [] if public_url is None else [each.dpop_policy for each in trusted]
    algorithms = dict.fromkeys(
        name for policy in policies if policy is not None for name in policy.algorithms
    )
    schemes: list[Scheme] = [] if all(each.require_dpop for each in trusted) else ["Bearer"]
    if algorithms:
        schemes.append("DPoP")
    shown_realm = realm if is_quotable(realm) else "api"
    return Challenges(shown_realm, metadata_url, tuple(schemes), tuple(algorithms))


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


def _public_url(public_url: str | None, resource: WebAddress | None) -> str | None:
    """Give what stands before the path in the URL of a request: scheme and host, maybe a path."""
    if public_url is None:
        return None if resource is None else resource.url.removesuffix(resource.path)
    try:
        address = parse_web_address(public_url)
    except ValueError as error:
        raise InvalidConfiguration("public_url", str(error)) from None
    if "?" in public_url:
        raise InvalidConfiguration("public_url", "has a query; a URL without one is accepted")
    return address.url.removesuffix("/")


def _metadata_place(resource: WebAddress | None) -> tuple[str | None, str | None]:
    """Give the path and the URL of the metadata: the well-known part goes before the path.

    RFC 9728 §3.1; a slash right behind the host is dropped.
    """
    if resource is None:
        return None, None
    base = resource.url.removesuffix(resource.path)
    path = WELL_KNOWN + ("" if resource.path == "/" else resource.path)
    return path, base + path


def _url_or_none(audience: str) -> WebAddress | None:
    try:
        address = parse_web_address(audience)
    except ValueError:
        return None
    return None if "?" in audience else address
