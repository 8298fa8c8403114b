"""What no file of the repository may hold."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.architecture.tracked_files import tracked_texts

# Each pattern is written so that it does not find itself.
FORBIDDEN = {
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/\w"),
    "a package host (installers know theirs; lock files hold versions and hashes)": re.compile(
        r"(?!https://github\.com/rust-lang/crates\.io-index\")"  # cargo's own name for its registry
        r"https?://[^\s\"'>)]*(?:pypi\b|pythonhosted|npmjs|crates\.io)"
    ),
    "an option that names a package index": re.compile(r"--(?:(?:extra-)?index-url|find-links)\b"),
    "a document that is not in the repository": re.compile(
        r"\b(?:DESIGN|STYLE|STACK|STANDARDS|ATTACKS|PEERS|ARCHITECTURE)\.md\b"
    ),
    "a private key in the clear": re.compile(
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}"
    ),
}


def found_in(texts: Mapping[Path, str]) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group()}"
        for path, text in texts.items()
        for what, pattern in FORBIDDEN.items()
        for match in pattern.finditer(text)
    ]


def test_no_file_holds_what_is_forbidden() -> None:
    assert found_in(tracked_texts()) == []


@pytest.mark.parametrize(
    "text",
    [
        "cd /ho" + "me/somebody/sealwax",
        "resolved https" + "://registry.npmjs.org/jose",
        "--" + "index-url https://example.org",
        "see DESIGN" + ".md",
        "-----BEGIN " + "PRIVATE KEY-----\n" + "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
    ],
)
def test_what_is_forbidden_is_found(text: str) -> None:
    assert len(found_in({Path("some.txt"): text})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "https://id.example.com/home/page",
        "jose (npm), sealwax (PyPI)",
        "/home/",
        "httpx2==2.16.2",
        "-----BEGIN PUBLIC KEY-----",
    ],
)
def test_what_only_looks_so_is_left_alone(text: str) -> None:
    assert found_in({Path("some.txt"): text}) == []


def test_every_text_file_ends_with_one_line_end() -> None:
    texts = tracked_texts("*.py", "*.md", "*.toml", "*.txt", "*.sql", "*.html", "*.css", "*.js")
    wrong = [
        str(path) for path, text in texts.items() if text and not re.search(r"[^\n]\n\Z", text)
    ]
    assert wrong == []
