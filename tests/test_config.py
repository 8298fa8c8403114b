"""Settings come from file, environment and flags; what can't be used is said in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.config import ConfigurationError, Settings, load
from sealwax.config.reading import environment_name, setting_names
from sealwax.config.rules import check_issuer_url

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference" / "configuration.md"
CANARY = "canary-key-that-must-not-be-shown"


def given_file(folder: Path, text: str) -> Path:
    path = folder / "sealwax.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(overrides: dict[str, object]) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load(None, {}, overrides)
    return caught.value


def test_nothing_given_means_loopback_with_the_port_in_the_issuer() -> None:
    settings = load(None, {}, {})
    assert settings.issuer.url == "http://localhost:8000"
    assert settings.server.host == "127.0.0.1"
    assert load(None, {}, {"server.port": 9001}).issuer.url == "http://localhost:9001"


def test_tls_files_make_the_default_issuer_https() -> None:
    settings = load(
        None, {}, {"server.tls_certificate_file": "c.pem", "server.tls_key_file": "k.pem"}
    )
    assert settings.issuer.url == "https://localhost:8000"
    assert settings.server.is_tls


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = given_file(tmp_path, "[server]\nport = 1001\nkeep_alive_seconds = 11\n[status]\n")
    environ = {"SEALWAX_SERVER__PORT": "1002", "SEALWAX_STATUS__TTL_SECONDS": "22"}
    settings = load(file, environ, {"server.port": 1003, "status.ttl_seconds": None})
    assert settings.server.port == 1003
    assert settings.server.keep_alive_seconds == 11
    assert settings.status.ttl_seconds == 22


def test_relative_paths_in_the_file_start_at_its_folder(tmp_path: Path) -> None:
    file = given_file(tmp_path, '[storage]\ndata_folder = "data"\n')
    assert load(file, {}, {}).storage.data_folder == tmp_path / "data"
    environ = {"SEALWAX_STORAGE__DATA_FOLDER": "elsewhere"}
    assert load(file, environ, {}).storage.data_folder == Path("elsewhere")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("server.port", " 8443 ", 8443),
        ("logging.access", "FALSE", False),
        ("logging.access", "true", True),
        ("server.trusted_proxies", "10.0.0.1, 10.1.0.0/16", ("10.0.0.1", "10.1.0.0/16")),
        ("server.trusted_proxies", "", ()),
        ("keys.algorithms", "ES256,Ed25519", ("ES256", "Ed25519")),
        ("logging.format", "text", "text"),
    ],
)
def test_the_environment_speaks_text(name: str, text: str, expected: object) -> None:
    settings = load(None, {environment_name(name): text}, {})
    table, _, key = name.partition(".")
    assert getattr(getattr(settings, table), key) == expected


def test_a_variable_that_is_no_setting_of_ours_is_left_alone() -> None:
    load(None, {"SEALWAX_VECTORS": "/somewhere", "PATH": "/bin", "OTHER__X": "1"}, {})


@pytest.mark.parametrize(
    ("overrides", "field", "part"),
    [
        ({"server.port": 0}, "server.port", "1 to 65535"),
        ({"server.port": 65536}, "server.port", "1 to 65535"),
        ({"server.port": "8000"}, "server.port", "a whole number"),
        ({"server.port": True}, "server.port", "a whole number"),
        ({"server.port": 80.5}, "server.port", "a whole number"),
        ({"logging.access": "yes"}, "logging.access", "true or false"),
        ({"logging.format": "xml"}, "logging.format", "auto, json, text"),
        ({"storage.data_folder": ""}, "storage.data_folder", "a path"),
        ({"keys.algorithms": ["none"]}, "keys.algorithms", "ES256"),
        ({"keys.algorithms": ["RS256"]}, "keys.algorithms", "ES256"),
        ({"keys.algorithms": ["ES256", "ES256"]}, "keys.algorithms", "without repetitions"),
        ({"server.prot": 1}, "server.prot", "did you mean server.port?"),
        ({"sever.port": 1}, "sever.port", "did you mean server.port?"),
        ({"server.tls_key_file": "k"}, "server.tls_certificate_file", "both TLS files"),
        ({"server.tls_certificate_file": "c"}, "server.tls_key_file", "both TLS files"),
        ({"server.trusted_proxies": ["proxy"]}, "server.trusted_proxies", "10.0.0.0/24"),
        ({"server.trusted_proxies": ["10.0.0.1/8"]}, "server.trusted_proxies", "a network"),
        ({"server.trusted_proxies": ["0.0.0.0/0"]}, "server.trusted_proxies", "every client"),
        ({"server.trusted_proxies": ["::/0"]}, "server.trusted_proxies", "every client"),
        ({"signin.session_idle_seconds": 50_000}, "signin.session_idle_seconds", "43200"),
        ({"status.ttl_seconds": 3600, "status.lifetime_seconds": 60}, "status.ttl_seconds", "60"),
        (
            {"keys.publish_ahead_seconds": 172_800, "keys.rotation_days": 1},
            "keys.publish_ahead_seconds",
            "86400",
        ),
        ({"tokens.refresh_retry_window_seconds": 31}, "tokens.refresh_retry_window_seconds", "30"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_is_accepted(
    overrides: dict[str, object], field: str, part: str
) -> None:
    error = refusal(overrides)
    assert error.field == field
    assert part in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("environ", "field"),
    [
        ({"SEALWAX_SERVER__PROT": "1"}, "SEALWAX_SERVER__PROT"),
        ({"SEALWAX_SERVER__PORT": "eighty"}, "server.port"),
        ({"SEALWAX_SERVER__PORT": "٨٠٠٠"}, "server.port"),
        ({"SEALWAX_SERVER__PORT": "-1"}, "server.port"),
        ({"SEALWAX_LOGGING__ACCESS": "1"}, "logging.access"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(environ: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(None, environ, {})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[server\n", "TOML in UTF-8"),
        ("[server]\nport = 1\nport = 2\n", "TOML in UTF-8"),
        ("[sevrer]\n", "did you mean server?"),
        ("port = 8000\n", "an unknown table"),
        ("[server]\nport = '8000'\n", "server.port"),
        ("x = " + "[" * 5000, "TOML in UTF-8"),
        ("#" * (1024 * 1024 + 1), "at most 1048576 bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_one_sentence(
    tmp_path: Path, text: str, part: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(given_file(tmp_path, text), {}, {})
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_utf_8_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: found no such file"):
        load(tmp_path / "nowhere.toml", {}, {})
    (tmp_path / "latin.toml").write_bytes(b"[issuer]\nurl = '\xff'\n")
    with pytest.raises(ConfigurationError, match="TOML in UTF-8"):
        load(tmp_path / "latin.toml", {}, {})


@pytest.mark.parametrize("value", [CANARY, 4711, [CANARY], "A" * 42, "A" * 44, "!" * 43], ids=str)
def test_a_wrong_secret_is_never_shown(value: object) -> None:
    error = refusal({"keys.encryption_key": value})
    assert error.field == "keys.encryption_key"
    for shown in (str(error), error.found, repr(error)):
        assert CANARY not in shown
        assert "4711" not in shown
        assert "!!!" not in shown


def test_a_secret_is_hidden_in_the_settings() -> None:
    settings = load(None, {"SEALWAX_KEYS__ENCRYPTION_KEY": "A" * 43}, {})
    assert settings.keys.encryption_key is not None
    assert settings.keys.encryption_key.reveal() == "A" * 43
    assert "AAAA" not in repr(settings)


def test_two_sources_of_the_key_encryption_key_are_refused() -> None:
    error = refusal({"keys.encryption_key": "A" * 43, "keys.encryption_key_file": "f"})
    assert "either" in str(error)


def test_what_was_found_is_cut_and_escaped() -> None:
    error = refusal({"logging.format": "\x1b[31m\n" + "x" * 10_000})
    assert len(str(error)) < 300
    assert "\x1b" not in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example.com",
        "https://id.example.com:8443",
        "http://localhost:8000",
        "http://127.0.0.1",
        "http://[::1]:8000",
        "https://xn--bcher-kva.example",
    ],
)
def test_an_issuer_of_scheme_host_and_port_is_accepted(url: str) -> None:
    check_issuer_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example.com/",
        "https://id.example.com/tenant",
        "https://id.example.com?x=1",
        "https://id.example.com?",
        "https://id.example.com#x",
        "https://id.example.com#",
        "https://user@id.example.com",
        "https://user:pass@id.example.com",
        "https://ID.example.com",
        "HTTPS://id.example.com",
        "https://id.example.com:443",
        "http://localhost:80",
        "https://id.example.com:0",
        "https://id.example.com:99999",
        "https://id.example.com:",
        "https://bücher.example",
        "https://id example.com",
        "https://",
        "https:id.example.com",
        "//id.example.com",
        "id.example.com",
        "ftp://id.example.com",
        "javascript:alert(1)",
        "https://id.example.com\\@evil.example",
        "https://id.example.com\n",
        "https://id.example.com\t",
        "https://[::1",
        "",
        "x" * 5000,
    ],
)
def test_any_other_issuer_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_issuer_url(url)
    assert len(str(caught.value)) < 500


@given(st.text())
def test_no_text_breaks_the_check_of_an_issuer(url: str) -> None:
    try:
        check_issuer_url(url)
    except ConfigurationError:
        return
    assert re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d+)?", url)


TLS = {"server.tls_certificate_file": "c.pem", "server.tls_key_file": "k.pem"}
PROXY = {"server.trusted_proxies": ["10.0.0.2"]}


@pytest.mark.parametrize(
    "overrides",
    [
        {"issuer.url": "https://id.example.com"},
        {"issuer.url": "https://id.example.com", "server.host": "0.0.0.0", **TLS},  # noqa: S104  # a test of it
        {"issuer.url": "https://id.example.com", "server.host": "::", **PROXY},
        {"server.host": "::1"},
        {"server.host": "127.8.9.10"},
        {"server.host": "localhost"},
    ],
)
def test_a_safe_transport_is_accepted(overrides: dict[str, object]) -> None:
    load(None, {}, overrides)


@pytest.mark.parametrize(
    ("overrides", "field", "reason"),
    [
        ({"issuer.url": "http://id.example.com"}, "issuer.url", "passwords and tokens"),
        ({"issuer.url": "http://10.0.0.1"}, "issuer.url", "passwords and tokens"),
        ({"issuer.url": "http://localhost.evil.example"}, "issuer.url", "passwords and tokens"),
        ({"server.host": "0.0.0.0"}, "server.host", "plain http beyond loopback"),  # noqa: S104  # a test of it
        ({"server.host": "::"}, "server.host", "plain http beyond loopback"),
        ({"server.host": "0.0.0.0", **PROXY}, "server.host", "plain http"),  # noqa: S104  # a test of it
        (
            {"server.host": "10.0.0.1", "issuer.url": "https://id.example.com"},
            "server.host",
            "plain http",
        ),
        ({"issuer.url": "http://localhost:8000", **TLS}, "issuer.url", "speaks TLS"),
    ],
)
def test_plain_http_beyond_loopback_is_refused_with_the_reason(
    overrides: dict[str, object], field: str, reason: str
) -> None:
    error = refusal(overrides)
    assert error.field == field
    assert reason in error.reason


def test_settings_can_not_be_changed() -> None:
    settings = load(None, {}, {})
    with pytest.raises(AttributeError):
        settings.server.port = 1  # type: ignore[misc]  # that it can't be done is the test
    assert isinstance(settings, Settings)


def documented() -> dict[str, str]:
    """Give each setting of the reference with the text below its heading."""
    text = REFERENCE.read_text(encoding="utf-8")
    parts = re.split(r"^### `([a-z0-9_.]+)`$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_setting_has_a_heading_in_the_reference_and_no_other_has() -> None:
    assert tuple(documented()) == setting_names()


@pytest.mark.parametrize("name", setting_names())
def test_the_reference_tells_default_and_variable_of_each_setting(name: str) -> None:
    table, _, key = name.partition(".")
    value = getattr(getattr(Settings(), table), key)
    text = documented()[name]
    assert f"Default: {shown_default(value)}" in text
    assert f"`{environment_name(name)}`" in text


def shown_default(value: object) -> str:
    if value in (None, "", ()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{entry}"' for entry in value) + "]`"
    return f"`{value}`" if isinstance(value, int) else f'`"{value}"`'
