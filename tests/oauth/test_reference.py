"""The reference pages say what the code does: every error, every endpoint, every claim."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sealwax.jose.errors import REASONS as JOSE_REASONS
from sealwax.oauth.access_token import AccessTokenClaims
from sealwax.oauth.introspection import INACTIVE
from sealwax.oauth.metadata import ENDPOINTS
from sealwax.oauth.userinfo import userinfo_response
from sealwax.records import StatusReference
from sealwax.server.routes import ROUTES
from tests.oauth.given import ISSUER, NOTES, NOW, user
from tests.oauth.test_errors import calls, error_classes, modules
from tests.oauth.test_id_token import claims as id_token_claims

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
OF_PAGES = {"/", "/login", "/consent", "/account", "/account/password", "/password"}
OTHERS = {"/static/{file}", "/health/live", "/health/ready"}
OF_SIGN_IN = {"unknown_user", "no_password_yet", "wrong_password", "changed_meanwhile"}
"""Reasons that `/signin` adds: what `identity.sign_in` found, and what changed while it looked."""
MAKERS = ("_failed", "_invalid", "_unknown", "_unauthorized")
"""Functions of a module that make its one error; the reason is what they are called with."""


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def first_cells(text: str) -> list[str]:
    """Give every word in code that stands in the first cell of a row."""
    cells = re.findall(r"^\| ([^|]+) \|", text, flags=re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def section(text: str, heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)


def reasons_in_code() -> set[str]:
    found = set(OF_SIGN_IN)
    for module in modules():
        if module.name == "registration.py":
            continue
        prefix = "id_token_hint_" if module.name == "id_token.py" else ""
        for name, call in calls(module):
            if name in MAKERS or (name in error_classes() and len(call.args) >= 2):
                found.update(prefix + text for text in literals(call.args[0]))
    return found | {"client_unknown", "client_disabled"}


def test_every_reason_is_described_and_no_other() -> None:
    described = first_cells(section_of_reasons())

    assert len(described) == len(set(described))
    families = {name for name in described if name.endswith("...")}
    assert families == {"client_assertion_...", "id_token_hint_..."}
    assert set(described) - families == reasons_in_code()


def section_of_reasons() -> str:
    text = page("errors.md")
    return text[text.index("## Reasons") :]


def test_every_code_is_described_and_no_other() -> None:
    described = first_cells(section(page("errors.md"), "Codes"))

    codes = {found.error for found in error_classes().values()}
    assert set(described) == {"error"} | codes


def test_reasons_that_are_passed_on_are_those_of_the_verifier() -> None:
    text = page("errors.md")
    for reason in ("signature_invalid", "type_mismatch", "issuer_mismatch", "audience_mismatch"):
        assert reason in JOSE_REASONS
        assert f"`{reason}`" in text


def test_every_address_of_the_protocol_is_described() -> None:
    rows = re.findall(
        r"^\| `(/[^`]*)` \| ([A-Z, ]+) \| [^|]* \| ([^|]*) \|$",
        page("endpoints.md"),
        flags=re.MULTILINE,
    )
    described = {(method, path) for path, methods, _ in rows for method in methods.split(", ")}

    assert described == {
        (route.method, route.path) for route in ROUTES if route.path not in OF_PAGES | OTHERS
    }
    readers = {"none": "none", "client": "the client's registered origins", "public": "any page"}
    for path, _, reader in rows:
        assert {readers[route.cors] for route in ROUTES if route.path == path} == {reader}
    assert set(ENDPOINTS.values()) <= {path for _, path in described}


def test_every_claim_of_an_access_token_is_described() -> None:
    claims = AccessTokenClaims(
        "s", "c", NOTES, ("a",), StatusReference("l", 1), NOW, NOW + 1, auth_time=NOW, amr=("pwd",)
    ).to_claims(issuer=ISSUER, jwt_id="j", status_uri="u")

    assert set(first_cells(section(page("claims.md"), "Access token"))) == set(claims)


def test_every_claim_of_an_id_token_is_described() -> None:
    assert set(first_cells(section(page("claims.md"), "ID token"))) == set(id_token_claims())


def test_every_claim_of_userinfo_is_described() -> None:
    text = section(page("claims.md"), "Userinfo")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)

    described = {scope: set(re.findall(r"`(\w+)`", claims)) for scope, claims in rows}
    assert set(described) == {"openid", "profile", "email"}
    for scope, claims in described.items():
        assert claims | {"sub"} == set(userinfo_response(user(), (scope,)))


def test_introspection_is_described() -> None:
    words = re.findall(r"`(\w+)`", section(page("claims.md"), "Introspection"))

    access_token = first_cells(section(page("claims.md"), "Access token"))
    assert set(words) == {*INACTIVE, "token_type", *access_token}
