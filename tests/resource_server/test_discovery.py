"""Where an issuer's keys are found."""

import json

import pytest

from sealwax import KeysUnavailable
from sealwax.clock import ManualClock
from sealwax.resource_server import FetchedDocument, FetchLimits, Verifier
from sealwax.resource_server.discovery import metadata_urls
from sealwax.resource_server.web_address import Network, parse_web_address
from sealwax.testing import TestIssuer
from tests.resource_server.fakes import AUDIENCE, ISSUER, new_issuer

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"


class Site:
    """Documents by URL; everything else is 404."""

    def __init__(self, documents: dict[str, bytes | int]) -> None:
        self.documents = documents
        self.asked: list[tuple[str, Network]] = []

    def __call__(self, url: str, limits: FetchLimits) -> FetchedDocument:
        self.asked.append((url, limits.network))
        found = self.documents.get(url, 404)
        return FetchedDocument(found, {}, b"") if isinstance(found, int) else _ok(found)


def _ok(body: bytes) -> FetchedDocument:
    return FetchedDocument(200, {}, body)


def metadata(issuer: str = ISSUER, jwks_uri: object = f"{ISSUER}/jwks") -> bytes:
    return json.dumps({"issuer": issuer, "jwks_uri": jwks_uri}).encode()


def jwks(issuer: TestIssuer) -> bytes:
    return issuer.fetch(issuer.jwks_uri, FetchLimits(1)).body


def failure(verifier: Verifier) -> KeysUnavailable:
    with pytest.raises(KeysUnavailable) as unavailable:
        verifier.prefetch_sync()
    return unavailable.value


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("https://i.example", ["https://i.example" + OAUTH, "https://i.example" + OPENID]),
        ("https://i.example/", ["https://i.example" + OAUTH, "https://i.example" + OPENID]),
        (
            "https://i.example:8443/tenant/1",
            [
                f"https://i.example:8443{OAUTH}/tenant/1",
                f"https://i.example:8443/tenant/1{OPENID}",
                f"https://i.example:8443{OPENID}/tenant/1",
            ],
        ),
        (
            "https://i.example/tenant/",
            [
                f"https://i.example{OAUTH}/tenant",
                f"https://i.example/tenant{OPENID}",
                f"https://i.example{OPENID}/tenant",
            ],
        ),
    ],
)
def test_rfc_8414_3_1_and_oidc_discovery_4(issuer: str, expected: list[str]) -> None:
    assert metadata_urls(parse_web_address(issuer)) == expected


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("elsewhere", [404, 403, 302, b"<html>", b"[]", b'{"issuer":1}'])
def test_each_place_will_do_when_the_others_have_nothing(
    position: int, elsewhere: bytes | int, clock: ManualClock
) -> None:
    issuer = new_issuer("https://i.example/tenant", clock=clock)
    urls = metadata_urls(parse_web_address(issuer.issuer))
    site = Site(dict.fromkeys(urls, elsewhere))
    site.documents[urls[position]] = metadata(issuer.issuer, issuer.jwks_uri)
    site.documents[issuer.jwks_uri] = jwks(issuer)
    verifier = Verifier(issuer.issuer, AUDIENCE, fetcher=site, clock=clock, status=False)
    assert verifier.verify_sync(issuer.token(AUDIENCE)).subject == "user-1"
    assert [url for url, _ in site.asked] == [*urls[: position + 1], issuer.jwks_uri]


def test_the_place_that_worked_is_asked_first_the_next_time(issuer: TestIssuer) -> None:
    site = Site({ISSUER + OPENID: metadata(), f"{ISSUER}/jwks": jwks(issuer)})
    clock = issuer.clock
    assert isinstance(clock, ManualClock)
    verifier = Verifier(
        ISSUER, AUDIENCE, fetcher=site, clock=clock, status=False, keys_stale_seconds=0
    )
    verifier.prefetch_sync()
    clock.advance(4000)
    site.asked.clear()
    verifier.prefetch_sync()
    assert [url for url, _ in site.asked] == [ISSUER + OPENID, f"{ISSUER}/jwks"]


def test_a_known_place_of_the_keys_is_used_for_an_hour(issuer: TestIssuer) -> None:
    clock = issuer.clock
    assert isinstance(clock, ManualClock)
    verifier = issuer.verifier(AUDIENCE, keys_stale_seconds=0)
    verifier.prefetch_sync()
    clock.advance(3000)
    issuer.requests.clear()
    verifier.prefetch_sync()
    assert issuer.requests == [issuer.jwks_uri]


def test_a_known_place_of_the_keys_is_used_on_when_the_metadata_is_gone(
    issuer: TestIssuer, clock: ManualClock
) -> None:
    site = Site({ISSUER + OAUTH: metadata(), f"{ISSUER}/jwks": jwks(issuer)})
    verifier = Verifier(
        ISSUER, AUDIENCE, fetcher=site, clock=clock, status=False, keys_stale_seconds=0
    )
    verifier.prefetch_sync()
    clock.advance(4000)
    site.documents[ISSUER + OAUTH] = 503
    verifier.prefetch_sync()
    assert verifier.is_ready


