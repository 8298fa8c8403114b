"""Every error says the right thing, and nothing that was sent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sealwax.oauth
from sealwax.oauth import errors
from sealwax.oauth.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    RedirectedError,
    ShownError,
    TokenMissing,
    TooManyAttempts,
)
from tests.oauth.given import ISSUER, checked

ROOM = Path(sealwax.oauth.__file__).parent
ENDPOINTS = ROOM.parent / "server" / "endpoints"
TRUSTED = {
    "TrustedRedirectUri": "redirect_uri.py",
    "AuthenticatedClient": "client_authentication.py",
}
"""Types that prove a check, and the one module that may build them."""


def modules() -> Iterator[Path]:
    yield from sorted(ROOM.rglob("*.py"))
    yield from sorted(ENDPOINTS.glob("*.py"))


def calls(module: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def error_classes() -> dict[str, type[OAuthError]]:
    return {
        name: found
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, OAuthError)
    }


def described() -> Iterator[tuple[str, str]]:
    """Give where each error is raised with a text of its own, and the text; values read as X."""
    for module in modules():
        for name, call in calls(module):
            if name in error_classes() and len(call.args) == 2:
                text = ast.unparse(call.args[1])
                if isinstance(call.args[1], ast.JoinedStr):
                    text = re.sub(r"\{[^}]*\}", "X", text)
                yield f"{module.name}:{call.lineno}", text


def test_rfc_6749_appendix_a_8_every_description_is_plain() -> None:
    found = list(described())
    assert len(found) > 40
    for place, text in found:
        literal = text[2:-1] if text.startswith("f") else text
        if literal.startswith(("'", '"')):
            literal = literal[1:-1]
        assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", literal), (place, text)


@pytest.mark.parametrize("name", sorted(TRUSTED))
def test_a_type_that_proves_a_check_is_built_in_one_module(name: str) -> None:
    builders = {
        module.name for module in modules() for called, _ in calls(module) if called == name
    }

    assert builders == {TRUSTED[name]}


def test_an_error_in_json() -> None:
    error = InvalidRequest("parameter_missing", "code is missing")

    assert error.body() == {"error": "invalid_request", "error_description": "code is missing"}
    assert error.authenticate is None
    assert error.http_status == 400
    assert str(error) == "code is missing"
    assert "parameter_missing" not in str(error.body())


@pytest.mark.parametrize(
    ("error", "status", "challenge"),
    [
        pytest.param(
            InvalidClient("r", "d"),
            401,
            'Basic realm="sealwax", charset="UTF-8"',
            id="RFC 6749 5.2",
        ),
        pytest.param(
            InvalidToken("r", "the token has expired"),
            401,
            'Bearer realm="sealwax", error="invalid_token", '
            'error_description="the token has expired"',
            id="RFC 6750 3",
        ),
        pytest.param(TokenMissing("r", "d"), 401, 'Bearer realm="sealwax"', id="RFC 6750 3.1"),
        pytest.param(
            InsufficientScope("r", "d", scope="openid"),
            403,
            'Bearer realm="sealwax", error="insufficient_scope", scope="openid"',
            id="RFC 6750 3: with the scope",
        ),
    ],
)
def test_a_challenge(error: OAuthError, status: int, challenge: str) -> None:
    assert (error.http_status, error.authenticate) == (status, challenge)


def test_when_to_try_again() -> None:
    assert TooManyAttempts("r", "d", retry_after_seconds=9).retry_after_seconds == 9


def test_only_a_trusted_redirect_uri_carries_an_error_back() -> None:
    cause = InvalidRequest("r", "d")

    with pytest.raises(AttributeError):
        RedirectedError(
            cause,
            redirect_uri="https://evil.example",  # type: ignore[arg-type]  # the mistake that is tried
            response_mode="query",
            state=None,
            issuer=ISSUER,
        )
    assert checked().refuse(cause).location.startswith("https://app.example/callback?error=")


def test_an_error_that_is_shown_is_no_redirect() -> None:
    for found in error_classes().values():
        assert not (issubclass(found, ShownError) and issubclass(found, RedirectedError))
        assert found.__doc__
