"""Attacks 46 to 56: parsers that read more than one spelling, types, secrets and caches."""

import hmac
import json
from typing import Any

import pytest

from sealwax.jose import (
    ClaimInvalid,
    JoseError,
    Key,
    KeyInvalid,
    SignatureInvalid,
    TokenExpired,
    errors,
    jws,
    jwt,
)
from sealwax.jose.jwt import PreparedVerifier
from tests.jose.support import (
    NOW,
    TYPE,
    accepted,
    claims,
    decoded,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
    refused,
)

ES256 = key_of("ES256")
HS256 = key_of("HS256")
LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def parts_of(**changes: object) -> list[str]:
    return jwt.sign(claims(**changes), ES256, typ=TYPE).split(".")


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(
    "spelling",
    [
        lambda part: part + "=",
        lambda part: part + "==",
        lambda part: part + "=" * (-len(part) % 4 or 4),
        lambda part: part + " ",
        lambda part: " " + part,
        lambda part: part + "\n",
        lambda part: part + "\r\n",
        lambda part: part[:9] + "\r\n" + part[9:],
        lambda part: part[:9] + "\t" + part[9:],
        lambda part: part[:9] + "\x00" + part[9:],
        lambda part: part + "\x00",
        lambda part: part[:9] + "+" + part[10:],
        lambda part: part[:9] + "/" + part[10:],
        lambda part: part[:9] + "%41" + part[10:],
        lambda part: part[:9] + "\xff" + part[10:],
        lambda part: part[:9] + "\u0410" + part[10:],
    ],
)
def test_a_part_in_another_spelling_is_refused(number: int, spelling: Any) -> None:  # noqa: ANN401  # a function
    parts = parts_of()
    parts[number] = spelling(parts[number])
    token = ".".join(parts)
    assert refused(token).reason == errors.TOKEN_CHARACTERS
    assert refused(token.encode("latin-1", "replace")).reason == errors.TOKEN_CHARACTERS


@pytest.mark.parametrize(
    ("number", "reason"), [(0, errors.HEADER_ENCODING), (1, errors.PAYLOAD_ENCODING)]
)
@pytest.mark.parametrize("left_over", [2, 3])
def test_unused_bits_make_no_second_token(number: int, reason: str, left_over: int) -> None:
    texts = [json.dumps(good_header(ES256)).encode(), json.dumps(claims()).encode()]
    while len(encoded(texts[number])) % 4 != left_over:
        texts[number] += b" "
    good = [encoded(text).decode() for text in texts]
    counted = 0
    for last in LAST:
        parts = [*good]
        parts[number] = good[number][:-1] + last
        if decoded(parts[number]) == texts[number] and parts != good:
            data = ".".join(parts)
            signature = encoded(ES256.signer("ES256")(data.encode())).decode()
            assert refused(f"{data}.{signature}").reason == reason
            counted += 1
    assert counted == {2: 15, 3: 3}[left_over]


def test_unused_bits_of_a_signature_make_no_second_token() -> None:
    parts = parts_of()
    spellings = []
    for last in LAST:
        token = ".".join([*parts[:2], parts[2][:-1] + last])
        if decoded(parts[2][:-1] + last) == decoded(parts[2]):
            spellings.append(token)
    assert len(spellings) == 16
    good = [token for token in spellings if token == ".".join(parts)]
    assert len(good) == 1
    for token in spellings:
        if token not in good:
            assert refused(token).reason == errors.SIGNATURE_ENCODING


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("{h}.{p}", errors.TOKEN_PARTS),
        ("{h}", errors.TOKEN_PARTS),
        ("", errors.TOKEN_PARTS),
        ("{h}.{p}.{s}.", errors.TOKEN_PARTS),
        (".{h}.{p}.{s}", errors.TOKEN_PARTS),
        ("{h}.{p}.{s}.{s}", errors.TOKEN_PARTS),
        ("{h}..{p}.{s}", errors.TOKEN_PARTS),
        ("{h}.{p}.{s}.{s}.{s}", errors.TOKEN_IS_ENCRYPTED),
        ("{h}.{p}.{s}...", errors.TOKEN_PARTS),
        (".{p}.{s}", errors.HEADER_JSON),
        ("{h}..{s}", errors.SIGNATURE_INVALID),
        ("{h}.{p}.", errors.SIGNATURE_INVALID),
        ("..", errors.HEADER_JSON),
    ],
)
def test_a_token_has_three_parts(form: str, reason: str) -> None:
    h, p, s = parts_of()
    assert refused(form.format(h=h, p=p, s=s)).reason == reason


