"""The reference page of jose names what there is."""

from inspect import isfunction, signature
from pathlib import Path
from types import ModuleType

import pytest

from sealwax.jose import (
    Key,
    confirmation,
    dpop,
    jwe,
    jws,
    jwt,
    replay,
    sd_jwt,
    security_event,
)
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS, KEY_MANAGEMENTS
from sealwax.jose.errors import REASONS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "jose.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", [ALGORITHMS, KEY_MANAGEMENTS, CONTENT_ENCRYPTIONS, REASONS])
def test_every_algorithm_and_reason_is_on_the_page(table: dict[str, object]) -> None:
    assert [name for name in table if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("module", [jws, jwe, jwt])
def test_every_public_name_is_on_the_page(module: object) -> None:
    own = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "").startswith(("sealwax.jose.jw", "sealwax.jose.jwe"))
        and getattr(value, "__module__", "") != "sealwax.jose.jwe_document"
    } - {"read_claims"}
    hidden = {"open_detached", "sign_document", "verify_document"}
    assert [name for name in own - hidden if name not in PAGE] == []


@pytest.mark.parametrize("module", [confirmation, dpop, replay, sd_jwt, security_event])
def test_every_argument_of_every_public_function_is_on_the_page(module: ModuleType) -> None:
    offered = set(getattr(module, "__all__", vars(module)))
    own = {
        name: value
        for name, value in vars(module).items()
        if name in offered
        and not name.startswith("_")
        and getattr(value, "__module__", "").startswith("sealwax.jose.")
        and getattr(value, "__module__", "").startswith(module.__name__)
    }
    assert own
    assert [name for name in own if name not in PAGE] == []
    for name, value in own.items():
        rows = [line for line in PAGE.splitlines() if f"{name}(" in line]
        if isfunction(value):
            assert any(all(one in row for one in signature(value).parameters) for row in rows), name


def test_every_verb_of_a_key_is_on_the_page() -> None:
    verbs = {name for name in vars(Key) if name.startswith(("from_", "to_", "thumb", "gen"))}
    assert [name for name in verbs if name not in PAGE] == []
