"""A request as servers hand it on, ASGI and WSGI, turned into what `ProtectedResource` looks at."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sealwax.integrations.client_certificate import (
    CertificateHeader,
    certificate_of_environ,
    certificate_of_scope,
)
from sealwax.integrations.credentials import ApiRequest

_PATH_CHARACTERS = "/:@!$&'()*+,;=~-._"


def request_of_scope(scope: Mapping[str, Any], header: CertificateHeader | None) -> ApiRequest:
    """Read an ASGI connection scope, of HTTP or of a WebSocket."""
    name = b"" if header is None else header.name.lower().encode()
    authorization, dpop, certificates = [], [], []
    for key, value in scope["headers"]:
        if key == b"authorization":
            authorization.append(value.decode("latin-1"))
        elif key == b"dpop":
            dpop.append(value.decode("latin-1"))
        elif key == name:
            certificates.append(value.decode("latin-1"))
    certificate = certificate_of_scope(scope)
    if header is not None and certificate is None:
        certificate = header.read(certificates, (scope.get("client") or [None])[0])
    raw_path = scope.get("raw_path")
    path = raw_path.decode("latin-1") if raw_path else quote(scope["path"], _PATH_CHARACTERS)
    return ApiRequest(scope.get("method", "GET"), path, authorization, dpop, certificate)


def request_of_environ(environ: Mapping[str, Any], header: CertificateHeader | None) -> ApiRequest:
    """Read a WSGI environment (PEP 3333), where commas join several headers of one name."""
    certificate = certificate_of_environ(environ)
    if header is not None and certificate is None:
        value = environ.get("HTTP_" + header.name.upper().replace("-", "_"))
        # What middlewares make of forwarded headers is not who is at the other end.
        peer = environ.get("werkzeug.proxy_fix.orig", environ).get("REMOTE_ADDR")
        certificate = header.read([] if value is None else [value], peer)
    authorization = environ.get("HTTP_AUTHORIZATION")
    dpop = environ.get("HTTP_DPOP")
    return ApiRequest(
        environ["REQUEST_METHOD"],
        _path_of_environ(environ),
        () if authorization is None else (authorization,),
        () if dpop is None else (dpop,),
        certificate,
    )


def _path_of_environ(environ: Mapping[str, Any]) -> str:
    """Give the path as it was sent, where the server hands that on; else encode it anew."""
    target = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if isinstance(target, str) and target.startswith("/"):
        return target
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return quote(path.encode("latin-1", "replace"), _PATH_CHARACTERS)
