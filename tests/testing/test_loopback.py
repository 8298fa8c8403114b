"""The test issuer behind a real address."""

from http.client import HTTPConnection, RemoteDisconnected

import pytest

from sealwax import KeysUnavailable, Verifier
from sealwax.resource_server import Introspection
from sealwax.testing import TestIssuer, serve_issuer

AUDIENCE = "https://api.example.com"


def status_of(issuer: TestIssuer, path: str) -> int:
    connection = HTTPConnection(issuer.issuer.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_verifier_that_knows_only_its_url_believes_it() -> None:
    with serve_issuer() as issuer, Verifier(issuer.issuer, AUDIENCE) as verifier:
        token = issuer.token(AUDIENCE, subject="alice")
        assert verifier.verify_sync(token).subject == "alice"
        assert issuer.requests[-1] == issuer.status_uri


def test_it_can_be_asked_about_a_token() -> None:
    asking = Introspection("api", "secret of the api")
    with (
        serve_issuer() as issuer,
        Verifier(issuer.issuer, AUDIENCE, introspection=asking) as verifier,
    ):
        opaque = issuer.opaque_token(AUDIENCE, subject="alice")
        assert verifier.verify_sync(opaque).subject == "alice"


def test_two_do_not_mix() -> None:
    with (
        serve_issuer() as one,
        serve_issuer(algorithm="Ed25519") as two,
        Verifier(one.issuer, AUDIENCE) as verifier,
    ):
        assert one.issuer != two.issuer
        assert verifier.verify_sync(one.token(AUDIENCE)).issuer == one.issuer
        assert two.requests == []


def test_it_can_be_down() -> None:
    with serve_issuer() as issuer:
        issuer.is_down = True
        with Verifier(issuer.issuer, AUDIENCE) as verifier, pytest.raises(KeysUnavailable):
            verifier.verify_sync(issuer.token(AUDIENCE))
        with pytest.raises(RemoteDisconnected):
            status_of(issuer, "/jwks")


def test_what_it_does_not_publish_is_not_found() -> None:
    with serve_issuer() as issuer:
        assert status_of(issuer, "/jwks") == 200
        assert status_of(issuer, "/admin") == 404


def test_the_end_closes_the_port() -> None:
    with serve_issuer() as issuer:
        pass
    with pytest.raises(ConnectionRefusedError):
        status_of(issuer, "/jwks")
