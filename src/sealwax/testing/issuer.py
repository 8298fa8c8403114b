"""An issuer in memory: keys, tokens of any shape, and the documents a verifier fetches."""

import json
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypedDict, Unpack
from urllib.parse import parse_qs

from sealwax.clock import Clock, SystemClock
from sealwax.entropy import Entropy, SystemEntropy, random_id
from sealwax.jose import Key, KeySet, jwt, status_list
from sealwax.jose.confirmation import Confirmation, certificate_thumbprint
from sealwax.jose.status_list import INVALID, VALID, StatusList
from sealwax.resource_server import FetchedDocument, FetchLimits, Verifier
from sealwax.resource_server.discovery import metadata_urls
from sealwax.resource_server.errors import UNREACHABLE, FetchFailed
from sealwax.resource_server.policy import DEFAULT_ALGORITHMS, IssuerSettings
from sealwax.resource_server.verifier import OnRefused
from sealwax.resource_server.web_address import parse_web_address

STATUS_LIST_SIZE: Final = 1 << 12

_SYMMETRIC: Final = "oct"


class TokenDetails(TypedDict, total=False):
    """How a token may be made otherwise than by default; see TestIssuer.token."""

    subject: str
    client_id: str
    lifetime_seconds: int
    claims: Mapping[str, Any] | None
    without: Collection[str]
    typ: str | None
    header: Mapping[str, Any] | None
    key: Key | None
    bound_to: Key | bytes | None


class TokenShape(TokenDetails, total=False):
    """The same, and what the token allows."""

    scopes: Collection[str]


