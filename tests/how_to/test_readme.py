"""What the README says of the library: its code runs, its table and its score are counted."""

import re
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from sealwax.jose import JoseError
from tests.how_to.peers import DECODERS, PROBES, REFUSALS, does, refuses
from tests.jose import test_vectors_wycheproof as wycheproof
from tests.vector_files import ABSENT, vectors_folder

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
LIBRARY = README.partition("## Only the library")[2].partition("\n## ")[0]
ROW = re.compile(r"^\| (?P<row>[^|]+) \|(?P<cells>(?: (?:yes|no) \|)+)$", re.MULTILINE)
TABLE = {
    match["row"]: [cell == "yes" for cell in re.findall(r"yes|no", match["cells"])]
    for match in ROW.finditer(LIBRARY)
}
SIGNATURES = {"signature": 401, "key": 26, "crypto": 49}
ENCRYPTED = {"encryption": 139, "crypto": 34}


def test_the_code_of_the_library_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```$", LIBRARY, re.MULTILINE | re.DOTALL)
    exec(compile(code, "<README>", "exec"), vars(ModuleType("readme")))  # noqa: S102 - our own README, which this test holds to its word
    assert capsys.readouterr().out == "ada\n"


def test_the_columns_are_the_libraries_and_versions_that_were_asked() -> None:
    header = next(line for line in LIBRARY.splitlines() if line.startswith("| | "))
    names = [cell.strip() for cell in header.strip("|").split("|")[1:]]
    assert [name.partition(" ")[0] for name in names] == list(DECODERS)
    for name, _, shown in (each.partition(" ") for each in names[1:]):
        assert version(name).split(".")[:2] == shown.split(".")


def test_every_row_was_asked_for() -> None:
    assert TABLE.keys() == {*PROBES, *REFUSALS}


@pytest.mark.parametrize("row", REFUSALS)
def test_what_is_refused(row: str) -> None:
    assert TABLE[row] == [refuses(library, row) for library in DECODERS]


@pytest.mark.parametrize("row", PROBES)
def test_what_is_there(row: str) -> None:
    try:
        probes = PROBES[row]()
    except JoseError as error:
        pytest.skip(f"this machine's OpenSSL has no such algorithm: {error}")
    assert TABLE[row] == [does(probes[library]) for library in DECODERS]


def is_decrypted(token: str, jwk: dict[str, object]) -> bool:
    return does(lambda: [wycheproof.decrypted(token, jwk)])


def test_the_score_is_the_one_that_the_vectors_give() -> None:
    if vectors_folder() is None:
        pytest.skip(ABSENT)
    verdicts = [
        wycheproof.is_accepted(token, jwk) is is_valid
        for file in SIGNATURES
        for _, is_valid, token, jwk in wycheproof.cases(file)
    ] + [
        is_decrypted(token, jwk) is is_valid
        for file in ENCRYPTED
        for _, is_valid, token, jwk in wycheproof.cases(file, "jwe")
    ]
    assert f"Of the {len(verdicts)} cases" in LIBRARY.replace("\n", " ")
    assert f"for JOSE, {sum(verdicts)} have the verdict" in LIBRARY.replace("\n", " ")


def test_the_deviations_are_those_with_a_name() -> None:
    named = {
        "need `RSA1_5`": wycheproof.RSA1_5,
        "use a key for another algorithm": wycheproof.OTHER_ALGORITHM,
        "hold a character that is no base64url": wycheproof.PLACEHOLDER,
        "are marked invalid": wycheproof.SAME_TEXT,
    }
    text = LIBRARY.replace("\n", " ")
    for words, cases in named.items():
        assert f"{len(cases)} {words}" in text
    assert f"other {sum(map(len, named.values()))} are deviations" in text
