"""Status lists: the encoding, its limits, and the signed document around it."""

import hashlib
import json
import re
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import (
    ClaimInvalid,
    JoseError,
    Key,
    KeySet,
    MalformedToken,
    SignatureInvalid,
    TokenExpired,
    errors,
    jwt,
    status_list,
)
from sealwax.jose.status_list import (
    MAX_LIST_SIZE_BYTES,
    MAX_TTL_SECONDS,
    StatusList,
    VerifiedStatusList,
)
from tests.jose.support import (
    NOW,
    check_text,
    decoded,
    encoded,
    forge,
    good_header,
    key_of,
    public_of,
    vectors,
)

URI = "https://id.example.com/status/7"
KEY = key_of("ES256")
WIDTHS = [1, 2, 4, 8]


def signed(statuses: StatusList | None = None, /, **changes: Any) -> str:  # noqa: ANN401  # any argument
    options: dict[str, Any] = {
        "uri": URI,
        "issued_at": NOW,
        "lifetime_seconds": 3600,
        "ttl_seconds": 15,
    }
    return status_list.sign(statuses or StatusList(1, 8), KEY, **(options | changes))


def verified(token: str, now: int = NOW, **changes: Any) -> VerifiedStatusList:  # noqa: ANN401  # any argument
    options: dict[str, Any] = {"algorithms": ["ES256"], "uri": URI, "now": now}
    return status_list.verify(token, public_of("ES256"), **(options | changes))


def token_of(**changes: object) -> str:
    claims: dict[str, object] = {
        "sub": URI,
        "iat": NOW,
        "exp": NOW + 3600,
        "ttl": 15,
        "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"},
    }
    left = {name: value for name, value in (claims | changes).items() if value is not ...}
    return forge(good_header(KEY, typ="statuslist+jwt"), left, KEY)


def fault(token: str) -> JoseError:
    with pytest.raises(JoseError) as caught:
        verified(token)
    check_text(caught.value, token)
    return caught.value


# draft-ietf-oauth-status-list-21 §4.1: sixteen statuses of one bit, twelve of two
ONE_BIT = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
TWO_BITS = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("bits", "statuses", "data", "lst"),
    [
        (1, ONE_BIT, "b9a3", "eNrbuRgAAhcBXQ"),
        (2, TWO_BITS, "c944f9", "eNo76fITAAPfAgc"),
    ],
)
def test_the_drafts_examples_come_out_as_printed(
    bits: int, statuses: list[int], data: str, lst: str
) -> None:
    made = StatusList(bits, len(statuses))
    for index, status in enumerate(statuses):
        made.set(index, status)
    read = StatusList.decode(bits, lst)
    assert made.to_bytes() == read.to_bytes() == bytes.fromhex(data)
    assert [read.get(index) for index in range(len(read))] == statuses
    assert zlib.decompress(decoded(made.encode())) == bytes.fromhex(data)
    assert made.encode() == lst


@pytest.mark.parametrize(
    ("file", "bits", "statuses"),
    [
        ("status_list_encoding_json.md", 1, dict(enumerate(ONE_BIT))),
        ("status_list_encoding2_json.md", 2, dict(enumerate(TWO_BITS))),
        ("status_list_encoding1_long_json.md", 1, dict.fromkeys(
            (0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345), 1)),
        ("status_list_encoding2_long_json.md", 2, {
            0: 1, 1993: 2, 25460: 1, 159495: 3, 495669: 1, 554353: 1, 645645: 2, 723232: 1,
            854545: 1, 934534: 2, 1000345: 3}),
        ("status_list_encoding4_json.md", 4, {
            0: 1, 1993: 2, 35460: 3, 459495: 4, 595669: 5, 754353: 6, 845645: 7, 923232: 8,
            924445: 9, 934534: 10, 1004534: 11, 1000345: 12, 1030203: 13, 1030204: 14,
            1030205: 15}),
    ],
)  # fmt: skip
def test_the_drafts_files_are_read(file: str, bits: int, statuses: dict[int, int]) -> None:
    read = read_file(file, bits)
    assert {index: read.get(index) for index in statuses} == statuses
    others = sum(1 for index in range(len(read)) if read.get(index)) - len(
        [status for status in statuses.values() if status]
    )
    assert others == 0
    assert StatusList.decode(bits, read.encode()).to_bytes() == read.to_bytes()


