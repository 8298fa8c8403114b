"""The guides to bound tokens and to selective disclosure do what they say."""

import re
import time
from typing import Any

import pytest

from sealwax.jose import Key
from sealwax.testing import stand_in
from tests.how_to.snippets import blocks, run
from tests.integrations import asgi_client
from tests.jose.test_confirmation import DER, PEM

URL = "https://api.example.com/notes"


def names_of(page: str) -> tuple[dict[str, Any], int]:
    """Run a page from its first block to its last; tells how many comments held."""
    names: dict[str, Any] = {}
    checked = sum(run(block.code, names) for block in blocks(page))
    return names, checked


@pytest.fixture(scope="module")
def binding() -> dict[str, Any]:
    return names_of("how-to/bind-tokens.md")[0]


def test_a_bound_token_is_good_with_a_proof_of_the_guide_and_once(binding: dict[str, Any]) -> None:
    send = asgi_client.sender(binding["app"])
    with stand_in(binding["notes"]) as api:
        token = api.token("notes:read", bound_to=binding["key"])
        headers = list(binding["headers"]("GET", URL, token).items())
        assert send("GET", "/notes", headers).status == 200
        again = send("GET", "/notes", headers)
        assert again.status == 401
        assert 'error="invalid_dpop_proof"' in again.headers["www-authenticate"]
        fresh = list(binding["headers"]("GET", URL + "?page=2", token).items())
        assert send("GET", "/notes", fresh).status == 200


def test_a_stolen_token_is_refused_by_the_api_of_the_guide(binding: dict[str, Any]) -> None:
    send = asgi_client.sender(binding["app"])
    with stand_in(binding["notes"]) as api:
        bound = api.token("notes:read", bound_to=binding["key"])
        stolen = api.token("notes:read", bound_to=Key.generate("ES256"))
        for headers in (
            [("Authorization", f"Bearer {bound}")],
            [("Authorization", f"Bearer {api.token('notes:read')}")],
            list(binding["headers"]("GET", URL, stolen).items()),
            list(binding["headers"]("POST", URL, bound).items()),
        ):
            assert send("GET", "/notes", headers).status == 401


def test_a_proof_for_the_token_endpoint_has_no_access_token(binding: dict[str, Any]) -> None:
    url = "https://id.example.com/token"
    proof = binding["dpop"].check(
        binding["proof"]("POST", url, nonce="n-1"),
        method="POST",
        url=url,
        now=int(time.time()),
        nonce="n-1",
    )
    assert "ath" not in proof.claims


def test_by_hand_a_proof_is_good_once_and_for_its_owner(binding: dict[str, Any]) -> None:
    check, now = binding["is_from_its_owner"], int(time.time())
    claims = {"cnf": {"jkt": binding["key"].thumbprint()}}
    proof = binding["proof"]("GET", URL, "a-token")
    assert check(claims, "a-token", proof, "GET", URL, now)
    assert not check(claims, "a-token", proof, "GET", URL, now)
    other = binding["proof"]("GET", URL, "a-token")
    assert not check({}, "a-token", other, "GET", URL, now)
    assert not check(
        {"cnf": {"jkt": Key.generate("ES256").thumbprint()}}, "a-token", other, "GET", URL, now
    )


def test_a_certificate_is_compared_by_its_thumbprint(binding: dict[str, Any]) -> None:
    thumbprint = binding["certificate_thumbprint"](DER)
    assert binding["is_of_the_token"](DER, thumbprint)
    assert not binding["is_of_the_token"](PEM, thumbprint)


def test_selective_disclosure_shows_what_the_guide_says() -> None:
    names, checked = names_of("how-to/selective-disclosure.md")
    assert checked == 7
    hidden = re.compile("Alice|Hauptstra|65|FR")
    shown = {name: value for name, value in names["person"].claims.items() if name != "cnf"}
    assert not hidden.search(str(shown))
    assert names["person"].key_binding.key.thumbprint() == names["holder_key"].thumbprint()
