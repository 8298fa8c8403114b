"""Where the browser may be sent: to a redirect URI that the client registered, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sealwax.oauth.errors import RedirectUriMismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealwax.records import Client

_LOOPBACK: Final = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([0-9]{1,5}))?((?:[/?].*)?)")
_MAX_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class TrustedRedirectUri:
    """A redirect URI that was found among those the client registered; built here alone."""

    uri: str

    def with_parameters(self, parameters: Mapping[str, str]) -> str:
        """Give the URI with these added to its query, which is kept (RFC 6749 §3.1.2)."""
        return _with_query(self.uri, parameters)


def check_redirect_uri(
    redirect_uri: str | None, client: Client, *, required: bool
) -> TrustedRedirectUri:
    """Accept `redirect_uri` only if it equals a registered one, character for character.

    RFC 6749 §3.1.2.3, RFC 9700 §2.1. The port alone may differ, and only of a loopback address that
    is written as one (RFC 8252 §7.3); `localhost` is a name, not an address, and is compared like
    any other (RFC 8252 §8.3). A client with one redirect URI may leave it out unless `required`
    (OAuth 2.1 §4.1.1; OpenID Connect requires it). Raises RedirectUriMismatch, which is shown and
    never redirected (RFC 6749 §4.1.2.1).
    """
    registered = client.redirect_uris
    if redirect_uri is None:
        if required or len(registered) != 1:
            raise RedirectUriMismatch("redirect_uri_missing", "redirect_uri is missing")
        return TrustedRedirectUri(registered[0])
    trusted = find_registered(redirect_uri, registered)
    if trusted is None:
        raise RedirectUriMismatch(
            "redirect_uri_mismatch", "redirect_uri is not one that this client has registered"
        )
    return trusted


def find_registered(uri: str, registered: tuple[str, ...]) -> TrustedRedirectUri | None:
    """Give `uri` as a trusted one if it is registered, but for the port of a loopback address."""
    if uri in registered or _is_registered_loopback(uri, registered):
        return TrustedRedirectUri(uri)
    return None


def is_weak_identity(redirect_uri: TrustedRedirectUri) -> bool:
    """Tell whether any program on the machine could receive at this URI (RFC 8252 §8.6)."""
    return not redirect_uri.uri.startswith("https://")


def _is_registered_loopback(redirect_uri: str, registered: tuple[str, ...]) -> bool:
    """Compare loopback addresses without their ports."""
    asked = _LOOPBACK.fullmatch(redirect_uri)
    if asked is None or not 1 <= int(asked[2] or 80) <= _MAX_PORT:
        return False
    for candidate in registered:
        known = _LOOPBACK.fullmatch(candidate)
        if known is not None and (known[1], known[3]) == (asked[1], asked[3]):
            return True
    return False


def _with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """Add parameters to the query of a URI that has no fragment."""
    if not parameters:
        return uri
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode(parameters)}"