def test_the_drafts_file_of_eight_bits_is_read() -> None:
    read = read_file("status_list_encoding8_json.md", 8)
    found = {index: read.get(index) for index in range(len(read)) if read.get(index)}
    assert len(read) == 2**20
    assert sorted(found.values()) == list(range(1, 256))


def read_file(file: str, bits: int) -> StatusList:
    text = vectors("status-list", file).read_text()
    document = json.loads(re.sub(r"\n\s+(?=[A-Za-z0-9_-]+(\n|\"))", "", text[text.index("{") :]))
    assert document["bits"] == bits
    return StatusList.decode(bits, document["lst"])


def test_the_drafts_token_is_read() -> None:
    token = "".join(vectors("status-list", "status_list_jwt_raw.md").read_text().split())
    assert jwt.read_unverified_header(token)["typ"] == status_list.TYPE
    claims = jwt.read_unverified_claims(token)
    assert (claims["exp"], claims["ttl"]) == (2291720170, 43200)
    members = claims["status_list"]
    assert StatusList.decode(members["bits"], members["lst"]).to_bytes() == b"\xb9\xa3"


@given(st.sampled_from(WIDTHS), st.data())
def test_what_is_set_is_got_and_nothing_else_changes(bits: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 200))
    made = StatusList(bits, size)
    expected = [0] * len(made)
    changes = st.tuples(st.integers(0, size - 1), st.integers(0, 2**bits - 1))
    for index, value in data.draw(st.lists(changes, max_size=50)):
        made.set(index, value)
        expected[index] = value
    for again in (
        made,
        StatusList.decode(bits, made.encode()),
        StatusList.from_bytes(bits, made.to_bytes()),
    ):
        assert [again.get(index) for index in range(len(again))] == expected


@pytest.mark.parametrize("bits", WIDTHS)
def test_a_list_knows_its_size_and_begins_valid(bits: int) -> None:
    made = StatusList(bits, 9)
    assert 9 <= len(made) < 9 + 8 // bits
    assert {made.get(index) for index in range(len(made))} == {status_list.VALID}
    assert StatusList(bits, 24, b"\xff").to_bytes().startswith(b"\xff\x00")


@pytest.mark.parametrize("bits", WIDTHS)
@pytest.mark.parametrize("index", [-1, 8, 10**30, True, "0", None, 1.0])
def test_an_index_outside_of_the_list_is_an_error(bits: int, index: Any) -> None:  # noqa: ANN401  # any type
    made = StatusList(bits, 8)
    with pytest.raises(IndexError, match="are accepted"):
        made.get(index)
    with pytest.raises(IndexError):
        made.set(index, 0)


@pytest.mark.parametrize("bits", WIDTHS)
def test_a_status_that_does_not_fit_is_an_error(bits: int) -> None:
    made = StatusList(bits, 8)
    for value in (-1, 2**bits, True, 0.0):
        with pytest.raises(ValueError, match="value is"):
            made.set(0, value)  # type: ignore[arg-type]  # one of them is the mistake
    assert made.to_bytes() == bytes(bits)


@pytest.mark.parametrize("bits", [0, 3, 5, 16, -1, "1", None])
def test_a_width_is_1_2_4_or_8(bits: Any) -> None:  # noqa: ANN401  # any type
    with pytest.raises(ValueError, match="1, 2, 4 or 8"):
        StatusList(bits, 8)
    with pytest.raises(ValueError, match="1, 2, 4 or 8"):
        StatusList.from_bytes(bits, b"x")
    with pytest.raises(ClaimInvalid) as caught:
        StatusList.decode(bits, "eNrbuRgAAhcBXQ")
    assert caught.value.reason == errors.STATUS_LIST_INVALID


