"""Where an issuer publishes its keys: its metadata, found and read (RFC 8414, OIDC Discovery 1.0).

`issuer` must be, character for character, the issuer that was configured (RFC 8414 §3.3): otherwise
anyone could publish keys for anyone. Beside it one address counts: `jwks_uri` for the keys,
`introspection_endpoint` for asking about tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from sealwax.clock import Clock
from sealwax.jose.encoding import EncodingError, parse_json_object
from sealwax.resource_server.errors import (
    DOCUMENT_INVALID,
    HTTP_STATUS,
    METADATA_MISMATCH,
    REDIRECTED,
    FetchFailed,
)
from sealwax.resource_server.web_address import WebAddress, parse_web_address

AddressMember = Literal["jwks_uri", "introspection_endpoint"]

METADATA_LIFETIME_SECONDS: Final = 3600

OAUTH_SUFFIX: Final = "/.well-known/oauth-authorization-server"
OPENID_SUFFIX: Final = "/.well-known/openid-configuration"

_SERVER_ERRORS: Final = 500


def metadata_urls(issuer: WebAddress) -> list[str]:
    """Give the addresses at which an issuer may publish its metadata, in the order to try them.

    RFC 8414 §3.1 puts the well-known part before the issuer's path, OIDC Discovery §4 behind it;
    §5 of the RFC allows the OpenID name in the first place too.
    """
    path = issuer.path.rstrip("/")
    base = issuer.url.removesuffix(issuer.path) if issuer.path else issuer.url
    urls = [base + OAUTH_SUFFIX + path, base + path + OPENID_SUFFIX]
    return [*urls, base + OPENID_SUFFIX + path] if path else urls


@dataclass(frozen=True, slots=True)
class Metadata:
    """What counts of an issuer's metadata: the address that was looked for.

    And how clients may authenticate at the introspection endpoint; None when it does not say.
    """

    address: WebAddress
    introspection_authentication_methods: tuple[str, ...] | None


def read_metadata(
    body: bytes, issuer: str, member: AddressMember, *, allow_insecure_http: bool
) -> Metadata:
    """Read the address in `member` from a metadata document of `issuer`.

    Raises FetchFailed when the document is not strict JSON, is that of another issuer, or names
    no usable address.
    """
    try:
        metadata = parse_json_object(body)
    except EncodingError as error:
        raise FetchFailed(DOCUMENT_INVALID, f"metadata of {issuer}: {error}") from None
    found = metadata.get("issuer")
    if found != issuer:
        raise FetchFailed(METADATA_MISMATCH, _mismatch(found, issuer))
    try:
        address = parse_web_address(metadata.get(member), allow_insecure_http=allow_insecure_http)
    except ValueError as error:
        raise FetchFailed(DOCUMENT_INVALID, f"{member} of {issuer}: {error}") from None
    methods = metadata.get("introspection_endpoint_auth_methods_supported")
    is_list = isinstance(methods, list) and all(isinstance(each, str) for each in methods)
    return Metadata(address, tuple(methods) if isinstance(methods, list) and is_list else None)


@dataclass(frozen=True, slots=True)
class _Found:
    metadata: Metadata
    at: int


class Discovery:
    """Remembers for an hour where the keys of one issuer are, or what `member` names besides.

    `get` fetches an address within the limits for metadata and gives the body; it raises
    FetchFailed.
    """

    def __init__(
        self,
        issuer: WebAddress,
        get: Callable[[str], bytes],
        *,
        clock: Clock,
        allow_insecure_http: bool,
        member: AddressMember = "jwks_uri",
    ) -> None:
        self._issuer = issuer
        self._get = get
        self._clock = clock
        self._allow_insecure_http = allow_insecure_http
        self._member = member
        self._urls = metadata_urls(issuer)
        self._found: _Found | None = None

    def jwks_uri(self) -> WebAddress:
        """Give the address of the keys. Raises FetchFailed like `metadata`."""
        return self.metadata().address

    def metadata(self) -> Metadata:
        """Give what was looked for, discovered anew when the known one is an hour old.

        An address that is known already is used on when the metadata can't be had.
        """
        now = self._clock.now()
        found = self._found
        if found is not None and 0 <= now - found.at < METADATA_LIFETIME_SECONDS:
            return found.metadata
        try:
            metadata = self._discover()
        except FetchFailed:
            if found is None:
                raise
            return found.metadata
        self._found = _Found(metadata, now)
        return metadata

    def forget(self) -> None:
        """Discover anew at the next use: there is nothing where it was said to be."""
        self._found = None

    def _discover(self) -> Metadata:
        """Try each address; the one that worked is tried first from then on."""
        failures: list[FetchFailed] = []
        for url in self._urls:
            try:
                metadata = self._read(self._get(url))
            except FetchFailed as failure:
                if not _may_be_elsewhere(failure):
                    raise
                failures.append(failure)
            else:
                self._urls = [url, *(other for other in self._urls if other != url)]
                return metadata
        raise max(failures, key=lambda failure: failure.reason == METADATA_MISMATCH)

    def _read(self, body: bytes) -> Metadata:
        return read_metadata(
            body, self._issuer.url, self._member, allow_insecure_http=self._allow_insecure_http
        )


def _may_be_elsewhere(failure: FetchFailed) -> bool:
    """True when the server answered, only not with the metadata that was looked for."""
    if failure.reason == HTTP_STATUS:
        return failure.status is not None and failure.status < _SERVER_ERRORS
    return failure.reason in {REDIRECTED, DOCUMENT_INVALID, METADATA_MISMATCH}


def _mismatch(found: object, issuer: str) -> str:
    if not isinstance(found, str):
        return f"its 'issuer' is not a text; {issuer!r} was configured"
    hint = "; they differ by a slash at the end" if found.rstrip("/") == issuer.rstrip("/") else ""
    return f"it says {found[:80]!r}; {issuer!r} was configured{hint}"
