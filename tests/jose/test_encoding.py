"""Base64url and JSON: one form is read, and it is the form that is written."""

import base64
import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import encoding
from sealwax.jose.encoding import (
    MAX_JSON_DEPTH,
    EncodingError,
    base64url_decode,
    base64url_encode,
    parse_json_object,
    write_json,
)

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize(
    ("data", "text"),
    [  # RFC 4648 §10, without the padding
        (b"", b""),
        (b"f", b"Zg"),
        (b"fo", b"Zm8"),
        (b"foo", b"Zm9v"),
        (b"foob", b"Zm9vYg"),
        (b"fooba", b"Zm9vYmE"),
        (b"foobar", b"Zm9vYmFy"),
        # RFC 7515 appendix C
        (bytes([3, 236, 255, 224, 193]), b"A-z_4ME"),
    ],
)
def test_base64url_is_written_and_read_without_padding(data: bytes, text: bytes) -> None:
    assert base64url_encode(data) == text
    assert base64url_decode(text) == data


@pytest.mark.parametrize(
    "text",
    [
        b"Zg==", b"Zm8=", b"Zm9v=", b"=", b"====",  # padding
        b"Z", b"Zm9vY",  # impossible lengths
        b"A+z/4ME", b"+///", b"A-z/4ME",  # the other alphabet, alone and mixed
        b"Zm 9v", b" Zm9v", b"Zm9v ", b"Zm9v\n", b"Zm9v\r\n", b"Zm\t9v",  # white space
        b"Zm\x009v", b"Zm9v\x00", b"Zm9v!", b"Zm?9v", b"\xff\xff\xff\xff", "Zm9ö".encode(),
        b"Zh", b"Zm9", b"Zm9vYh", b"Zm9vYmF",  # unused bits that are not zero
    ],
)  # fmt: skip
def test_base64url_in_any_other_spelling_is_refused(text: bytes) -> None:
    with pytest.raises(EncodingError):
        base64url_decode(text)


@given(st.binary(max_size=200))
def test_base64url_agrees_with_the_standard_library(data: bytes) -> None:
    text = base64url_encode(data)
    assert text == base64.urlsafe_b64encode(data).rstrip(b"=")
    assert base64url_decode(text) == data


@given(st.binary(max_size=40) | st.text(alphabet=ALPHABET.decode(), max_size=40).map(str.encode))
def test_base64url_has_one_spelling_for_each_value(text: bytes) -> None:
    try:
        data = base64url_decode(text)
    except EncodingError:
        return
    assert base64url_encode(data) == text


def test_every_last_character_but_the_canonical_ones_is_refused() -> None:
    readable = dict.fromkeys((2, 3), 0)
    for length in readable:
        for last in ALPHABET:
            try:
                base64url_decode(b"A" * (length - 1) + bytes([last]))
            except EncodingError:
                continue
            readable[length] += 1
    assert readable == {2: 4, 3: 16}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        (' \t\r\n{"a" : [ 1 , 2.5 , -3e2 , "x" ] }\n ', {"a": [1, 2.5, -300.0, "x"]}),
        ('{"a":[true,false,null]}', {"a": [True, False, None]}),
        ('{"ä":"\\u00e4\\ud83d\\ude00😀"}', {"ä": "ä😀😀"}),
        ('{"a":"\\"{[\\\\"}', {"a": '"{[\\'}),
        ('{"a":{"a":{"a":1}}}', {"a": {"a": {"a": 1}}}),
        ('{"nul":"\\u0000"}', {"nul": "\x00"}),
    ],
)  # fmt: skip
def test_json_objects_are_read(text: str, value: dict[str, Any]) -> None:
    assert parse_json_object(text.encode()) == value


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b" ", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b'{"a":+1}', "not JSON"),
        (b'{"a":.5}', "not JSON"),
        (b'{"a":0x10}', "not JSON"),
        (b'{"a":undefined}', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b'{"a":"\x00"}', "not JSON"),
        (b'{"a":"\\x41"}', "not JSON"),
        (b'{/**/"a":1}', "not JSON"),
        (b"\x0b{}", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"a"', "not a JSON object"),
        (b"1", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"true", "not a JSON object"),
        (b"{}{}", "something follows"),
        (b"{}x", "something follows"),
        (b"{}\x00", "something follows"),
        (b"{} \xc2\xa0", "something follows"),
        (b'{"a":1,"a":1}', "a member occurs twice"),
        (b'{"a":1,"\\u0061":2}', "a member occurs twice"),
        (b'{"o":[{"a":1,"b":2,"a":3}]}', "a member occurs twice"),
        (b'{"__proto__":1,"__proto__":2}', "a member occurs twice"),
        (b'{"":1,"":2}', "a member occurs twice"),
        (b'{"a":NaN}', "NaN and infinities"),
        (b'{"a":Infinity}', "NaN and infinities"),
        (b'{"a":-Infinity}', "NaN and infinities"),
        (b'{"a":1e400}', "a number is too large"),
        (b'{"a":-1e400}', "a number is too large"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
        (b'\xef\xbb\xbf{"a":1}', "not JSON"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        ('{"a":1}'.encode("utf-16-le"), "not JSON"),
        ('{"a":1}'.encode("utf-32-be"), "not JSON"),
        (b'{"a":"\xc0\xaf"}', "not UTF-8"),
        (b'{"a":"\xe0\x80\xaf"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\\ud800"}', "a lone surrogate"),
        (b'{"a":"\\uDFFF\\uD800"}', "a lone surrogate"),
        (b'{"a\\udead":1}', "a lone surrogate"),
    ],
)  # fmt: skip
def test_json_in_any_other_form_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(EncodingError, match=said):
        parse_json_object(data)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [MAX_JSON_DEPTH - 1, MAX_JSON_DEPTH])
