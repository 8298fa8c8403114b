"""What the documentation shows is run as it stands there."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest

from sealwax import TokenRefused
from sealwax.jose.errors import REASONS as JOSE_REASONS
from sealwax.resource_server.errors import REASONS
from sealwax.testing import TestIssuer
from tests.integrations import asgi_client
from tests.integrations.contract import METADATA_PATH, Send
from tests.integrations.test_django import send_in_a_thread, serving
from tests.integrations.test_flask import sender as flask_sender

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEN_LINES = 10


def blocks(page: str) -> list[str]:
    found = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    assert found
    return found


def run(code: str, names: dict[str, Any]) -> None:
    exec(compile(code, "<documentation>", "exec"), names)  # noqa: S102 - our own documentation, which this test holds to its word


def namespace(page: str) -> dict[str, Any]:
    """Run every block of a page, one after the other, in one module."""
    names = vars(ModuleType("from_the_documentation"))
    for code in blocks(page):
        run(code, names)
    return names


def check(send: Send, issuer: TestIssuer, token: str) -> None:
    """What every page promises of its API."""
    bearer = [("Authorization", f"Bearer {token}")]
    reply = send("GET", "/notes", bearer)
    assert reply.status == 200
    assert "the notes of alice" in reply.body.decode()
    challenge = send("GET", "/notes", [])
    assert challenge.status == 401
    assert challenge.headers["www-authenticate"].startswith('Bearer scope="notes:read"')
    assert send("GET", METADATA_PATH, []).json["authorization_servers"] == [issuer.issuer]
    other = issuer.token("https://api.example.com", scopes=["notes:write"])
    assert send("GET", "/notes", [("Authorization", f"Bearer {other}")]).status == 403


def test_the_page_for_fastapi() -> None:
    names = namespace("how-to/protect-fastapi.md")
    check(asgi_client.sender(names["app"]), names["issuer"], names["token"])


@pytest.mark.anyio
async def test_the_lifespan_of_the_page_for_fastapi() -> None:
    names = namespace("how-to/protect-fastapi.md")
    async with names["lifespan"](names["app"]):
        assert names["notes"].verifier.is_ready


def test_the_page_for_flask() -> None:
    names = namespace("how-to/protect-flask.md")
    check(flask_sender(names["app"]), names["issuer"], names["token"])


@pytest.fixture
def django_names() -> Iterator[dict[str, Any]]:
    names = namespace("how-to/protect-django.md")
    with serving(names["urlpatterns"]):
        yield names


def test_the_page_for_django(django_names: dict[str, Any]) -> None:
    check(send_in_a_thread, django_names["issuer"], django_names["token"])


@pytest.mark.parametrize("page", ["fastapi", "flask", "django"])
def test_ten_lines_are_ten_lines(page: str) -> None:
    lines = blocks(f"how-to/protect-{page}.md")[0].splitlines()
    code = [line for line in lines if line.strip() and not re.match(r"from|import", line)]
    assert len(code) <= TEN_LINES


@pytest.mark.anyio
async def test_the_reference() -> None:
    names = namespace("reference/verifier.md")
    issuer = TestIssuer("https://id.example.com")
    names["verifier"] = names["notes"].verifier = issuer.verifier("https://api.example.com")
    token = issuer.token("https://api.example.com", subject="alice", scopes=["notes:read"])
    assert await names["who_asks"](token) == "alice"
    assert await names["who_asks"]("x") == "401: the token has not the three parts of a compact JWS"
    headers = [("Authorization", f"Bearer {token}")]
    reply = await asgi_client.request(names["app"], "GET", "/notes", headers)
    assert reply.body == b"the notes of alice"
    issuer.is_down = True
    with issuer.verifier("https://api.example.com") as names["verifier"]:
        assert (await names["who_asks"](token)).startswith("503, try again in ")


def test_the_fetcher_of_the_reference_fetches() -> None:
    names = namespace("reference/verifier.md")
    opened: list[str] = []

    class Answer:
        status = 200
        headers = {"Cache-Control": "max-age=60"}  # noqa: RUF012 - never changed

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            """Leave nothing open."""

        def read(self, size: int) -> bytes:
            return b"x" * min(size, 5)

    class Opener:
        def open(self, request: Any, timeout: float) -> Answer:  # noqa: ANN401 - what urllib's request is
            opened.append(f"{request.full_url} {timeout:g}")
            return Answer()

    names["opener"] = Opener()
    document = names["fetch"]("https://id.example.com/jwks", names["FetchLimits"](3))
    assert (document.status, document.headers) == (200, {"cache-control": "max-age=60"})
    assert document.body == b"xxxx"
    assert opened == ["https://id.example.com/jwks 5"]


OTHER_KINDS = {
    "access_token_mismatch",
    "digest_format",
    "digest_repeated",
    "disclosure_format",
    "disclosure_name",
    "disclosure_unreferenced",
    "events_invalid",
    "hash_not_allowed",
    "method_mismatch",
    "nonce_mismatch",
    "presentation_mismatch",
    "replay_store_full",
    "sd_jwt_parts",
    "status_list_invalid",
    "subject_mismatch",
    "target_uri_mismatch",
    "too_many_disclosures",
}
ENCRYPTED_OR_IN_JSON = {
    "claim_replica",
    "compression",
    "decryption_failed",
    "detached_payload",
    "encrypted_key",
    "encrypted_token_parts",
    "header_place",
    "json_serialization",
    "nested_token",
    "part_encoding",
    "signature_missing",
    "token_is_signed",
    "too_many_recipients",
}


def test_the_reference_lists_every_reason_a_token_can_be_refused_for() -> None:
    page = (DOCS / "reference/verifier.md").read_text(encoding="utf-8")
    table = page.partition("| `reason` | |")[2].partition("\n\n")[0]
    listed = set(re.findall(r"`([a-z_]+)`", table)) - {"algorithms", "claim"}
    about_keys = {reason for reason in REASONS if reason.startswith("key_")} - {
        "key_unknown",
        "key_ambiguous",
        "key_mismatch",
    }
    # These are for building keys and lists, and for other kinds and forms of tokens.
    elsewhere = about_keys | OTHER_KINDS | ENCRYPTED_OR_IN_JSON
    of_proofs = {f"dpop_proof_{reason}" for reason in JOSE_REASONS}  # one row for all of them
    assert listed == set(REASONS) - elsewhere - of_proofs
    for reason in listed:
        TokenRefused(reason)
