"""Requests of servers, ASGI and WSGI, and the client certificates that come with them."""

import base64
from typing import Any

import pytest

from sealwax.integrations.api_request import request_of_environ, request_of_scope
from sealwax.integrations.client_certificate import CertificateHeader
from sealwax.integrations.protected_resource import ProtectedResource
from sealwax.jose.confirmation import certificate_thumbprint
from sealwax.resource_server import InvalidConfiguration
from tests.integrations.contract import AUDIENCE, ISSUER, World
from tests.resource_server.test_sender_constraint import OURS, THEIRS

PROXY = "10.0.0.7"
HEADER = CertificateHeader(["10.0.0.0/24", "2001:db8::7"])
PEM = (
    "-----BEGIN CERTIFICATE-----\n"
    + base64.b64encode(OURS).decode()
    + ("\n-----END CERTIFICATE-----\n")
)


def sf_bytes(der: bytes = OURS) -> str:
    """RFC 9440 §2.1: a byte sequence of RFC 8941."""
    return f":{base64.b64encode(der).decode()}:"


def scope(*headers: tuple[str, str], **members: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a scope
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    base = {"type": "http", "method": "GET", "path": "/notes", "headers": encoded}
    return {**base, "client": (PROXY, 1), **members}


def environ(*headers: tuple[str, str], **members: Any) -> dict[str, Any]:  # noqa: ANN401 - members of an environment
    encoded = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers}
    base = {"REQUEST_METHOD": "GET", "PATH_INFO": "/notes", "REMOTE_ADDR": PROXY}
    return {**base, **encoded, **members}


def certificates(
    header: CertificateHeader | None, *headers: tuple[str, str], peer: str
) -> set[Any]:
    """What is read of these headers, by both kinds of servers."""
    asgi = request_of_scope(scope(*headers, client=(peer, 1)), header)
    wsgi = request_of_environ(environ(*headers, REMOTE_ADDR=peer), header)
    return {asgi.client_certificate, wsgi.client_certificate}


class TestPaths:
    @pytest.mark.parametrize(
        ("members", "path"),
        [
            ({"raw_path": b"/a%2Fb%40c", "path": "/a/b@c"}, "/a%2Fb%40c"),
            ({"path": "/a b/ü@:'"}, "/a%20b/%C3%BC@:'"),
            ({"raw_path": None, "path": "/a"}, "/a"),
            ({"raw_path": b"", "path": ""}, ""),
        ],
    )
    def test_of_asgi(self, members: dict[str, Any], path: str) -> None:
        assert request_of_scope(scope(**members), None).path == path

    @pytest.mark.parametrize(
        ("members", "path"),
        [
            ({"REQUEST_URI": "/a%2Fb?x=1", "PATH_INFO": "/a/b"}, "/a%2Fb?x=1"),
            ({"RAW_URI": "/a%40b", "PATH_INFO": "/a@b"}, "/a%40b"),
            ({"REQUEST_URI": "http://evil.example/x", "PATH_INFO": "/a"}, "/a"),
            ({"REQUEST_URI": "*", "PATH_INFO": "/a"}, "/a"),
            ({"REQUEST_URI": "", "PATH_INFO": "/a"}, "/a"),
            ({"SCRIPT_NAME": "/v1", "PATH_INFO": "/a b"}, "/v1/a%20b"),
            ({"PATH_INFO": "/\u00c3\u00bc"}, "/%C3%BC"),
        ],
    )
    def test_of_wsgi(self, members: dict[str, Any], path: str) -> None:
        assert request_of_environ(environ(**members), None).path == path

    def test_a_web_socket_is_a_get(self) -> None:
        members = {"type": "websocket", "path": "/live", "headers": []}
        assert request_of_scope(members, None).method == "GET"


class TestHeaders:
    def test_all_of_one_name_are_read(self) -> None:
        headers = [("Authorization", "a"), ("DPoP", "x"), ("authorization", "b"), ("dpop", "y")]
        request = request_of_scope(scope(*headers), None)
        assert (request.authorization, request.dpop) == (["a", "b"], ["x", "y"])
        request = request_of_environ(environ(("Authorization", "a,b"), ("DPoP", "x,y")), None)
        assert (request.authorization, request.dpop) == (("a,b",), ("x,y",))

    def test_none_are_none(self) -> None:
        assert request_of_environ(environ(), HEADER).authorization == ()
        assert request_of_scope(scope(), HEADER).dpop == []


