"""Imports point down only, third-party packages stay in their rooms, pure rooms stay pure."""

import pytest

from tests.architecture.layers import (
    broken_layers,
    foreign_imports,
    impure_imports,
    room_of,
)
from tests.architecture.source_tree import Module, source_modules


def test_imports_point_down_only() -> None:
    assert broken_layers(source_modules()) == []


def test_third_party_packages_stay_in_their_rooms() -> None:
    assert foreign_imports(source_modules()) == []


def test_pure_rooms_reach_nothing_outside() -> None:
    assert impure_imports(source_modules()) == []


def module(name: str, text: str, *, is_package: bool = False) -> Module:
    return Module(f"sealwax.{name}".removesuffix("."), is_package, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("jose.keys", "from sealwax.records import Client"),
        ("jose.keys", "import sealwax.clock"),
        ("jose.keys", "def f():\n    from sealwax.server import app"),
        ("jose.keys", "from ..oauth.errors import OAuthError"),
        (
            "jose.keys",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .. import cli",
        ),
        ("jose.keys", "from sealwax import Verifier"),
        ("oauth.scope", "from sealwax.identity import password"),
        ("storage.contracts", "from sealwax.storage import sqlite"),
        ("storage.sqlite.writer", "from sealwax.pages import render"),
        ("resource_server.verifier", "from sealwax.config import Settings"),
        ("inspector.report", "from sealwax.oauth.errors import OAuthError"),
        ("integrations.flask", "from sealwax.oauth import scope"),
        ("server.app", "from sealwax.cli import main"),
        ("", "from sealwax.server import app"),
        ("helpers", "import json"),
        ("storage.contracts", "from sealwax.storage.sqlite import writer"),
    ],
)
def test_an_import_that_does_not_point_down_is_found(name: str, text: str) -> None:
    assert len(broken_layers([module(name, text)])) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("jose.keys", "from sealwax.jose.errors import JoseError\nfrom .encoding import b64"),
        ("oauth.scope", "from sealwax.records import Client"),
        ("storage.contracts", "from sealwax.records import Client"),
        ("storage.sqlite.writer", "from sealwax.storage.contracts import Clients"),
        ("storage.sqlite.writer", "from sealwax.storage import contracts"),
        ("config", "from sealwax.secret import Secret"),
        ("", "from sealwax.resource_server import Verifier"),
        ("cli.main", "from sealwax.tour import run"),
        ("cli.parser", "from sealwax import __version__"),
        ("__main__", "from sealwax.cli import main"),
    ],
)
def test_an_import_that_points_down_is_fine(name: str, text: str) -> None:
    assert broken_layers([module(name, text, is_package=name == "")]) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("jose.keys", "import msgspec"),
        ("jose.keys", "import requests"),
        ("inspector.report", "from jinja2 import Template"),
        ("resource_server.verifier", "def f():\n    from starlette.requests import Request"),
        ("integrations.flask", "import fastapi"),
        ("oauth.scope", "import cryptography"),
        ("server.app", "import flask"),
    ],
)
def test_a_third_party_import_out_of_its_room_is_found(name: str, text: str) -> None:
    assert len(foreign_imports([module(name, text)])) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("jose.keys", "from cryptography.hazmat.primitives import hashes\nimport json"),
        ("integrations.fastapi", "import fastapi\nimport starlette"),
        ("pages.render", "def f():\n    import jinja2"),
    ],
)
def test_a_third_party_import_in_its_room_is_fine(name: str, text: str) -> None:
    assert foreign_imports([module(name, text)]) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("jose.jwt", "import time"),
        ("oauth.scope", "import urllib.request"),
        ("identity.password", "from os import urandom"),
        ("records.client", "def f():\n    import logging"),
    ],
)
def test_a_pure_room_that_reaches_out_is_found(name: str, text: str) -> None:
    assert len(impure_imports([module(name, text)])) == 1


def test_a_pure_room_may_take_urls_apart() -> None:
    assert impure_imports([module("oauth.scope", "from urllib.parse import parse_qsl")]) == []


@pytest.mark.parametrize(
    ("name", "room"),
    [
        ("sealwax", ""),
        ("sealwax.clock", "clock"),
        ("sealwax.jose.jwt", "jose"),
        ("sealwax.storage", "storage"),
        ("sealwax.storage.contracts", "storage"),
        ("sealwax.storage.sqlite.writer", "storage.sqlite"),
        ("sealwax.storage.Storage", "storage"),
        ("sealwax.utils", None),
    ],
)
def test_each_module_lies_in_one_room(name: str, room: str | None) -> None:
    assert room_of(name) == room
