"""Scopes: what they look like, who may ask for them, and whose they are (RFC 6749 §3.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sealwax.oauth.errors import InvalidScope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

OIDC_SCOPES: Final = ("openid", "profile", "email", "offline_access")
"""The issuer's own, for its `/userinfo`; every other scope belongs to an API."""
MAX_SCOPES: Final = 100
MAX_SCOPE_CHARACTERS: Final = 128

_OIDC_SCOPES: Final = frozenset(OIDC_SCOPES)
_SCOPE_TOKEN: Final = re.compile(r"[!#-\[\]-~]+")


def parse_scope(scope: str | None) -> tuple[str, ...] | None:
    """Split a `scope` parameter at its single spaces; a scope named twice counts once.

    None means that the parameter was omitted. Raises InvalidScope for anything else than the
    grammar.
    """
    if scope is None:
        return None
    scopes = tuple(dict.fromkeys(scope.split(" ")))
    if len(scopes) > MAX_SCOPES:
        raise InvalidScope("too_many_scopes", f"there are more than {MAX_SCOPES} scopes")
    for each in scopes:
        check_scope_token(each)
    return scopes


def check_scope_token(scope: str) -> None:
    """Accept the name of one scope (RFC 6749 §3.3). Raises InvalidScope."""
    if len(scope) > MAX_SCOPE_CHARACTERS or _SCOPE_TOKEN.fullmatch(scope) is None:
        raise InvalidScope(
            "scope_malformed",
            f"a scope is 1 to {MAX_SCOPE_CHARACTERS} printable ASCII characters without quote "
            "or backslash, and one space stands between two",
        )


def check_scopes_registered(scopes: Iterable[str], registered: Collection[str]) -> None:
    """Accept only scopes that the client is registered for. Raises InvalidScope."""
    if not set(registered).issuperset(scopes):
        raise InvalidScope("scope_not_registered", "a scope is not registered for this client")


def check_scopes_reachable(scopes: Iterable[str], reachable: Collection[str]) -> None:
    """Accept only scopes of the audiences asked for. Raises InvalidScope."""
    if not set(reachable).issuperset(scopes):
        raise InvalidScope(
            "scope_of_another_resource", "a scope belongs to none of the resources asked for"
        )


def check_scopes_granted(scopes: Iterable[str], granted: Collection[str]) -> None:
    """Accept no scope beyond those granted (RFC 6749 §6). Raises InvalidScope."""
    if not set(granted).issuperset(scopes):
        raise InvalidScope("scope_not_granted", "a scope goes beyond what was granted")


def check_no_person_scopes(scopes: Iterable[str]) -> None:
    """Accept no OpenID Connect scope where there is no person. Raises InvalidScope."""
    if not _OIDC_SCOPES.isdisjoint(scopes):
        raise InvalidScope("scope_needs_person", "OpenID Connect scopes need a person who signs in")
