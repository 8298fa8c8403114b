"""Finding the route of a path: whole paths by comparison, two prefixes with one varying part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sealwax.server.http import RawHeader
from sealwax.server.routes import Route

_PARAMETER: Final = re.compile(rb"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_UNKNOWN: Final = "(unknown)"


@dataclass(frozen=True, slots=True)
class Address:
    """One address with its methods; `template` stands in logs instead of what the caller wrote."""

    template: str
    routes: Mapping[str, Route]
    allow: RawHeader

    def route(self, method: str) -> Route | None:
        """Give the route of a method; HEAD is served by GET (RFC 9110 §9.3.2)."""
        return self.routes.get("GET" if method == "HEAD" else method)


NO_ADDRESS: Final = Address(_UNKNOWN, {}, (b"allow", b""))


class Router:
    """Knows every address.

    Paths are compared as they were sent, so an encoded spelling of a path is another path.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            methods = by_path.setdefault(route.path, {})
            if route.method in methods:
                message = f"{route.method} {route.path} stands twice in the table of routes"
                raise ValueError(message)
            methods[route.method] = route
        self._exact: dict[bytes, Address] = {}
        self._prefixes: list[tuple[bytes, Address]] = []
        for path, methods in by_path.items():
            prefix, brace, _ = path.partition("{")
            address = Address(path, methods, (b"allow", _allow(methods)))
            if brace:
                self._prefixes.append((prefix.encode("ascii"), address))
            else:
                self._exact[path.encode("ascii")] = address

    def find(self, scope: Mapping[str, Any]) -> tuple[Address, str]:
        """Give the address of a request and its varying part; `NO_ADDRESS` if there is none."""
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        address = self._exact.get(path)
        if address is not None:
            return address, ""
        for prefix, varying in self._prefixes:
            if path.startswith(prefix):
                part = path[len(prefix) :]
                if _PARAMETER.fullmatch(part):
                    return varying, part.decode("ascii")
        return NO_ADDRESS, ""


def _allow(methods: Mapping[str, Route]) -> bytes:
    names = [*methods, "OPTIONS"]
    if "GET" in methods:
        names.append("HEAD")
    return ", ".join(sorted(names)).encode("ascii")
