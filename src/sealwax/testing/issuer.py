"""An issuer in memory: keys, tokens of any shape, and the documents a verifier fetches."""

import json
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Unpack

from sealwax.clock import Clock, SystemClock
from sealwax.entropy import Entropy, SystemEntropy, random_id
from sealwax.jose import Key, KeySet, jwt, status_list
from sealwax.jose.status_list import INVALID, StatusList
from sealwax.resource_server import FetchedDocument, Fetcher, FetchLimits, Verifier
from sealwax.resource_server.discovery import metadata_urls
from sealwax.resource_server.errors import UNREACHABLE, FetchFailed
from sealwax.resource_server.policy import IssuerSettings
from sealwax.resource_server.verifier import OnRefused
from sealwax.resource_server.web_address import parse_web_address

STATUS_LIST_SIZE: Final = 1 << 12


class TestIssuer:
    """Mints tokens that a verifier believes, and others that it must refuse.

    It is a fetcher's other side: `issuer.fetch` answers for its metadata, its keys and its status
    list. `requests` lists the URLs that were asked for, and while `is_down` nothing is answered.
    With a ManualClock a test decides the time.
    """

    __test__ = False  # its name begins like that of a test class, and pytest would collect it

    def __init__(
        self,
        issuer: str = "https://issuer.test",
        *,
        algorithm: str = "ES256",
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        ttl_seconds: int = 15,
        list_lifetime_seconds: int = 7200,
        max_age_seconds: int = 300,
    ) -> None:
        self.issuer = issuer
        self.algorithm = algorithm
        self.clock = clock or SystemClock()
        self.keys = [Key.generate(algorithm)]
        self.ttl_seconds = ttl_seconds
        self.list_lifetime_seconds = list_lifetime_seconds
        self.max_age_seconds = max_age_seconds
        self.is_down = False
        self.requests: list[str] = []
        self.statuses = StatusList(2, STATUS_LIST_SIZE)
        self._entropy = entropy or SystemEntropy()
        self._next_index = 0
        self._lock = threading.Lock()
        places = metadata_urls(parse_web_address(issuer, allow_insecure_http=True))
        self._documents: dict[str, Callable[[], bytes]] = {
            **dict.fromkeys(places, self._metadata),
            self.jwks_uri: self._jwks,
            self.status_uri: self._status_list_token,
        }

    @property
    def key(self) -> Key:
        """The key that signs now."""
        return self.keys[-1]

    @property
    def jwks_uri(self) -> str:
        """Where the keys are published."""
        return f"{self.issuer.rstrip('/')}/jwks"

    @property
    def status_uri(self) -> str:
        """Where the status list is published."""
        return f"{self.issuer.rstrip('/')}/status/1"

    def verifier(
        self,
        audience: str | Collection[str],
        *,
        on_refused: OnRefused | None = None,
        **settings: Unpack[IssuerSettings],
    ) -> Verifier:
        """Build a Verifier that trusts this issuer and reaches it without a network."""
        return Verifier(
            self.issuer,
            audience,
            fetcher=self.fetch,
            clock=self.clock,
            on_refused=on_refused,
            **settings,
        )

    def token(
        self,
        audience: str | Collection[str],
        *,
        subject: str = "user-1",
        client_id: str = "client-1",
        scopes: Collection[str] = (),
        lifetime_seconds: int = 600,
        claims: Mapping[str, Any] | None = None,
        without: Collection[str] = (),
        typ: str = "at+jwt",
        header: Mapping[str, Any] | None = None,
        key: Key | None = None,
    ) -> str:
        """Mint an access token (RFC 9068), valid unless made otherwise.

        `claims` are added or replace others, those named in `without` are left out, and `typ`,
        `header` and `key` make what no issuer would.
        """
        now = self.clock.now()
        members: dict[str, Any] = {
            "iss": self.issuer,
            "aud": audience if isinstance(audience, str) else list(audience),
            "sub": subject,
            "client_id": client_id,
            "iat": now,
            "exp": now + lifetime_seconds,
            "jti": random_id(self._entropy),
            "status": {"status_list": {"idx": self._allot(), "uri": self.status_uri}},
            **({"scope": " ".join(scopes)} if scopes else {}),
            **(claims or {}),
        }
        for name in without:
            del members[name]
        return jwt.sign(members, key or self.key, typ=typ, header=header)

    def revoke(self, token: str, *, status: int = INVALID) -> None:
        """Take a token back; a verifier sees it when it next fetches the status list."""
        index = jwt.read_unverified_claims(token)["status"]["status_list"]["idx"]
        self.statuses.set(index, status)

    def rotate_key(self, *, keep_old: bool = True) -> Key:
        """Sign with a new key from now on; publish the old ones still, unless told otherwise."""
        new = Key.generate(self.algorithm)
        self.keys = [*(self.keys if keep_old else ()), new]
        return new

    def fetch(self, url: str, limits: FetchLimits) -> FetchedDocument:  # noqa: ARG002 - a Fetcher's signature; what is in memory keeps to any limits
        """Answer a GET the way an issuer would; this is a Fetcher."""
        with self._lock:
            self.requests.append(url)
        if self.is_down:
            raise FetchFailed(UNREACHABLE, url)
        write = self._documents.get(url)
        if write is None:
            return FetchedDocument(404, {}, b"")
        return FetchedDocument(200, {"cache-control": f"max-age={self.max_age_seconds}"}, write())

    def answers(self, url: str) -> bool:
        """True for the URLs of this issuer's documents."""
        return url in self._documents

    def _metadata(self) -> bytes:
        return json.dumps({"issuer": self.issuer, "jwks_uri": self.jwks_uri}).encode()

    def _jwks(self) -> bytes:
        return json.dumps(KeySet(self.keys).to_jwks()).encode()

    def _allot(self) -> int:
        with self._lock:
            self._next_index += 1
            return self._next_index % STATUS_LIST_SIZE

    def _status_list_token(self) -> bytes:
        token = status_list.sign(
            self.statuses,
            self.key,
            uri=self.status_uri,
            issued_at=self.clock.now(),
            lifetime_seconds=self.list_lifetime_seconds,
            ttl_seconds=self.ttl_seconds,
        )
        return token.encode()


def fetcher_for(*issuers: TestIssuer) -> Fetcher:
    """Give the fetcher of a verifier that trusts several test issuers."""

    def fetch(url: str, limits: FetchLimits) -> FetchedDocument:
        for issuer in issuers:
            if issuer.answers(url):
                return issuer.fetch(url, limits)
        raise FetchFailed(UNREACHABLE, url)

    return fetch