@pytest.mark.parametrize("size", [0, -1, True, 1.5, MAX_LIST_SIZE_BYTES * 8 + 1])
def test_a_list_has_a_size_within_limits(size: Any) -> None:  # noqa: ANN401  # any type
    with pytest.raises(ValueError, match="size is"):
        StatusList(1, size)


def test_data_fits_its_list() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        StatusList(1, 8, b"xx")
    for data in (b"", b"x" * (MAX_LIST_SIZE_BYTES + 1)):
        with pytest.raises(ValueError, match="size is"):
            StatusList.from_bytes(1, data)


def deflated(data: bytes, wbits: int = zlib.MAX_WBITS) -> str:
    stream = zlib.compressobj(wbits=wbits)
    return encoded(stream.compress(data) + stream.flush()).decode()


WHOLE = deflated(b"\xb9\xa3")
BAD_LISTS: list[object] = [
    None, 5, [], {}, "", "=", "!", "ä", WHOLE + "=", WHOLE[:-2], WHOLE + "AAAA", "AAAA",
    deflated(b""), deflated(b"\xb9\xa3", wbits=-15), deflated(b"\xb9\xa3", wbits=31),
    encoded(zlib.compress(b"\xb9\xa3")[:-4] + b"AAAA").decode(),
]  # fmt: skip


@pytest.mark.parametrize("lst", BAD_LISTS)
def test_a_list_that_is_not_one_whole_zlib_stream_is_refused(lst: object) -> None:
    with pytest.raises(ClaimInvalid) as caught:
        StatusList.decode(1, lst)
    assert caught.value.reason == errors.STATUS_LIST_INVALID
    assert len(str(caught.value)) <= 200


def test_inflating_stops_at_the_limit() -> None:
    largest = deflated(bytes(MAX_LIST_SIZE_BYTES))
    assert len(StatusList.decode(8, largest)) == MAX_LIST_SIZE_BYTES
    bomb = zlib.compressobj(9)
    parts = [bomb.compress(bytes(1 << 20)) for _ in range(256)]  # 256 MiB of nothing
    lst = encoded(b"".join(parts) + bomb.flush()).decode()
    assert len(lst) < 400_000
    for text in (deflated(bytes(MAX_LIST_SIZE_BYTES + 1)), lst):
        with pytest.raises(ClaimInvalid, match="larger") as caught:
            StatusList.decode(8, text)
        assert caught.value.reason == errors.STATUS_LIST_INVALID
    with pytest.raises(ClaimInvalid):
        StatusList.decode(1, deflated(bytes(100)), max_size_bytes=99)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "Ed25519"])
def test_a_list_that_is_signed_is_believed(algorithm: str) -> None:
    made = StatusList(2, 100)
    made.set(42, status_list.INVALID)
    made.set(43, status_list.SUSPENDED)
    token = status_list.sign(
        made,
        key_of(algorithm),
        uri=URI,
        issued_at=NOW,
        lifetime_seconds=3600,
        ttl_seconds=15,
    )
    keys = KeySet([public_of(algorithm)])
    read = status_list.verify(token, keys, algorithms=[algorithm], uri=URI, now=NOW)
    assert read.list.to_bytes() == made.to_bytes()
    assert (read.issued_at, read.expires_at, read.ttl_seconds) == (NOW, NOW + 3600, 15)
    assert jwt.read_unverified_header(token)["typ"] == "statuslist+jwt"
    assert set(jwt.read_unverified_claims(token)) == {"sub", "iat", "exp", "ttl", "status_list"}


def test_a_list_of_random_bytes_fits_in_a_token() -> None:
    data = hashlib.shake_256(b"x").digest(MAX_LIST_SIZE_BYTES)
    token = signed(StatusList.from_bytes(1, data))
    assert verified(token).list.to_bytes() == data


def test_a_list_that_was_changed_is_refused() -> None:
    token = signed()
    head, payload, signature = token.split(".")
    claims = json.loads(decoded(payload))
    claims["status_list"]["lst"] = StatusList(1, 8, b"\x01").encode()
    changed = f"{head}.{encoded(json.dumps(claims).encode()).decode()}.{signature}"
    assert isinstance(fault(changed), SignatureInvalid)


