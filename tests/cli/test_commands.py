"""Commands on a real data folder: what they keep, what they print, and how they fail."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sealwax.cli import main

PASSWORD = "correct horse battery staple 7"
API = "https://api.example.com"
Run = Callable[..., "Result"]


class Result:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:  # noqa: ANN401 -- what a program reads: any JSON
        assert self.code == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run_command(*words: str, stdin: str = "", data: Path | None = None) -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([*words, "--data", str(data or tmp_path / "data")])
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    return run_command


def test_a_user_is_added_with_a_link_and_shown_without_a_secret(run: Run) -> None:
    added = run("user", "add", "Ada", "--email", "ada@example.com", "--json").json
    assert added["username"] == "ada"
    assert added["password_link"].startswith("http://localhost:8000/password?link=swl_")
    shown = run("user", "show", "ADA", "--json").json
    assert shown["user_id"] == added["user_id"]
    assert shown["has_password"] is False
    assert "swl_" not in json.dumps(shown)
    again = run("user", "add", "ada")
    assert again.code == 1
    assert again.err == "sealwax: a user with this username exists already\n"


def test_a_password_is_read_from_standard_input_and_held_to_the_rules(run: Run) -> None:
    short = run("user", "add", "ada", "--password-stdin", stdin="short\n")
    assert short.code == 1
    assert "at least 15" in short.err
    assert "short\n" not in short.err
    assert run("user", "list", "--json").json == []
    added = run("user", "add", "ada", "--password-stdin", "--json", stdin=f"{PASSWORD}\n").json
    assert added["has_password"] is True
    assert PASSWORD not in json.dumps(added)
    assert "argon2" not in json.dumps(added)
    changed = run("user", "set-password", "ada", "--password-stdin", stdin="another " + PASSWORD)
    assert changed.out == "the password of ada is set; their sessions are ended\n"


def test_a_user_is_disabled_enabled_and_deleted(run: Run) -> None:
    run("user", "add", "ada")
    assert run("user", "disable", "ada").code == 0
    assert "disabled" in run("user", "list").out
    assert run("user", "enable", "ada").code == 0
    assert "no password yet" in run("user", "list").out
    refused = run("user", "delete", "ada")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert run("user", "delete", "ada", "--yes").code == 0
    gone = run("user", "show", "ada")
    assert (gone.code, gone.err) == (
        1,
        "sealwax: there is no person 'ada'; 'sealwax user list' shows all\n",
    )


def test_a_client_gets_a_secret_once_and_a_new_one_by_rotation(run: Run) -> None:
    run("resource", "add", API, "--scope", "notes:read")
    words = ("--grant-type", "client_credentials", "--scope", "notes:read", "--default-resource")
    added = run("client", "add", "service", *words, API, "--json").json
    assert added["client_secret"].startswith("sws_")
    shown = run("client", "show", "service", "--json").json
    assert shown["client_secrets"] == 1
    assert "sws_" not in json.dumps(shown)
    rotated = run("client", "rotate-secret", "service", "--json").json
    assert rotated["client_secrets"] == 2
    assert rotated["client_secret"] != added["client_secret"]
    assert run("client", "rotate-secret", "service", "--json").json["client_secrets"] == 2
    dropped = run("client", "rotate-secret", "service", "--drop-old", "--json").json
    assert dropped["client_secrets"] == 1
    assert run("client", "delete", "service", "--yes").code == 0
    assert run("client", "list", "--json").json == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("client", "add", "usr_x", "--redirect-uri", "https://a.example/"), "client_id: found"),
        (("client", "add", "web", "--redirect-uri", "http://a.example/"), "redirect_uris: found"),
        (("client", "add", "web"), "redirect_uris: found ''; accepted: at least one"),
        (
            ("client", "add", "web", "--redirect-uri", "https://a.example/", "--introspects", API),
            "introspects: found",
        ),
        (
            ("client", "add", "web", "--auth-method", "private_key_jwt", "--jwks", "/nowhere"),
            "--jwks: '/nowhere' can't be read: No such file or directory",
        ),
        (("resource", "add", "api"), "identifier: found 'api'; accepted: an absolute URI"),
        (("resource", "add", API, "--lifetime", "soon"), "--lifetime: found 'soon'"),
        (("resource", "add", API, "--lifetime", "5"), "access_token_lifetime_seconds: found '5'"),
        (("user", "add", "two words"), "the username is not_allowed"),
        (("client", "rotate-secret", "nobody"), "there is no client 'nobody'"),
        (("resource", "show", API), "there is no API"),
        (("resource", "delete", API, "--yes"), "there is no such resource"),
        (("session", "revoke", "nothing"), "there is no session 'nothing'"),
        (("session", "revoke", "--user", "nobody"), "there is no person 'nobody'"),
        (("key", "revoke", "nothing", "--yes"), "there is no such signing key"),
    ],
)
def test_bad_input_is_one_sentence_and_keeps_nothing(
    run: Run, words: tuple[str, ...], said: str
) -> None:
    run("user", "add", "somebody")
    refused = run(*words)
    assert refused.code in {1, 2}
    assert refused.err.startswith("sealwax: ")
    assert said in refused.err
    assert refused.err.count("\n") == 1
    assert refused.out == ""
    assert run("client", "list", "--json").json == []
    assert run("resource", "list", "--json").json == []


def test_a_folder_that_is_not_there_is_not_made_by_looking(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "elsewhere"
    refused = run("user", "list", data=missing)
    assert refused.code == 1
    assert "'sealwax serve' makes one" in refused.err
    assert not missing.exists()


def test_a_data_folder_that_is_a_file_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    refused = run("user", "add", "ada", data=file)
    assert refused.code == 1
    assert "storage.data_folder" in refused.err
    assert file.read_text() == "not a folder"


def test_keys_rotate_and_are_revoked(run: Run) -> None:
    run("user", "add", "somebody")
    first = run("key", "rotate", "--json").json
    assert first["state"] == "signs"
    second = run("key", "rotate", "--json").json
    listed = {key["kid"]: key["state"] for key in run("key", "list", "--json").json}
    assert listed == {first["kid"]: "signs", second["kid"]: "published, signs next"}
    assert run("key", "revoke", first["kid"], "--yes").code == 0
    states = sorted(key["state"] for key in run("key", "list", "--json").json)
    assert states[-2:] == ["revoked", "signs"]


def test_lists_say_when_they_are_empty(run: Run) -> None:
    run("resource", "add", API)
    assert "no clients" in run("client", "list").out
    assert "no living sessions" in run("session", "list").out
    assert "no people" in run("user", "list").out


def test_check_tells_findings_with_remedies(run: Run) -> None:
    run("user", "add", "somebody")
    checked = run("check", "--json")
    assert checked.code == 0
    assert all(finding["remedy"] for finding in checked.json)
    assert {finding["subject"] for finding in checked.json} >= {"issuer.url"}
    assert "remedy: " in run("check").out


def test_check_before_the_first_start_makes_nothing(run: Run, tmp_path: Path) -> None:
    checked = run("check", data=tmp_path / "new")
    assert checked.code == 0
    assert "start the server once" in checked.out
    assert not (tmp_path / "new").exists()


def test_control_characters_never_reach_the_terminal(run: Run) -> None:
    refused = run("client", "show", "\x1b[31mred\x07")
    assert "\x1b" not in refused.err
    assert "\x07" not in refused.err
