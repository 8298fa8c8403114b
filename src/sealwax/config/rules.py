"""What settings must be to each other, one rule each; refused with the reason."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

import msgspec

from sealwax.config.errors import ConfigurationError
from sealwax.config.hosts import is_loopback_host
from sealwax.config.settings import IssuerSettings, Settings

_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\]")
_PLAIN: Final = re.compile(r"[\x21-\x7e]+")
_ENCRYPTION_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_ISSUER_FORM: Final = (
    "a scheme, a host and at most a port, in lower case, such as https://id.example.com"
)


def check(settings: Settings) -> Settings:
    """Give the settings with the issuer filled in, or raise ConfigurationError."""
    settings = _with_issuer(settings)
    check_tls_files(settings)
    check_issuer_url(settings.issuer.url)
    check_trusted_proxies(settings)
    check_transport(settings)
    check_encryption_key(settings)
    check_algorithms(settings)
    check_lifetimes(settings)
    return settings


def check_issuer_url(url: str) -> None:
    """Accept only scheme, host and port, as a browser would write the origin.

    An issuer identifier has no query and no fragment (RFC 8414 §2); ours has no path either, so
    that every address below it is one that the well-known rules of both discovery documents agree
    on.
    """
    if not _PLAIN.fullmatch(url):  # urlsplit would drop line ends and tabs without a word
        raise ConfigurationError("issuer.url", repr(url[:200]), _ISSUER_FORM)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError("issuer.url", repr(url[:200]), _ISSUER_FORM) from None
    bare_host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    if parts.path == "/" and url.endswith("/"):
        reason = "leave out the slash at the end"
    elif parts.path or parts.query or parts.fragment or "?" in url or "#" in url:
        reason = "an issuer has no path, query or fragment here"
    elif parts.scheme not in _DEFAULT_PORTS or not url.startswith(f"{parts.scheme}://"):
        reason = "the scheme is https, or http on loopback"
    elif not _HOST.fullmatch(bare_host):
        reason = "the host is in lower-case ASCII, without user name"
    elif port is not None and port in {0, _DEFAULT_PORTS[parts.scheme]}:
        reason = "leave out the port that the scheme implies"
    else:
        return
    raise ConfigurationError("issuer.url", repr(url[:200]), _ISSUER_FORM, reason)


def check_tls_files(settings: Settings) -> None:
    """Want both TLS files or none."""
    server = settings.server
    if (server.tls_certificate_file is None) != (server.tls_key_file is None):
        missing = "tls_key_file" if server.tls_key_file is None else "tls_certificate_file"
        accepted = "both TLS files, or none"
        raise ConfigurationError(f"server.{missing}", "no file", accepted)


def check_trusted_proxies(settings: Settings) -> None:
    """Want addresses and networks, none of them the whole internet."""
    for entry in settings.server.trusted_proxies:
        accepted = "an address (10.0.0.7) or a network (10.0.0.0/24)"
        try:
            network = ipaddress.ip_network(entry)
        except ValueError:
            raise ConfigurationError("server.trusted_proxies", repr(entry[:80]), accepted) from None
        if network.prefixlen == 0:
            reason = "every client could then write its own address"
            raise ConfigurationError("server.trusted_proxies", repr(entry), accepted, reason)


def check_transport(settings: Settings) -> None:
    """Let plain http pass on loopback only, or from a trusted proxy of an https issuer."""
    issuer, server = settings.issuer, settings.server
    if not issuer.is_https:
        if server.is_tls:
            reason = "the server speaks TLS, so its issuer is https"
            raise ConfigurationError("issuer.url", repr(issuer.url), "an https URL", reason)
        if not is_loopback_host(issuer.host):
            reason = "plain http would show passwords and tokens to the network"
            accepted = "an https URL, or http on localhost"
            raise ConfigurationError("issuer.url", repr(issuer.url), accepted, reason)
    if server.is_tls or is_loopback_host(server.host):
        return
    if not issuer.is_https or not server.trusted_proxies:
        reason = "plain http beyond loopback would show passwords and tokens to the network"
        accepted = (
            "a loopback address; or set server.tls_certificate_file and server.tls_key_file; "
            "or set server.trusted_proxies and an https issuer.url"
        )
        raise ConfigurationError("server.host", repr(server.host), accepted, reason)


def check_encryption_key(settings: Settings) -> None:
    """Want one source of the key-encryption key, and 256 bits in it."""
    keys = settings.keys
    if keys.encryption_key is None:
        return
    if keys.encryption_key_file is not None:
        accepted = "either keys.encryption_key or keys.encryption_key_file"
        raise ConfigurationError("keys.encryption_key", "both", accepted)
    if not _ENCRYPTION_KEY.fullmatch(keys.encryption_key.reveal()):
        accepted = "32 bytes as 43 characters of base64url"
        raise ConfigurationError("keys.encryption_key", "something else", accepted)


def check_algorithms(settings: Settings) -> None:
    """Want ES256 among the algorithms: what else could a client or resource fall back to."""
    algorithms = settings.keys.algorithms
    if "ES256" not in algorithms or len(set(algorithms)) != len(algorithms):
        accepted = "a list without repetitions that holds ES256"
        raise ConfigurationError("keys.algorithms", repr(list(algorithms)), accepted)


def check_lifetimes(settings: Settings) -> None:
    """Hold each life that lies within another to it."""
    signin, status, keys = settings.signin, settings.status, settings.keys
    pairs = (
        (
            "signin.session_idle_seconds",
            signin.session_idle_seconds,
            signin.session_absolute_seconds,
        ),
        ("status.ttl_seconds", status.ttl_seconds, status.lifetime_seconds),
        ("keys.publish_ahead_seconds", keys.publish_ahead_seconds, keys.rotation_days * 86_400),
    )
    for field, shorter, longer in pairs:
        if shorter > longer:
            raise ConfigurationError(field, str(shorter), f"at most {longer}, the life it lies in")


def _with_issuer(settings: Settings) -> Settings:
    if settings.issuer.url:
        return settings
    scheme = "https" if settings.server.is_tls else "http"
    port = settings.server.port
    suffix = "" if port == _DEFAULT_PORTS[scheme] else f":{port}"
    issuer = IssuerSettings(url=f"{scheme}://localhost{suffix}")
    return msgspec.structs.replace(settings, issuer=issuer)