def test_a_list_is_believed_from_its_own_address_only() -> None:
    error = fault(signed(uri="https://id.example.com/status/8"))
    assert isinstance(error, ClaimInvalid)
    assert (error.claim, error.reason) == ("sub", errors.SUBJECT_MISMATCH)
    for subject in (None, ..., 5, [URI], ""):
        assert fault(token_of(sub=subject)).reason == errors.SUBJECT_MISMATCH


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "statuslist+cwt", ...])
def test_no_other_kind_of_token_is_a_status_list(typ: object) -> None:
    claims = json.loads(decoded(signed().split(".")[1]))
    token = forge(good_header(KEY, typ=typ), claims, KEY)
    assert fault(token).reason == errors.TYPE_MISMATCH


def test_a_list_is_believed_while_it_is_in_force() -> None:
    token = signed()
    verified(token, now=NOW + 3609)
    verified(token, now=NOW - 10)
    verified(token, now=NOW + 3599, leeway_seconds=0)
    with pytest.raises(TokenExpired):
        verified(token, now=NOW + 3610)
    with pytest.raises(TokenExpired):
        verified(token, now=NOW + 3600, leeway_seconds=0)
    with pytest.raises(ClaimInvalid) as caught:
        verified(token, now=NOW - 11)
    assert caught.value.reason == errors.TOKEN_FROM_THE_FUTURE
    with pytest.raises(ValueError, match="leeway_seconds"):
        verified(token, leeway_seconds=600)


def test_exp_and_ttl_may_be_absent_and_iat_may_not() -> None:
    read = verified(token_of(exp=..., ttl=...))
    assert (read.expires_at, read.ttl_seconds) == (None, None)
    assert fault(token_of(iat=...)).reason == errors.CLAIM_MISSING


@pytest.mark.parametrize("ttl", [None, 0, -1, "15", True, [], MAX_TTL_SECONDS + 1, 10**400])
def test_a_ttl_is_a_number_of_seconds(ttl: object) -> None:
    assert fault(token_of(ttl=ttl)).reason == errors.CLAIM_TYPE


def test_a_ttl_is_given_in_whole_seconds() -> None:
    assert verified(token_of(ttl=0.25)).ttl_seconds == 1
    assert verified(token_of(ttl=15.9)).ttl_seconds == 15
    assert verified(token_of(ttl=MAX_TTL_SECONDS)).ttl_seconds == MAX_TTL_SECONDS


@pytest.mark.parametrize(
    "members",
    [None, ..., [], "x", {}, {"bits": 1}, {"lst": WHOLE}, {"bits": 1.0, "lst": WHOLE},
     {"bits": True, "lst": WHOLE}, {"bits": "1", "lst": WHOLE}, {"bits": 1, "lst": [WHOLE]}],
)  # fmt: skip
def test_a_token_without_a_proper_list_is_refused(members: object) -> None:
    assert fault(token_of(status_list=members)).reason == errors.STATUS_LIST_INVALID


def test_a_token_that_is_too_large_is_neither_read_nor_made() -> None:
    with pytest.raises(MalformedToken) as caught:
        verified("a" * (status_list.MAX_STATUS_TOKEN_SIZE_BYTES + 1))
    assert caught.value.reason == errors.TOKEN_TOO_LARGE
    with pytest.raises(ValueError, match="at most"):
        signed(uri="x" * status_list.MAX_STATUS_TOKEN_SIZE_BYTES)


@pytest.mark.parametrize("seconds", [0, -1, MAX_TTL_SECONDS + 1])
def test_a_list_that_we_would_refuse_is_not_signed(seconds: int) -> None:
    for name in ("ttl_seconds", "lifetime_seconds"):
        with pytest.raises(ValueError, match=name):
            signed(**{name: seconds})


def test_a_list_is_signed_by_a_private_key_for_it() -> None:
    public = Key.from_jwk(KEY.to_jwk())
    with pytest.raises(JoseError) as caught:
        status_list.sign(
            StatusList(1, 8), public, uri=URI, issued_at=NOW, lifetime_seconds=1, ttl_seconds=1
        )
    assert caught.value.reason == errors.KEY_NOT_PRIVATE