HEADERS = [
    b'{"alg":"none","alg":"ES256","kid":"ES256-0"}',
    b'{"alg":"ES256","\\u0061lg":"none","kid":"ES256-0"}',
    b'{"kid":"ES256-0","alg":"ES256","kid":"x"}',
    b'{"alg":"ES256","x":{"a":1,"a":2}}',
]
PAYLOADS = [
    b'{"sub":"a","sub":"b"}',
    b'{"sub":"a","\\u0073ub":"b"}',
    b'{"__proto__":{},"__proto__":{}}',
    b'{"realm_access":{"roles":["user"],"roles":["admin"]}}',
    b'{"a":[{"b":1,"b":1}]}',
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_member_that_occurs_twice_is_refused(header: bytes) -> None:
    assert refused(forge(header, claims(), ES256)).reason == errors.HEADER_JSON


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_claim_that_occurs_twice_is_refused(payload: bytes) -> None:
    good = json.dumps(claims(sub=...)).encode()
    token = forge(good_header(ES256), good[:-1] + b"," + payload[1:], ES256)
    assert refused(token).reason == errors.PAYLOAD_JSON
    with pytest.raises(JoseError):
        jwt.read_unverified_claims(token)


def test_a_member_named_like_an_attribute_is_a_member() -> None:
    strange = {"__proto__": {"admin": True}, "__class__": "x", "constructor": 1, "": 2}
    assert accepted(forge(good_header(ES256), claims(**strange), ES256)).claims["__proto__"]


ENCODINGS: list[Any] = [
    lambda text: text.encode("utf-16"),
    lambda text: text.encode("utf-16-le"),
    lambda text: text.encode("utf-16-be"),
    lambda text: text.encode("utf-32"),
    lambda text: text.encode("utf-32-le"),
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.encode().replace(b"a", b"\xc1\xa1", 1),
    lambda text: text.encode().replace(b"/", b"\xc0\xaf", 1).replace(b"S", b"\xc1\x93", 1),
    lambda text: text.encode().replace(b'"}', b'\xed\xa0\x80"}', 1),
    lambda text: text.encode().replace(b'"}', b'\\ud800"}', 1),
    lambda text: text.encode().replace(b'"}', b'\\udc00\\ud800"}', 1),
    lambda text: text.encode().replace(b'"}', b'\xff"}', 1),
    lambda text: text.encode().replace(b'"}', b'\x00"}', 1),
    lambda text: text.encode() + b"\x00",
]


@pytest.mark.parametrize("spelling", ENCODINGS)
def test_json_is_utf_8_without_a_mark_and_without_overlong_forms(spelling: Any) -> None:  # noqa: ANN401  # a function
    header = json.dumps(good_header(ES256), separators=(",", ":"))
    payload = json.dumps(claims() | {"z": ""}, separators=(",", ":"))
    assert refused(forge(spelling(header), claims(), ES256)).reason == errors.HEADER_JSON
    token = forge(good_header(ES256), spelling(payload), ES256)
    assert refused(token).reason == errors.PAYLOAD_JSON


TIMES = [
    '"1"', '"1900000000"', "true", "false", "null", "[]", "{}", "NaN", "Infinity", "-Infinity",
    "1e400", "-1e400", "-1", "9" * 5000, "[1900000000]", '""', "1e300", "-0.5",
]  # fmt: skip


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", TIMES, ids=lambda value: value[:12])
def test_a_time_that_is_no_time_is_refused(name: str, value: str) -> None:
    payload = (
        json.dumps(claims(**{name: 4711}))
        .replace("4711}", value + "}")
        .replace("4711,", value + ",", 1)
    )
    payload = json.dumps(claims(**{name: "@@"}, jti="j")).replace('"@@"', value)
    error = refused(forge(good_header(ES256), payload.encode(), ES256))
    assert error.reason in (errors.CLAIM_TYPE, errors.PAYLOAD_JSON)
    assert not isinstance(error, ClaimInvalid) or error.claim == name


@pytest.mark.parametrize("name", ["sub", "jti", "iss", "client_id"])
@pytest.mark.parametrize("value", [1, 1.5, True, None, [], ["user-1"], {}, {"a": 1}])
def test_a_name_that_is_no_text_is_refused(name: str, value: object) -> None:
    error = refused(forge(good_header(ES256), claims(**{name: value}), ES256))
    assert isinstance(error, ClaimInvalid)
    assert error.claim == name


def test_a_forged_token_that_is_also_expired_is_called_forged() -> None:
    late = claims(exp=NOW - 10_000, aud="https://other.example")
    with pytest.raises(SignatureInvalid) as caught:
        accepted(forge(good_header(ES256), late, key_of("ES256", 1)))
    assert not {"claims", "claim", "found"} & set(vars(caught.value))
    genuine = forge(good_header(ES256), claims(exp=NOW - 10_000), ES256)
    assert isinstance(refused(genuine), TokenExpired)


@pytest.mark.parametrize("nothing", ["", b"", None, False, 0, [], {}, ()])
def test_no_key_at_all_verifies_nothing(nothing: Any) -> None:  # noqa: ANN401  # whatever
    token = forge(good_header(HS256), claims(), lambda data: hmac.digest(b"", data, "sha256"))
    with pytest.raises(TypeError):
        jwt.verify(token, nothing, algorithms=["HS256"], policy=policy(), now=NOW)
    with pytest.raises((TypeError, KeyInvalid)):
        Key.from_secret(nothing, algorithm="HS256")
    with pytest.raises((TypeError, KeyInvalid)):
        Key.from_jwk(nothing)
    with pytest.raises(KeyInvalid):
        Key.from_jwk({"kty": "oct", "k": nothing, "alg": "HS256"})


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_code_is_compared_in_constant_time(
    algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    genuine = hmac.compare_digest

    def compare(first: bytes, second: bytes) -> bool:
        compared.append((first, second))
        return genuine(first, second)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    check = key_of(algorithm).checker(algorithm)
    signature = key_of(algorithm).signer(algorithm)(b"data")
    assert check(b"data", signature)
    changed = signature[:-1] + bytes([signature[-1] ^ 1])
    wrong = [changed, b"", signature[:5], signature + b"x"]
    for other in wrong:
        assert not check(b"data", other)
    assert [second for _, second in compared] == [signature, *wrong]


@pytest.mark.parametrize(
    "secret",
    [b"secret", b"password", b"changeme", b"", b"x" * 31, b"your-256-bit-secret", b"default" * 4],
)
def test_a_weak_secret_can_not_be_built(secret: bytes) -> None:
    for algorithm in ("HS256", "HS384", "HS512"):
        with pytest.raises(KeyInvalid):
            Key.from_secret(secret, algorithm=algorithm)


def test_a_token_that_was_good_once_is_checked_again() -> None:
    token = jwt.sign(claims(), ES256, typ=TYPE)
    verifier = PreparedVerifier(public_of("ES256"), algorithms=["ES256"], policy=policy())
    verifier.verify(token, now=NOW)
    with pytest.raises(TokenExpired):
        verifier.verify(token, now=NOW + 10_000)
    head, payload, signature = token.split(".")
    for other in (f"{head}.{payload}.{'A' * 86}", f"{head}.{payload[:-4]}.{signature}"):
        with pytest.raises(JoseError):
            verifier.verify(other, now=NOW)


def test_what_one_policy_allowed_is_nothing_to_another() -> None:
    token = jwt.sign(claims(), ES256, typ=TYPE)
    accepted(token)
    for changes in (
        {"audience": "https://other.example"},
        {"issuer": "https://other.example"},
        {"typ": "JWT"},
        {"required_claims": ["tenant"]},
        {"max_age_seconds": 0, "leeway_seconds": 0},
    ):
        assert isinstance(refused(token, **changes), ClaimInvalid)


def test_a_signature_is_the_same_text_each_time_and_no_other_is_accepted() -> None:
    token = jws.sign(b"payload", HS256)
    head, payload, signature = token.split(".")
    raw = decoded(signature)
    for position in range(len(raw)):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        with pytest.raises(SignatureInvalid):
            jws.verify(f"{head}.{payload}.{encoded(changed).decode()}", HS256, algorithms=["HS256"])