def test_json_is_read_up_to_its_depth_and_no_deeper(opening: str, closing: str, depth: int) -> None:
    text = '{"a":' + opening * depth + "1" + closing * depth + "}"
    if depth < MAX_JSON_DEPTH:
        assert "a" in parse_json_object(text.encode())
    else:
        with pytest.raises(EncodingError, match="levels deep"):
            parse_json_object(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"' + "{[" * 500 + '"}',
        '{"a":"\\"' + "[{" * 500 + '\\\\"}',
        '{"' + "[" * 500 + '\\"":1}',
        '{"a":[' + ",".join(["[]"] * 500) + "]}",
        '{"a":[' + ",".join(['{"x":["[["]}'] * 500) + "]}",
    ],
)
def test_brackets_that_do_not_nest_are_not_counted(text: str) -> None:
    assert parse_json_object(text.encode()) == json.loads(text)


NAMES = st.text('"[{\\a', max_size=3)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{}"\\:, a\n'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=60,
)


@given(NESTED)
def test_the_depth_that_is_counted_is_the_depth_there_is(value: object) -> None:
    def depth(inner: object) -> int:
        if isinstance(inner, dict):
            return 1 + max(map(depth, inner.values()), default=0)
        if isinstance(inner, list):
            return 1 + max(map(depth, inner), default=0)
        return 0

    wrapped: dict[str, Any] = {"a": value}
    for _ in range(12):
        wrapped = {"a": wrapped}
    if depth(wrapped) <= MAX_JSON_DEPTH:
        assert parse_json_object(json.dumps(wrapped).encode()) == wrapped
    else:
        with pytest.raises(EncodingError):
            parse_json_object(json.dumps(wrapped).encode())


@given(st.binary(max_size=60) | st.text('{}[]":,\\u0ae-+.1 tfn', max_size=30).map(str.encode))
def test_whatever_is_read_is_refused_or_an_object(data: bytes) -> None:
    try:
        value = parse_json_object(data)
    except EncodingError:
        return
    assert type(value) is dict
    assert parse_json_object(write_json(value)) == value


def test_json_is_written_compactly_in_utf_8() -> None:
    value = {"iss": "ä", "n": 1, "l": (1, [2]), "o": {"x": None}}
    assert write_json(value) == '{"iss":"ä","n":1,"l":[1,[2]],"o":{"x":null}}'.encode()
    assert write_json(MappingProxyType({"a": 1})) == b'{"a":1}'


def cycle() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["a"] = value
    return value


@pytest.mark.parametrize(
    "value",
    [
        {1: "a", "1": "b"},
        {"a": {None: 1}},
        {"a": [{True: 1}]},
        {"a": ({2.5: 1},)},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": "\ud800"},
        {"a": b"bytes"},
        {"a": {1, 2}},
        {"a": object()},
        cycle(),
    ],
)
def test_what_has_no_faithful_json_form_is_not_written(value: dict[str, Any]) -> None:
    with pytest.raises(EncodingError, match="can't be written as JSON"):
        write_json(value)


def _refuse(*_: object) -> None:
    raise TypeError


@pytest.mark.parametrize("maker", [None, _refuse])
def test_json_is_written_the_same_where_the_quick_writer_is_not_there(
    maker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = {"a": [1, 2.5, None, True, {"ü": '\u2028"\\'}], "b": (), "c": {}}
    quick = encoding.prepare_encoder()
    with monkeypatch.context() as patch:
        patch.setattr("json.encoder.c_make_encoder", maker)
        slow = encoding.prepare_encoder()
    assert (
        quick(value) == slow(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )
    for encode in (quick, slow):
        with pytest.raises(ValueError, match="JSON"):
            encode({"a": float("nan")})


def test_what_contains_itself_can_not_be_written() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = [loop]
    with pytest.raises(EncodingError, match="RecursionError"):
        write_json(loop)
    assert write_json({"a": 1}) == b'{"a":1}'
