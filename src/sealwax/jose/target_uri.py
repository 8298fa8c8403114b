"""The address of a request, in the one form in which two are compared (RFC 9449 §4.3).

RFC 9449 compares after the normalisation of RFC 3986 §6.2.2 and §6.2.3. That is, in full:

- the scheme, http or https, and the host in lower case; the scheme's own port left out;
- a percent-encoding in upper case, and the character itself where it needs none (letters, digits,
  `-`, `.`, `_`, `~`); every other one stays, so `%2F` is no slash;
- `.` and `..` taken out of the path, after that; no path at all is `/`;
- query and fragment are not compared.

User information is refused, and so is a host that is neither a plain name nor an IP address.
"""

import re
from typing import Final

MAX_TARGET_URI_LENGTH: Final = 4096
"""Without query and fragment."""

# RFC 3986 appendix B, for an absolute URI that has an authority.
_PARTS: Final = re.compile(r"([A-Za-z]+)://([^/?#]*)")
_AUTHORITY: Final = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{0,5}))?"
)
_PATH: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
_OUTSIDE_A_PATH: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]")
_PERCENT_ENCODED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LARGEST_PORT: Final = 65535


def normal_target_uri(uri: str) -> str:
    """Write an http or https URI in the form in which two are compared.

    Raises ValueError, with a sentence that can follow the name of the field, for anything that
    is not an absolute URI of RFC 3986.
    """
    origin, path = _take_apart(uri)
    if not _PATH.fullmatch(path):
        message = "its path holds what RFC 3986 does not allow in one"
        raise ValueError(message)
    return origin + _normal_path(path)


def normal_request_target(url: str) -> str:
    """Write the address a request came to in the same form.

    Its path may hold anything, for that is up to whoever sent the request: what RFC 3986 does not
    allow there is percent-encoded. Raises ValueError for a scheme or host that is not one.
    """
    origin, path = _take_apart(url)
    return origin + _normal_path(_OUTSIDE_A_PATH.sub(_percent_encode, path))


def without_query(uri: str) -> str:
    """Leave out the query and the fragment, and nothing else."""
    return uri.partition("#")[0].partition("?")[0]


def _take_apart(uri: str) -> tuple[str, str]:
    """Give the normal origin, and the path as it is."""
    bare = without_query(uri)
    if len(bare) > MAX_TARGET_URI_LENGTH:
        message = f"it has {len(bare)} characters; at most {MAX_TARGET_URI_LENGTH} are accepted"
        raise ValueError(message)
    parts = _PARTS.match(bare)
    if parts is None or parts[1].lower() not in _DEFAULT_PORTS:
        message = "an absolute http or https URI is accepted"
        raise ValueError(message)
    scheme = parts[1].lower()
    authority = _AUTHORITY.fullmatch(parts[2])
    if authority is None:
        message = "a host name or an IP address, and a port, are accepted behind the scheme"
        raise ValueError(message)
    port = int(authority[2] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= _LARGEST_PORT:
        message = f"a port of 1 to {_LARGEST_PORT} is accepted"
        raise ValueError(message)
    suffix = "" if port == _DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{authority[1].lower()}{suffix}", bare[parts.end(2) :]


def _normal_path(path: str) -> str:
    return _without_dots(_PERCENT_ENCODED.sub(_decode_unreserved, path)) or "/"


def _decode_unreserved(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _percent_encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _without_dots(path: str) -> str:
    """Take `.` and `..` out of a path that is empty or begins with a slash (RFC 3986 §5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "".join(f"/{segment}" for segment in kept)