class TestIssuer:
    """Mints tokens that a verifier believes, and others that it must refuse.

    It is a fetcher's other side: `issuer.fetch` answers for its metadata, its keys and its status
    list. `requests` lists the URLs that were asked for, and while `is_down` nothing is answered.
    With a ManualClock a test decides the time. `token_type`, `scope_claim` and `client_id_claim`
    are for standing in for an issuer of another profile.
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
        token_type: str = "at+jwt",
        scope_claim: str = "scope",
        client_id_claim: str = "client_id",
    ) -> None:
        self.issuer = issuer
        self.algorithm = algorithm
        self.clock = clock or SystemClock()
        self.keys = [Key.generate(algorithm)]
        self.ttl_seconds = ttl_seconds
        self.list_lifetime_seconds = list_lifetime_seconds
        self.max_age_seconds = max_age_seconds
        self.token_type = token_type
        self.scope_claim = scope_claim
        self.client_id_claim = client_id_claim
        self.is_down = False
        self.requests: list[str] = []
        self.statuses = StatusList(2, STATUS_LIST_SIZE)
        self._entropy = entropy or SystemEntropy()
        self._next_index = 0
        self._lock = threading.Lock()
        self._minted: dict[str, dict[str, Any]] = {}
        self._broken: dict[str, FetchedDocument] = {}
        self._documents = self._written_documents()

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

    @property
    def taken_back_uri(self) -> str:
        """Where a second list is published, on which every token is taken back."""
        return f"{self.issuer.rstrip('/')}/status/2"

    @property
    def introspection_uri(self) -> str:
        """Where it can be asked about tokens (RFC 7662); whoever asks is believed to be an API."""
        return f"{self.issuer.rstrip('/')}/introspect"

    def verifier(
        self,
        audience: str | Collection[str],
        *,
        on_refused: OnRefused | None = None,
        **settings: Unpack[IssuerSettings],
    ) -> Verifier:
        """Build a Verifier that trusts this issuer and reaches it without a network.

        It takes what this issuer signs with and how it names things, unless told otherwise. A
        secret (HS256) can't be published, so such a verifier is given the key of now.
        """
        own = self._own_settings()
        own.update(settings)
        return Verifier(
            self.issuer,
            audience,
            fetcher=fetcher_for(self),
            clock=self.clock,
            on_refused=on_refused,
            **own,
        )

    def token(  # noqa: PLR0913 - a token has that many sides
        self,
        audience: str | Collection[str],
        *,
        subject: str = "user-1",
        client_id: str = "client-1",
        scopes: Collection[str] = (),
        lifetime_seconds: int = 600,
        claims: Mapping[str, Any] | None = None,
        without: Collection[str] = (),
        typ: str | None = None,
        header: Mapping[str, Any] | None = None,
        key: Key | None = None,
        bound_to: Key | bytes | None = None,
    ) -> str:
        """Mint an access token (RFC 9068), valid unless made otherwise.

        `claims` are added or replace others, those named in `without` are left out, and `typ`,
        `header` and `key` make what no issuer would. `bound_to` is the key of a client's DPoP
        proofs (RFC 9449 §6.1) or its certificate (RFC 8705 §3.1), without which the token is
        worth nothing.
        """
        members = self._claims(audience, subject, client_id, lifetime_seconds)
        if scopes:
            members[self.scope_claim] = " ".join(scopes)
        if bound_to is not None:
            members["cnf"] = _confirmation(bound_to)
        members.update(claims or {})
        for name in without:
            del members[name]
        token = jwt.sign(members, key or self.key, typ=typ or self.token_type, header=header)
        self._minted[token] = members
        return token

    def opaque_token(self, audience: str | Collection[str], **shape: Unpack[TokenShape]) -> str:
        """Mint a token that only this issuer can read, for a verifier with `introspection`."""
        members = self._minted[self.token(audience, **shape)]
        token = random_id(self._entropy)
        self._minted[token] = members
        return token

    def revoke(self, token: str, *, status: int = INVALID) -> None:
        """Take a token back; a verifier sees it when it next fetches the status list, or asks."""
        claims = self._minted.get(token) or jwt.read_unverified_claims(token)
        self.statuses.set(claims["status"]["status_list"]["idx"], status)

    def rotate_key(self, *, keep_old: bool = True) -> Key:
        """Sign with a new key from now on; publish the old ones still, unless told otherwise."""
        new = Key.generate(self.algorithm)
        self.keys = [*(self.keys if keep_old else ()), new]
        return new

    def break_document(self, url: str, *, status: int = 200, body: bytes = b"{") -> None:
        """Answer for one document in another way, by default with what is no JSON."""
        self._broken[url] = FetchedDocument(status, {}, body)

    def mend(self) -> None:
        """Answer again as an issuer should: up, and with nothing broken."""
        self.is_down = False
        self._broken.clear()

    def fetch(self, url: str, limits: FetchLimits) -> FetchedDocument:  # noqa: ARG002 - a Fetcher's signature; what is in memory keeps to any limits
        """Answer a GET the way an issuer would; this is a Fetcher."""
        with self._lock:
            self.requests.append(url)
        if self.is_down:
            raise FetchFailed(UNREACHABLE, url)
        if url in self._broken:
            return self._broken[url]
        write = self._documents.get(url)
        if write is None:
            return FetchedDocument(404, {}, b"")
        return FetchedDocument(200, {"cache-control": f"max-age={self.max_age_seconds}"}, write())

    def introspect(self, url: str, form: bytes) -> FetchedDocument:
        """Answer a POST that asks about a token (RFC 7662 §2.2)."""
        with self._lock:
            self.requests.append(url)
        if self.is_down:
            raise FetchFailed(UNREACHABLE, url)
        if url in self._broken:
            return self._broken[url]
        if url != self.introspection_uri:
            return FetchedDocument(404, {}, b"")
        [token] = parse_qs(form.decode("ascii")).get("token", [""])
        return FetchedDocument(200, {}, json.dumps(self._state_of(token)).encode())

    def answers(self, url: str) -> bool:
        """True for the URLs of this issuer."""
        return url in self._documents or url == self.introspection_uri

    def _claims(
        self, audience: str | Collection[str], subject: str, client_id: str, lifetime_seconds: int
    ) -> dict[str, Any]:
        now = self.clock.now()
        return {
            "iss": self.issuer,
            "aud": audience if isinstance(audience, str) else list(audience),
            "sub": subject,
            self.client_id_claim: client_id,
            "iat": now,
            "exp": now + lifetime_seconds,
            "jti": random_id(self._entropy),
            "status": {"status_list": {"idx": self._allot(), "uri": self.status_uri}},
        }

    def _state_of(self, token: str) -> dict[str, Any]:
        claims = dict(self._minted.get(token, {}))
        reference = claims.pop("status", {}).get("status_list", {})
        is_valid = (
            reference.get("uri") != self.taken_back_uri
            and self.statuses.get(reference.get("idx", 0)) == VALID
        )
        if claims.get("exp", 0) <= self.clock.now() or not is_valid:
            return {"active": False}
        return {"active": True, **claims}

    def _own_settings(self) -> IssuerSettings:
        settings = IssuerSettings(
            token_type=self.token_type,
            scope_claim=self.scope_claim,
            client_id_claim=self.client_id_claim,
        )
        if self.algorithm not in DEFAULT_ALGORITHMS:
            settings["algorithms"] = [self.algorithm]
        if self.key.key_type == _SYMMETRIC:
            settings["keys"] = KeySet(self.keys)
        return settings

    def _written_documents(self) -> dict[str, Callable[[], bytes]]:
        places = metadata_urls(parse_web_address(self.issuer, allow_insecure_http=True))
        taken_back = StatusList(1, 8, b"\xff")
        return {
            **dict.fromkeys(places, self._metadata),
            self.jwks_uri: self._jwks,
            self.status_uri: lambda: self._status_list_token(self.status_uri, self.statuses),
            self.taken_back_uri: lambda: self._status_list_token(self.taken_back_uri, taken_back),
        }

    def _metadata(self) -> bytes:
        members = {
            "issuer": self.issuer,
            "jwks_uri": self.jwks_uri,
            "introspection_endpoint": self.introspection_uri,
        }
        return json.dumps(members).encode()

    def _jwks(self) -> bytes:
        public = [key.to_jwk() for key in self.keys if key.key_type != _SYMMETRIC]
        return json.dumps({"keys": public}).encode()

    def _allot(self) -> int:
        with self._lock:
            self._next_index += 1
            return self._next_index % STATUS_LIST_SIZE

    def _status_list_token(self, uri: str, statuses: StatusList) -> bytes:
        token = status_list.sign(
            statuses,
            self.key,
            uri=uri,
            issued_at=self.clock.now(),
            lifetime_seconds=self.list_lifetime_seconds,
            ttl_seconds=self.ttl_seconds,
        )
        return token.encode()


class MemoryFetcher:
    """The fetcher of a verifier that trusts test issuers: it reaches those, and nothing else."""

    def __init__(self, issuers: Collection[TestIssuer]) -> None:
        self._issuers = tuple(issuers)

    def __call__(self, url: str, limits: FetchLimits, /) -> FetchedDocument:
        """Answer a GET."""
        return self._issuer_at(url).fetch(url, limits)

    def post(
        self,
        url: str,
        limits: FetchLimits,  # noqa: ARG002 - a FormPoster's signature; what is in memory keeps to any limits
        form: bytes,
        headers: Mapping[str, str],  # noqa: ARG002 - the same; whoever asks is believed
        /,
    ) -> FetchedDocument:
        """Answer a POST."""
        return self._issuer_at(url).introspect(url, form)

    def _issuer_at(self, url: str) -> TestIssuer:
        for issuer in self._issuers:
            if issuer.answers(url) or len(self._issuers) == 1:
                return issuer
        raise FetchFailed(UNREACHABLE, url)


def fetcher_for(*issuers: TestIssuer) -> MemoryFetcher:
    """Give the fetcher of a verifier that trusts several test issuers."""
    return MemoryFetcher(issuers)


def _confirmation(bound_to: Key | bytes) -> dict[str, str]:
    if isinstance(bound_to, Key):
        return Confirmation(jkt=bound_to.thumbprint()).to_claim()
    return Confirmation(x5t_s256=certificate_thumbprint(bound_to)).to_claim()
