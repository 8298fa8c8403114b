"""The guide to testing an API: its files, as they stand there, are a project whose tests pass."""

from pathlib import Path

from sealwax.testing import FAULTS
from tests.how_to.snippets import blocks
from tests.testing.plugin_runs import run_pytest

PAGE = "how-to/test-your-api.md"
FILES = {block.title: block.code for block in blocks(PAGE)}


def test_the_tests_of_the_guide_pass(tmp_path: Path) -> None:
    assert set(FILES) == {"api.py", "test_api.py", "conftest.py", "test_bound.py", "over_http.py"}
    names = ["test_api.py", "test_bound.py", "over_http.py"]
    result = run_pytest(tmp_path, FILES, *names, looks_for_plugins=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"\n{5 + len(FAULTS)} passed" in result.stdout


def test_they_fail_where_the_api_checks_nothing(tmp_path: Path) -> None:
    careless = FILES["api.py"].replace('@notes.requires("notes:read")\n', "")
    careless = careless.replace("{current_token().subject}", "alice")
    result = run_pytest(tmp_path, {**FILES, "api.py": careless}, "test_api.py")
    assert f"\n{3 + len(FAULTS)} failed, 1 passed" in result.stdout


def test_they_find_a_setting_that_lets_too_much_through(tmp_path: Path) -> None:
    careless = FILES["api.py"].replace('.example.com")\n', '.example.com", status=False)\n')
    result = run_pytest(tmp_path, {**FILES, "api.py": careless}, "test_api.py")
    assert "test_nor_does_a_wrong_token[taken_back]" in result.stdout
    assert "\n1 failed, " in result.stdout


def test_the_fixtures_of_the_conftest_replace_those_of_the_plugin(tmp_path: Path) -> None:
    text = """
def test_it(sealwax_issuer, sealwax_headers, sealwax_verifier):
    token = sealwax_headers("a")["Authorization"].removeprefix("Bearer ")
    verified = sealwax_verifier.verify_sync(token)
    assert (verified.issuer, verified.header["alg"]) == ("https://id.example.com", "RS256")
    assert verified.audience == ("https://api.example.com",)
"""
    files = {"conftest.py": FILES["conftest.py"], "test_it.py": text}
    result = run_pytest(tmp_path, files)
    assert result.returncode == 0, result.stdout + result.stderr
