"""What the page for operators shows is run as it stands there, and its tables are whole."""

import inspect
import re
from pathlib import Path

import pytest

from sealwax.integrations.opentelemetry import OpenTelemetryEvents
from sealwax.integrations.prometheus import PrometheusEvents
from sealwax.resource_server import HttpFetcher, Introspection, Verifier
from sealwax.resource_server.errors import FETCH_REASONS
from sealwax.resource_server.events import VerifierEvents
from tests.integrations.test_how_to import DOCS, blocks, run
from tests.resource_server.web_server import certificate

PAGE = "how-to/operate-the-verifier.md"
TEXT = (DOCS / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", blocks(PAGE))
def test_every_example_builds_what_it_says(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate(tmp_path, "internal-ca")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "from_the_documentation"}
    run(code, names)
    verifier = names.get("verifier")
    if verifier is None:
        assert issubclass(names["Alarm"], VerifierEvents)  # type: ignore[arg-type] # what the page defines
    else:
        assert isinstance(verifier, Verifier)
        assert not verifier.is_ready
        verifier.close()


def test_every_reason_of_a_failed_fetch_is_listed() -> None:
    table = TEXT.partition("| reason | |")[2].partition("\n\n")[0]
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines()[1:] if "|" in line)
    assert set(re.findall(r"`([a-z_]+)`", first_cells)) == set(FETCH_REASONS)


@pytest.mark.parametrize("described", [HttpFetcher, Introspection])
def test_every_setting_is_listed(described: type) -> None:
    table = TEXT.partition(f"| `{described.__name__}` | default | |")[2].partition("\n\n")[0]
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines()[1:] if "|" in line)
    assert set(re.findall(r"`([a-z_]+)`", first_cells)) == set(
        inspect.signature(described).parameters
    )


def test_every_event_has_its_counters() -> None:
    counters = re.findall(
        r"^\| `(sealwax_[a-z_]+)_total`.*\| `(sealwax\.[a-z.]+)` \|", TEXT, re.MULTILINE
    )
    assert len(counters) == len([name for name in vars(VerifierEvents) if name[0] != "_"])
    sources = [inspect.getsource(each) for each in (PrometheusEvents, OpenTelemetryEvents)]
    for prometheus, opentelemetry in counters:
        assert f'"{prometheus}"' in sources[0]
        assert f'"{opentelemetry}"' in sources[1]
