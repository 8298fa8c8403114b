from __future__ import annotations

import time
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.oauth.errors import InvalidRequest
from sealwax.oauth.parameters import (
    MAX_ENCODED_BYTES,
    MAX_NAME_CHARACTERS,
    MAX_PARAMETERS,
    MAX_VALUE_CHARACTERS,
    form_of,
    parse_form,
    parse_query,
)
from tests.oauth.given import refused

_PRINTABLE = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f"), max_size=30
)


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        pytest.param(b"", (), id="nothing"),
        pytest.param(b"a=1&b=2", (("a", "1"), ("b", "2")), id="two parameters"),
        pytest.param(b"a=", (), id="RFC 6749 3.1: without a value counts as omitted"),
        pytest.param(b"a", (), id="RFC 6749 3.1: without an equals sign too"),
        pytest.param(b"&&a=1&", (("a", "1"),), id="empty fields are nothing"),
        pytest.param(b"a=b=c", (("a", "b=c"),), id="only the first equals sign separates"),
        pytest.param(b"a=x+y%20z", (("a", "x y z"),), id="plus and percent are spaces"),
        pytest.param(b"a=%C3%BC", (("a", "ü"),), id="RFC 6749 B: UTF-8"),
        pytest.param(b"%61=1", (("a", "1"),), id="a name is decoded like a value"),
        pytest.param(
            b"resource=u&resource=v", (("resource", "u"), ("resource", "v")), id="RFC 8707 2"
        ),
    ],
)
def test_reads(encoded: bytes, expected: tuple[tuple[str, str], ...]) -> None:
    assert parse_form(encoded).items() == expected
    assert parse_query(encoded).items() == expected


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        pytest.param(b"a=1&a=2", "duplicate_parameter", id="RFC 6749 3.2: twice"),
        pytest.param(b"a=1&a=", "duplicate_parameter", id="twice, once without a value"),
        pytest.param(b"a=1&%61=1", "duplicate_parameter", id="twice, once in disguise"),
        pytest.param(b"a=&a=", "duplicate_parameter", id="twice without a value"),
        pytest.param(b"client_id=a&x=1&client_id=b", "duplicate_parameter", id="not adjacent"),
        pytest.param(b"a=%", "malformed_encoding", id="a lone percent sign"),
        pytest.param(b"a=%4", "malformed_encoding", id="half an escape"),
        pytest.param(b"a=%zz", "malformed_encoding", id="no escape"),
        pytest.param(b"a=b c", "malformed_encoding", id="a raw space"),
        pytest.param(b"a=b\nc", "malformed_encoding", id="a raw line feed"),
        pytest.param(b"a=\xc3\xbc", "malformed_encoding", id="raw bytes above ASCII"),
        pytest.param(b"a=%FF", "not_utf8", id="no UTF-8"),
        pytest.param(b"a=%ED%A0%80", "not_utf8", id="a lone surrogate"),
        pytest.param(b"a=%C0%80", "not_utf8", id="an overlong NUL"),
        pytest.param(b"a=%00", "control_character", id="NUL"),
        pytest.param(b"a=b%0D%0Ac", "control_character", id="CR LF"),
        pytest.param(b"a=%7F", "control_character", id="DEL"),
        pytest.param(b"a=%C2%85", "control_character", id="C1: next line"),
        pytest.param(b"%00=1", "control_character", id="NUL in a name"),
        pytest.param(b"&" * MAX_PARAMETERS, "too_many_parameters", id="too many fields"),
        pytest.param(b"a" * (MAX_NAME_CHARACTERS + 1), "name_too_long", id="a long name"),
        pytest.param(
            b"a=" + b"b" * (MAX_VALUE_CHARACTERS + 1), "value_too_long", id="a long value"
        ),
        pytest.param(b"a" * (MAX_ENCODED_BYTES + 1), "too_long", id="too long as a whole"),
    ],
)
def test_refuses(encoded: bytes, reason: str) -> None:
    with refused(InvalidRequest, reason):
        parse_form(encoded)


def test_an_empty_parameter_is_not_there() -> None:
    form = parse_form(b"a=&b=1")

    assert form.get("a") is None
    assert form.get("b") == "1"
    with refused(InvalidRequest, "parameter_missing"):
        form.require("a")
    assert form.require("b") == "1"


def test_all_gives_every_value_of_what_may_repeat() -> None:
    form = parse_form(b"resource=u&resource=&resource=v&resource=u&a=1")

    assert form.all("resource") == ("u", "v", "u")
    assert form.all("a") == ("1",)
    assert form.all("b") == ()


def test_a_repeated_parameter_is_named_only_if_it_is_one_of_ours() -> None:
    with pytest.raises(InvalidRequest, match=r"^client_id is given more than once$"):
        parse_form(b"client_id=a&client_id=b")
    with pytest.raises(InvalidRequest, match=r"^a parameter is given more than once$"):
        parse_form(b"hunter2=a&hunter2=b")


@pytest.mark.parametrize("encoded", [b"a" * 65_000 + b"%", b"%41" * 21_000 + b"%", b"=&" * 32_000])
def test_a_hostile_form_costs_no_time(encoded: bytes) -> None:
    started = time.perf_counter()

    with pytest.raises(InvalidRequest):
        parse_form(encoded)

    assert time.perf_counter() - started < 0.2


@given(st.dictionaries(_PRINTABLE.filter(bool), _PRINTABLE, max_size=10))
def test_what_was_encoded_is_read_back(values: dict[str, str]) -> None:
    form = parse_form(urlencode(values).encode())

    assert dict(form.items()) == {name: value for name, value in values.items() if value}


@given(st.binary(max_size=200))
def test_only_the_declared_error_escapes(encoded: bytes) -> None:
    try:
        form = parse_form(encoded)
    except InvalidRequest as error:
        assert len(error.description) < 100  # noqa: PT017  # whatever was sent is not in it
    else:
        assert form_of(form.items()).items() == form.items()
