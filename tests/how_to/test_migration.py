"""The guides for those who come from another library: every snippet runs, every table is true."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from types import ModuleType
from typing import Any

import pytest

from sealwax import Verifier
from sealwax.jose import JoseError, Key, KeySet
from sealwax.testing import TestIssuer, serve_issuer
from tests.how_to import foreign_verdicts, refused_on_purpose
from tests.how_to.snippets import DOCS, blocks, run

LIBRARIES = {
    "pyjwt": "PyJWT",
    "python-jose": "python-jose",
    "authlib-jose": "authlib.jose",
    "joserfc": "joserfc",
}
OURS = "Sealwax"
EVERY_GUIDE = [*(f"how-to/migrate-from-{name}.md" for name in LIBRARIES), "how-to/migrate-jwt.md"]
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def issuer() -> Iterator[TestIssuer]:
    with serve_issuer(algorithm="RS256") as issuer:
        yield issuer


@pytest.fixture(scope="module")
def at_hand(issuer: TestIssuer) -> dict[str, Any]:
    """What the guides say that their readers have."""
    key = Key.generate("RS256", kid="2026-11")
    elliptic = Key.generate("ES256")
    return {
        "secret": foreign_verdicts.SECRET,
        "private_pem": key.to_pem(private=True),
        "public_pem": key.to_pem(),
        "jwks": KeySet([key.public(), elliptic.public()]).to_jwks(),
        "elliptic_jwk": elliptic.to_jwk(private=True),
        "now": foreign_verdicts.NOW,
        "claims": dict(foreign_verdicts.CLAIMS),
        "issuer_url": issuer.issuer,
        "jwks_url": issuer.jwks_uri,
        "access_token": issuer.token("https://api.example.com", subject="alice"),
    }


@pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning")
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("page", EVERY_GUIDE)
def test_every_snippet_does_what_it_says(page: str, at_hand: dict[str, Any]) -> None:
    names: dict[str, dict[str, Any]] = {}
    checked: dict[str, int] = {}
    for block in blocks(page):
        module = names.setdefault(block.title, {**vars(ModuleType(block.title)), **at_hand})
        checked[block.title] = checked.get(block.title, 0) + run(block.code, module)
    for module in names.values():
        if isinstance(verifier := module.get("verifier"), Verifier):
            verifier.close()
    assert all(checked.values()), checked


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_guide_has_code_of_both(library: str) -> None:
    titles = {block.title for block in blocks(f"how-to/migrate-from-{library}.md")}
    assert titles == {LIBRARIES[library], OURS}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_guide_names_the_version_that_it_was_run_with(library: str) -> None:
    distribution = library.removesuffix("-jose") if library == "authlib-jose" else library
    parts = version(distribution).split(".")[:2]
    text = (DOCS / f"how-to/migrate-from-{library}.md").read_text(encoding="utf-8")
    assert f" {'.'.join(parts)}.\n" in text


def rows(page: str, heading: str) -> list[tuple[str, ...]]:
    text = (DOCS / page).read_text(encoding="utf-8").partition(f"## {heading}")[2]
    table = text.partition("\n## ")[0]
    return [match.groups() for match in ROW.finditer(table)][1:]


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_table_of_refusals_is_what_both_do(library: str) -> None:
    said = [
        (fault, theirs.strip("`"), ours.strip("`"), reason.strip("`"))
        for fault, theirs, ours, reason in rows(f"how-to/migrate-from-{library}.md", "Refusals")
    ]
    found = [row for row in foreign_verdicts.table(library) if row[0] != "nothing"]
    assert [(fault, *rest) for fault, *rest in said] == [
        (fault, "*accepted*" if theirs == "accepted" else theirs, ours, reason)
        for fault, theirs, ours, reason in found
    ]


def test_a_token_without_fault_is_accepted_by_all() -> None:
    good = foreign_verdicts.TOKENS["nothing"]
    for decode in (*foreign_verdicts.LIBRARIES.values(), foreign_verdicts.verify_with_sealwax):
        assert foreign_verdicts.verdict(decode, good) == "accepted"


PURPOSE = {
    match[1]: match[2]
    for match in re.finditer(
        r"^\| (.+?) \| (.+?) \| .+ \|$",
        (DOCS / "how-to/migrate-jwt.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    if match[1] != "what worked elsewhere"
}


def test_every_row_of_what_is_refused_on_purpose_is_shown() -> None:
    assert PURPOSE.keys() == refused_on_purpose.SHOWN.keys()


@pytest.mark.parametrize("row", refused_on_purpose.SHOWN)
def test_it_is_refused_as_the_guide_says(row: str) -> None:
    found: set[str] = set()
    for attempt in refused_on_purpose.SHOWN[row]:
        with pytest.raises((JoseError, TypeError, ValueError)) as refused:
            attempt()
        error = refused.value
        if isinstance(error, JoseError):
            found.add(error.reason)
        else:
            found.add("TypeError" if isinstance(error, TypeError) else "ValueError")
    assert found == set(re.findall(r"`(\w+)`", PURPOSE[row]))