@pytest.mark.parametrize("gone", [404, 410])
def test_keys_that_moved_are_looked_for_again(
    gone: int, issuer: TestIssuer, clock: ManualClock
) -> None:
    site = Site({ISSUER + OAUTH: metadata(), f"{ISSUER}/jwks": jwks(issuer)})
    verifier = Verifier(
        ISSUER, AUDIENCE, fetcher=site, clock=clock, status=False, keys_stale_seconds=0
    )
    verifier.prefetch_sync()
    moved = f"{ISSUER}/new-jwks"
    site.documents = {
        ISSUER + OAUTH: metadata(jwks_uri=moved),
        f"{ISSUER}/jwks": gone,
        moved: jwks(issuer),
    }
    clock.advance(1000)
    assert failure(verifier).reason == "http_status"
    clock.advance(10)
    verifier.prefetch_sync()
    assert site.asked[-1][0] == moved


@pytest.mark.parametrize(
    "found",
    [
        "https://evil.example",
        ISSUER + "/",
        ISSUER.upper(),
        ISSUER + ".evil.example",
        "https://id.example.co",
        "",
        None,
        1,
        [ISSUER],
        {"iss": ISSUER},
    ],
)
def test_metadata_of_another_issuer_is_not_believed(found: object, clock: ManualClock) -> None:
    body = json.dumps({"issuer": found, "jwks_uri": f"{ISSUER}/jwks"}).encode()
    site = Site({ISSUER + OAUTH: body, ISSUER + OPENID: body})
    failed = failure(Verifier(ISSUER, AUDIENCE, fetcher=site, clock=clock))
    assert failed.reason == "metadata_mismatch"
    assert f"{ISSUER}/jwks" not in [url for url, _ in site.asked]


def test_a_slash_too_many_is_named(clock: ManualClock) -> None:
    site = Site({ISSUER + OAUTH: metadata(ISSUER + "/")})
    failed = failure(Verifier(ISSUER, AUDIENCE, fetcher=site, clock=clock))
    assert "a slash at the end" in str(failed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"issuer":"%b","issuer":"%b","jwks_uri":"%b/jwks"}' % ((ISSUER.encode(),) * 3),
        b"\xef\xbb\xbf" + metadata(),
        metadata().decode().encode("utf-16"),
        b"[" * 100_000,
        metadata(jwks_uri=None),
        metadata(jwks_uri=7),
        metadata(jwks_uri="/jwks"),
        metadata(jwks_uri="file:///etc/passwd"),
        metadata(jwks_uri="http://id.example.com/jwks"),
        metadata(jwks_uri="https://user:pw@id.example.com/jwks"),
    ],
)
def test_metadata_in_another_form_is_refused(body: bytes, clock: ManualClock) -> None:
    site = Site({ISSUER + OAUTH: body, ISSUER + OPENID: body})
    assert (
        failure(Verifier(ISSUER, AUDIENCE, fetcher=site, clock=clock)).reason == "document_invalid"
    )


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_is_not_asked_for_the_other_places(
    status: int, clock: ManualClock
) -> None:
    site = Site({ISSUER + OAUTH: status, ISSUER + OPENID: metadata()})
    assert failure(Verifier(ISSUER, AUDIENCE, fetcher=site, clock=clock)).reason == "http_status"
    assert len(site.asked) == 1


def test_keys_at_another_host_are_fetched_from_the_open_internet_only(
    issuer: TestIssuer, clock: ManualClock
) -> None:
    elsewhere = "https://keys.example.net/jwks"
    site = Site({ISSUER + OAUTH: metadata(jwks_uri=elsewhere), elsewhere: jwks(issuer)})
    Verifier(ISSUER, AUDIENCE, fetcher=site, clock=clock).prefetch_sync()
    assert site.asked == [(ISSUER + OAUTH, Network.ANY), (elsewhere, Network.PUBLIC)]


def test_a_configured_jwks_uri_is_used_as_it_is_and_nothing_is_discovered(
    issuer: TestIssuer, clock: ManualClock
) -> None:
    internal = "https://10.0.0.9/jwks"
    site = Site({internal: jwks(issuer)})
    Verifier(ISSUER, AUDIENCE, fetcher=site, clock=clock, jwks_uri=internal).prefetch_sync()
    assert site.asked == [(internal, Network.ANY)]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"keys":{}}', b'{"keys":[],"keys":[]}', b"<html>"]
)
def test_a_document_that_is_no_key_set_is_refused(body: bytes, clock: ManualClock) -> None:
    site = Site({ISSUER + OAUTH: metadata(), f"{ISSUER}/jwks": body})
    assert (
        failure(Verifier(ISSUER, AUDIENCE, fetcher=site, clock=clock)).reason == "document_invalid"
    )