class TestCertificateHeader:
    def test_it_is_read_from_a_trusted_proxy(self) -> None:
        sent = ("Client-Cert", sf_bytes())
        for peer in (PROXY, "2001:db8::7", "::ffff:10.0.0.7"):
            assert certificates(HEADER, sent, peer=peer) == {OURS}

    @pytest.mark.parametrize("peer", ["10.0.1.7", "127.0.0.1", "::1", "", "unix", "10.0.0.7, x"])
    def test_from_others_it_is_not(self, peer: str) -> None:
        assert certificates(HEADER, ("Client-Cert", sf_bytes()), peer=peer) == {None}

    def test_without_a_configured_proxy_it_is_not(self) -> None:
        assert certificates(None, ("Client-Cert", sf_bytes()), peer=PROXY) == {None}

    def test_another_name_is_another_header(self) -> None:
        assert certificates(HEADER, ("X-Client-Cert", sf_bytes()), peer=PROXY) == {None}

    def test_a_socket_of_this_machine_has_no_address(self) -> None:
        header = CertificateHeader("unix")
        sent = ("Client-Cert", sf_bytes())
        assert request_of_scope(scope(sent, client=None), header).client_certificate == OURS
        assert certificates(header, sent, peer="") == {OURS}
        assert certificates(header, sent, peer=PROXY) == {None}

    @pytest.mark.parametrize("value", ["", " "])
    def test_an_empty_one_is_none(self, value: str) -> None:
        assert certificates(HEADER, ("Client-Cert", value), peer=PROXY) == {None}

    @pytest.mark.parametrize(
        "value",
        [":", "::", ":!:", "AAAA", sf_bytes() + ", " + sf_bytes(), ":AAA:", "x" * 50_000, PEM],
    )
    def test_one_that_can_not_be_read_is_the_certificate_of_no_token(self, value: str) -> None:
        (found,) = certificates(HEADER, ("Client-Cert", value), peer=PROXY)
        assert found == b""

    def test_two_are_one_too_many(self) -> None:
        sent = ("Client-Cert", sf_bytes())
        assert request_of_scope(scope(sent, sent), HEADER).client_certificate == b""

    def test_nginx_encodes_its_pem(self) -> None:
        header = CertificateHeader(PROXY, name="X-Client-Cert", form="url_encoded_pem")
        value = PEM.replace("\n", "%0A").replace(" ", "%20").replace("+", "%2B")
        assert certificates(header, ("X-Client-Cert", value), peer=PROXY) == {PEM.encode()}

    def test_a_forwarded_address_is_not_that_of_the_connection(self) -> None:
        sent = ("Client-Cert", sf_bytes())
        original = {"REMOTE_ADDR": "203.0.113.9"}
        fixed = environ(sent, REMOTE_ADDR=PROXY, **{"werkzeug.proxy_fix.orig": original})
        assert request_of_environ(fixed, HEADER).client_certificate is None

    @pytest.mark.parametrize(
        ("settings", "name"),
        [
            ({"trusted_proxies": []}, "trusted_proxies"),
            ({"trusted_proxies": ["proxy.internal"]}, "trusted_proxies"),
            ({"trusted_proxies": ["10.0.0.7/24"]}, "trusted_proxies"),
            ({"trusted_proxies": ["*"]}, "trusted_proxies"),
            ({"trusted_proxies": [""]}, "trusted_proxies"),
            ({"trusted_proxies": PROXY, "name": ""}, "name"),
            ({"trusted_proxies": PROXY, "name": "Client_Cert"}, "name"),
            ({"trusted_proxies": PROXY, "form": "xfcc"}, "form"),
        ],
    )
    def test_each_setting_is_checked_and_named(self, settings: dict[str, Any], name: str) -> None:
        with pytest.raises(InvalidConfiguration) as refused:
            CertificateHeader(**settings)
        assert refused.value.field == name


class TestOwnConnection:
    def test_of_asgi(self) -> None:
        tls = {"client_cert_chain": [PEM, "another"], "client_cert_error": None}
        for header in (None, HEADER):
            sent = scope(("Client-Cert", sf_bytes(THEIRS)), extensions={"tls": tls})
            assert request_of_scope(sent, header).client_certificate == PEM.encode()

    @pytest.mark.parametrize(
        "extensions",
        [
            None,
            {},
            {"tls": None},
            {"tls": {"client_cert_chain": []}},
            {"tls": {"client_cert_chain": None}},
            {"tls": {"client_cert_chain": [PEM], "client_cert_error": "expired"}},
        ],
    )
    def test_of_asgi_without_one(self, extensions: object) -> None:
        assert request_of_scope(scope(extensions=extensions), None).client_certificate is None

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"SSL_CLIENT_CERT": PEM}, PEM.encode()),
            ({"SSL_CLIENT_CERT": PEM, "SSL_CLIENT_VERIFY": "SUCCESS"}, PEM.encode()),
            ({"SSL_CLIENT_CERT": PEM, "SSL_CLIENT_VERIFY": "FAILED:expired"}, None),
            ({"SSL_CLIENT_CERT": PEM, "SSL_CLIENT_VERIFY": "NONE"}, None),
            ({"SSL_CLIENT_CERT": ""}, None),
            ({"HTTP_SSL_CLIENT_CERT": PEM}, None),
        ],
    )
    def test_of_wsgi(self, members: dict[str, Any], expected: bytes | None) -> None:
        assert request_of_environ(environ(**members), None).client_certificate == expected


def test_a_token_that_is_bound_to_a_certificate_passes_with_it_alone() -> None:
    world = World()
    api = ProtectedResource(verifier=world.verifier, certificate_header=HEADER)
    thumbprint = certificate_thumbprint(OURS)
    token = world.issuer.token(AUDIENCE, claims={"cnf": {"x5t#S256": thumbprint}})
    bearer = ("Authorization", f"Bearer {token}")
    good = request_of_scope(scope(bearer, ("Client-Cert", sf_bytes())), HEADER)
    assert api.authenticate_sync(good).subject == "user-1"
    for wrong, reason in (
        (scope(bearer), "certificate_missing"),
        (scope(bearer, ("Client-Cert", sf_bytes(THEIRS))), "certificate_mismatch"),
        (scope(bearer, ("Client-Cert", "x")), "certificate_format"),
        (scope(bearer, ("Client-Cert", sf_bytes()), client=("1.2.3.4", 5)), "certificate_missing"),
    ):
        with pytest.raises(Exception, match=reason):
            api.authenticate_sync(request_of_scope(wrong, HEADER))


def test_the_metadata_says_that_certificates_are_looked_at() -> None:
    member = "tls_client_certificate_bound_access_tokens"
    assert member not in ProtectedResource(ISSUER, AUDIENCE).metadata()
    assert ProtectedResource(ISSUER, AUDIENCE, certificate_header=HEADER).metadata()[member]
    assert ProtectedResource(ISSUER, AUDIENCE, require_certificate=True).metadata()[member]
