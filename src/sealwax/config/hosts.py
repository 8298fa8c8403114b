"""Host names: which one a URL has, and whether it can only mean this machine."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

_USUAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def host_of(url: str) -> str:
    """Give the host of a URL, without port and brackets; empty for what is no URL."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback_host(host: str) -> bool:
    """Tell whether a host means this machine alone (RFC 6761 §6.3): localhost, 127/8, ::1."""
    if host in _USUAL:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
