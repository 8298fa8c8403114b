"""The command line itself: version, help, exit codes, and what a core install says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sealwax import __version__
from sealwax.cli import main
from sealwax.jose import Key, KeySet, jwt

NOW_AND_LONG = 4_000_000_000
SERVER_PACKAGES = ("msgspec", "uvicorn", "uvloop", "httptools", "jinja2", "fastapi", "flask")

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from sealwax.cli import main
sys.exit(main({words!r}))
"""


def _core_install(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command where the server's packages can't be imported."""
    program = BLOCKED.format(packages=SERVER_PACKAGES, words=list(words))
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def token_and_keys(tmp_path: Path) -> tuple[str, Path]:
    key = Key.generate("ES256")
    claims = {"iss": "https://id.example", "aud": "https://api.example", "exp": NOW_AND_LONG}
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KeySet([key.public()]).to_jwks()))
    return jwt.sign(claims, key, typ="at+jwt"), keys


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"sealwax {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["serve"],
        ["tour"],
        ["check"],
        ["inspect"],
        *(["user", action] for action in ("add", "list", "show", "disable", "enable", "delete")),
        ["user", "set-password"],
        *(["client", action] for action in ("add", "list", "show", "rotate-secret", "delete")),
        *(["resource", action] for action in ("add", "list", "show", "delete")),
        *(["key", action] for action in ("list", "rotate", "revoke")),
        *(["session", action] for action in ("list", "revoke")),
    ],
    ids=" ".join,
)
def test_every_command_has_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    assert "usage: sealwax" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["user"],
        ["user", "add"],
        ["user", "list", "--nonsense"],
        ["session", "revoke"],
    ],
    ids=" ".join,
)
def test_asked_wrongly_is_exit_code_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8000.5", "\uff18\uff10", "1" * 50])
def test_a_bad_port_names_itself(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"--port={port}"]) == 2
    assert f"--port: found '{port}'; accepted: 1 to 65535" in capsys.readouterr().err


def test_the_tour_wants_four_ports_in_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tour", "--port", "65533"]) == 2
    assert "accepted: 1 to 65532" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["serve"], "server"),
        (["check"], "server"),
        (["user", "list"], "server"),
        (["key", "list"], "server"),
        (["tour"], "tour"),
    ],
    ids=" ".join,
)
def test_a_core_install_says_which_extra_is_missing(words: list[str], extra: str) -> None:
    done = _core_install(*words)
    assert done.returncode == 1
    assert f"pip install 'sealwax[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_core_install_inspects(token_and_keys: tuple[str, Path]) -> None:
    token, keys = token_and_keys
    done = _core_install(
        "inspect", token, "--jwks", str(keys),
        "--issuer", "https://id.example", "--audience", "https://api.example",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "would accept it" in done.stdout


def test_inspect_tells_a_refusal_by_its_exit_code(
    token_and_keys: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    token, keys = token_and_keys
    words = ["inspect", token, "--jwks", str(keys), "--audience", "https://other.example", "--json"]
    assert main(words) == 1
    printed = json.loads(capsys.readouterr().out)
    failed = {c["name"]: c["reason"] for c in printed["checks"] if c["verdict"] == "failed"}
    assert failed == {"aud": "audience_mismatch"}


def test_inspect_reads_standard_input_and_a_pem(
    token_and_keys: tuple[str, Path], tmp_path: Path
) -> None:
    key = Key.generate("Ed25519")
    pem = tmp_path / "key.pem"
    pem.write_bytes(key.public().to_pem())
    token = jwt.sign({"exp": NOW_AND_LONG, "iss": "a", "aud": "b"}, key, typ="at+jwt")
    for text, code in ((token, 0), (token_and_keys[0], 1)):
        done = subprocess.run(
            [sys.executable, "-m", "sealwax", "inspect", "-", "--jwks", str(pem)],
            input=f"Bearer {text}\n", capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("/nowhere/keys.json", "can't be read: No such file"),
        ("http://192.0.2.1/keys", "--jwks: 'http://192.0.2.1/keys' holds no usable keys"),
        ("https://localhost:1/keys", "can't be fetched"),
    ],
)
def test_keys_that_cant_be_had_are_named(
    source: str, said: str, token_and_keys: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", token_and_keys[0], "--jwks", source]) == 1
    assert said in capsys.readouterr().err


def test_a_file_without_keys_is_named(
    token_and_keys: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (b"", b"{", b'{"keys":1}', b"\xff\xfe", b"[]"):
        file = tmp_path / "bad"
        file.write_bytes(content)
        assert main(["inspect", token_and_keys[0], "--jwks", str(file)]) == 1
        assert "holds no usable keys" in capsys.readouterr().err
