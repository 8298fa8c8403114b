"""Every setting, with its type, its unit in its name, its range and its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from sealwax.config.hosts import host_of
from sealwax.secret import Secret

Seconds = Annotated[int, Meta(ge=1, le=315_360_000)]
Attempts = Annotated[int, Meta(ge=1, le=1_000_000)]
SigningAlgorithm = Literal["ES256", "ES384", "ES512", "RS256", "PS256", "Ed25519"]


class IssuerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Who we are to the world."""

    url: str = ""
    """The issuer identifier, character for character; empty means `http://localhost:PORT`."""

    @property
    def is_https(self) -> bool:
        """Tell whether the world speaks TLS to us."""
        return self.url.startswith("https:")

    @property
    def host(self) -> str:
        """Give the host of the URL, without port and brackets."""
        return host_of(self.url)


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where we listen, and to whom."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    """The TCP port to listen on."""
    tls_certificate_file: Path | None = None
    """A PEM file with our certificate and its chain."""
    tls_key_file: Path | None = None
    """A PEM file with the private key of the certificate."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of the proxies whose forwarded header is believed."""
    forwarded_header: Literal["x-forwarded-for", "x-real-ip"] = "x-forwarded-for"
    """The header in which those proxies write the address of the client."""
    keep_alive_seconds: Annotated[int, Meta(ge=1, le=3600)] = 60
    """How long an idle connection is kept open."""
    connections_limit: Annotated[int, Meta(ge=10, le=100_000)] = 1000
    """How many connections are served at once; more are answered 503."""
    shutdown_seconds: Annotated[int, Meta(ge=1, le=300)] = 10
    """How long requests under way may take to end when the server is stopped."""

    @property
    def is_tls(self) -> bool:
        """Tell whether we speak TLS ourselves."""
        return self.tls_certificate_file is not None


class StorageSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where everything is kept."""

    data_folder: Path = Path("sealwax-data")
    """The folder that holds all there is."""


class KeySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Signing keys and the key that seals them."""

    encryption_key: Secret | None = None
    """The key-encryption key itself: 32 bytes as 43 characters of base64url."""
    encryption_key_file: Path | None = None
    """A file that holds it; without both it is `key-encryption-key` in the data folder."""
    algorithms: tuple[SigningAlgorithm, ...] = ("ES256", "RS256")
    """Algorithms for which a key is made and published; ES256 is always among them."""
    rotation_days: Annotated[int, Meta(ge=1, le=1095)] = 90
    """How long a key signs before its successor does."""
    publish_ahead_seconds: Annotated[int, Meta(ge=60, le=2_592_000)] = 86_400
    """How long a new key is published before it signs."""


class TokenSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long what we issue is good for."""

    access_token_seconds: Annotated[int, Meta(ge=60, le=3600)] = 600
    """Life of an access token of a resource that says nothing else."""
    id_token_seconds: Annotated[int, Meta(ge=60, le=3600)] = 600
    """Life of an ID token."""
    authorization_code_seconds: Annotated[int, Meta(ge=10, le=600)] = 60
    """Life of an authorization code."""
    refresh_public_seconds: Seconds = 28_800
    """Absolute life of the refresh tokens of a public client; rotation does not extend it."""
    refresh_confidential_seconds: Seconds = 2_592_000
    """Absolute life of the refresh token of a confidential client."""
    refresh_idle_seconds: Seconds = 604_800
    """A refresh token that was not used for so long is dead."""
    refresh_retry_window_seconds: Annotated[int, Meta(ge=0, le=30)] = 0
    """How long a spent refresh token still gives a fresh successor while the earlier one is
    unused."""


class SignInSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Passwords, sessions and what stands against guessing."""

    session_idle_seconds: Seconds = 3600
    """A browser session that was not used for so long has ended."""
    session_absolute_seconds: Seconds = 43_200
    """A browser session ends so long after the sign-in, used or not."""
    password_minimum_length: Annotated[int, Meta(ge=8, le=64)] = 15
    """The fewest characters of a new password."""
    password_blocklist_file: Path | None = None
    """A text file with one forbidden password in each line, beside the built-in list."""
    password_link_seconds: Annotated[int, Meta(ge=300, le=604_800)] = 86_400
    """Life of a one-time link that sets a password."""
    argon2_memory_kib: Annotated[int, Meta(ge=7168, le=1_048_576)] = 19_456
    """Memory of one password hash."""
    argon2_iterations: Annotated[int, Meta(ge=1, le=100)] = 2
    """Passes over that memory."""
    argon2_lanes: Annotated[int, Meta(ge=1, le=16)] = 1
    """Lanes of one password hash."""
    hash_queue_limit: Annotated[int, Meta(ge=1, le=10_000)] = 64
    """How many passwords may wait to be hashed; more are answered 503."""
    account_network_attempts: Attempts = 10
    """Attempts on one account from one network within its window."""
    account_network_window_seconds: Seconds = 900
    """The window of those."""
    account_attempts: Attempts = 50
    """Attempts on one account from all networks from which it has not signed in lately."""
    account_window_seconds: Seconds = 3600
    """The window of those."""
    network_attempts: Attempts = 120
    """Attempts from one network on all accounts."""
    network_window_seconds: Seconds = 900
    """The window of those."""
    known_network_days: Annotated[int, Meta(ge=1, le=400)] = 90
    """How long a network counts as known to an account after it signed in from there."""


class StatusSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The lists by which tokens are taken back."""

    ttl_seconds: Annotated[int, Meta(ge=1, le=3600)] = 15
    """After so long a receiver asks for the list again; a revocation is seen no later."""
    lifetime_seconds: Annotated[int, Meta(ge=60, le=604_800)] = 3600
    """How long a signed list is good when we can't be reached."""


class LoggingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the server says on standard error."""

    format: Literal["auto", "json", "text"] = "auto"
    """`json` for machines, `text` for people; `auto` is text on a terminal and json elsewhere."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important level that is written."""
    access: bool = True
    """Whether each request is an event (method, route, status, duration; never a query)."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings; build them with `load`, which also holds them to each other."""

    issuer: IssuerSettings = IssuerSettings()
    server: ServerSettings = ServerSettings()
    storage: StorageSettings = StorageSettings()
    keys: KeySettings = KeySettings()
    tokens: TokenSettings = TokenSettings()
    signin: SignInSettings = SignInSettings()
    status: StatusSettings = StatusSettings()
    logging: LoggingSettings = LoggingSettings()
