"""Attacks on encrypted tokens: chosen points, cut tags, oracles, empty parts, bombs."""

import hmac
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import DecryptionFailed, JoseError, Key, MalformedToken, errors, jwe
from sealwax.jose.content_encryption import (
    MAX_INFLATED_SIZE_BYTES,
    decrypt_content,
    encrypt_content,
    inflate,
)
from sealwax.jose.encryption_algorithms import CONTENT_ENCRYPTIONS
from sealwax.jose.jwe import Recipient
from sealwax.jose.key_management import MAX_PBES2_ITERATIONS, MIN_PBES2_ITERATIONS
from tests.jose.encrypted import (
    MANAGEMENTS,
    PASSWORD,
    decrypted,
    decryption_key,
    encryption_key,
    refused,
)
from tests.jose.support import as_json, decoded, encoded, key_of


def sealed(
    header: dict[str, Any],
    key: bytes,
    plaintext: bytes = b"x",
    *,
    encrypted_key: bytes = b"",
    encryption: str = "A128GCM",
) -> str:
    """Make a token out of any header, with a genuine tag over whatever it is."""
    row = CONTENT_ENCRYPTIONS[encryption]
    head, iv = encoded(as_json(header)), bytes(row.iv_size_bytes)
    ciphertext, tag = encrypt_content(row, key, iv, plaintext, head)
    return b".".join((head, *map(encoded, (encrypted_key, iv, ciphertext, tag)))).decode()


def direct(plaintext: bytes, **header: object) -> str:
    key = decryption_key("dir", "A128GCM")
    secret = decoded(key.to_jwk(private=True)["k"])
    return sealed({"alg": "dir", "enc": "A128GCM"} | header, secret, plaintext)


def changed_header(token: str, **changes: object) -> str:
    head, _, rest = token.partition(".")
    members = json.loads(decoded(head)) | changes
    kept = {name: value for name, value in members.items() if value is not ...}
    return f"{encoded(as_json(kept)).decode()}.{rest}"


POINT = dict.fromkeys("xy", "A" * 43)
ORDER_ONE = "AQ" + "A" * 41


@pytest.mark.parametrize(
    "epk",
    [
        ..., None, 5, "x", [], {}, {"kty": "oct", "k": "A" * 43}, {"kty": "RSA"},
        {"kty": "EC", "crv": "P-256", **POINT}, {"kty": "EC", "crv": "P-256", "x": "", "y": ""},
        {"kty": "EC", "crv": "P-256", "x": "A" * 9999, "y": "A" * 43},
        {"kty": "EC", "crv": "P-256", "x": "A" * 44, "y": "A" * 43},
        {"kty": "EC", "crv": "P-192", **POINT}, {"kty": "EC", "crv": None, **POINT},
        key_of("ES384").to_jwk(), key_of("ES256K").to_jwk(), key_of("ES256").to_jwk(private=True),
        key_of("Ed25519").to_jwk(), encryption_key("ECDH-ES@X25519").to_jwk(),
    ],
)  # fmt: skip
def test_an_ephemeral_key_that_is_no_point_of_the_curve_is_refused(epk: object) -> None:
    for name in ("ECDH-ES", "ECDH-ES+A128KW"):
        token = jwe.encrypt(b"x", encryption_key(name), encryption="A128GCM")
        started = time.perf_counter()
        error = refused(changed_header(token, epk=epk), decryption_key(name))
        assert time.perf_counter() - started < 0.5
        assert error.reason == errors.HEADER_MEMBER


@pytest.mark.parametrize("x", ["A" * 43, ORDER_ONE])
def test_a_point_of_small_order_agrees_on_nothing(x: str) -> None:
    for name in ("ECDH-ES@X25519", "ECDH-ES+A256KW@X25519"):
        token = jwe.encrypt(b"x", encryption_key(name), encryption="A128GCM")
        spoiled = changed_header(token, epk={"kty": "OKP", "crv": "X25519", "x": x})
        assert refused(spoiled, decryption_key(name)).reason == errors.DECRYPTION_FAILED


@pytest.mark.parametrize("encryption", CONTENT_ENCRYPTIONS)
def test_a_tag_and_an_iv_have_exactly_their_length(encryption: str) -> None:
    key = encryption_key("A128KW")
    head, wrapped, iv, ciphertext, tag = jwe.encrypt(b"secret", key, encryption=encryption).split(
        "."
    )
    good = decoded(tag)
    for size in (0, 1, 4, 8, 12, len(good) - 1):
        cut = encoded(good[:size]).decode()
        token = f"{head}.{wrapped}.{iv}.{ciphertext}.{cut}"
        assert isinstance(refused(token, key), DecryptionFailed)
    for longer in (good + b"\0", good + good):
        token = f"{head}.{wrapped}.{iv}.{ciphertext}.{encoded(longer).decode()}"
        assert isinstance(refused(token, key), DecryptionFailed)
    for other in (b"", decoded(iv)[:-1], decoded(iv) + b"\0", bytes(16)):
        token = f"{head}.{wrapped}.{encoded(other).decode()}.{ciphertext}.{tag}"
        assert isinstance(refused(token, key), DecryptionFailed)


def test_the_length_of_the_additional_data_is_part_of_the_tag() -> None:
    row = CONTENT_ENCRYPTIONS["A128CBC-HS256"]
    key, iv = bytes(range(32)), bytes(16)
    ciphertext, tag = encrypt_content(row, key, iv, b"secret", b"header")
    assert decrypt_content(row, key, iv, ciphertext, tag, b"header") == b"secret"
    for moved in ((b"header" + iv, ciphertext), (b"heade", b"r" + ciphertext)):
        with pytest.raises(DecryptionFailed):
            decrypt_content(row, key, iv, moved[1], tag, moved[0])
    document = json.dumps({"aad": "A" * 10_000_000, "ciphertext": ""})
    assert refused(document, encryption_key("A128KW")).reason == errors.TOKEN_TOO_LARGE


def test_a_padding_that_is_wrong_under_a_good_tag_is_the_same_failure() -> None:
    row = CONTENT_ENCRYPTIONS["A128CBC-HS256"]
    key, iv = bytes(range(32)), bytes(16)
    for ciphertext in (b"", bytes(15), bytes(16)):
        length = (8 * len(b"header")).to_bytes(8, "big")
        tag = hmac.digest(key[:16], b"header" + iv + ciphertext + length, "sha256")[:16]
        with pytest.raises(DecryptionFailed):
            decrypt_content(row, key, iv, ciphertext, tag, b"header")


@pytest.mark.parametrize("name", MANAGEMENTS)
def test_every_failure_has_one_type_and_one_text(name: str) -> None:
    key = decryption_key(name)
    parts = jwe.encrypt(b"secret", encryption_key(name), encryption="A128GCM").split(".")
    texts = set()
    for number in range(1, 5):
        data = bytearray(decoded(parts[number]))
        for position in range(0, len(data), 7):
            flipped = bytes([*data[:position], data[position] ^ 1, *data[position + 1 :]])
            token = ".".join([*parts[:number], encoded(flipped).decode(), *parts[number + 1 :]])
            error = refused(token, key)
            assert type(error) is DecryptionFailed
            texts.add(str(error))
    assert len(texts) == 1


def test_a_failed_unwrapping_goes_on_with_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def watched(row: Any, content_key: bytes, *rest: Any) -> bytes:  # noqa: ANN401  # handed on
        seen.append(content_key)
        return decrypt_content(row, content_key, *rest)

    monkeypatch.setattr(jwe, "decrypt_content", watched)
    key = decryption_key("RSA-OAEP-256")
    parts = jwe.encrypt(b"secret", key.public(), encryption="A128GCM").split(".")
    public: Any = key.public().cipher_material("encrypt", "RSA-OAEP-256")
    older = public.encrypt(bytes(16), padding.PKCS1v15())
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    for bad in (bytes(384), b"", b"\xff" * 999, older, public.encrypt(bytes(15), oaep)):
        token = ".".join([parts[0], encoded(bad).decode(), *parts[2:]])
        assert str(refused(token, key)) == str(DecryptionFailed())
    assert len(set(seen)) == len(seen) == 5
    assert {len(one) for one in seen} == {16}


def test_the_older_rsa_padding_has_no_row() -> None:
    key = decryption_key("RSA-OAEP-256")
    token = jwe.encrypt(b"x", key.public(), encryption="A128GCM")
    error = refused(changed_header(token, alg="RSA1_5"), key)
    assert error.reason == errors.ALGORITHM_NOT_ALLOWED


@pytest.mark.parametrize("name", ["A128KW", "A128GCMKW", "dir", "ECDH-ES", "RSA-OAEP-256"])
def test_every_part_that_is_empty_or_missing_is_refused(name: str) -> None:
    key = decryption_key(name)
    parts = jwe.encrypt(b"secret", encryption_key(name), encryption="A128GCM").split(".")
    for number in range(5):
        if parts[number]:
            refused(".".join([*parts[:number], "", *parts[number + 1 :]]), key)
            refused(".".join([*parts[:number], "A", *parts[number + 1 :]]), key)
        refused(".".join([*parts[:number], *parts[number + 1 :]]), key)
        refused(".".join([*parts[:number], "AAAA", *parts[number:]]), key)
    document = jwe.encrypt_json(b"secret", [Recipient(encryption_key(name))], encryption="A128GCM")
    for member in document:
        values: list[object] = [None, "", 5, [], {}, "A", "="]
        for value in values:
            refused(document | {member: value}, key)
        if member != "recipients" or parts[1]:  # without a key to send, it is a flattened document
            refused({one: kept for one, kept in document.items() if one != member}, key)


def test_a_key_that_is_not_wrapped_has_no_encrypted_key() -> None:
    for name in ("dir", "ECDH-ES"):
        parts = jwe.encrypt(b"x", encryption_key(name), encryption="A128GCM").split(".")
        token = ".".join([parts[0], "AAAA", *parts[2:]])
        assert refused(token, decryption_key(name)).reason == errors.ENCRYPTED_KEY


@pytest.mark.parametrize("member", ["iv", "tag"])
@pytest.mark.parametrize("value", [..., None, 5, "", "AAAA", "=", "A" * 9999, "ä" * 16])
def test_the_header_of_a_gcm_wrapping_is_whole(member: str, value: object) -> None:
    token = jwe.encrypt(b"x", encryption_key("A128GCMKW"), encryption="A128GCM")
    error = refused(changed_header(token, **{member: value}), decryption_key("A128GCMKW"))
    assert error.reason == errors.HEADER_MEMBER


@pytest.mark.parametrize(
    "count",
    [..., None, 0, -1, 1, MIN_PBES2_ITERATIONS - 1, MAX_PBES2_ITERATIONS + 1, 10**9, 2**31, "1000",
     1000.0, True, [1000]],
)  # fmt: skip
def test_a_sender_does_not_choose_billions_of_rounds(count: object) -> None:
    key = Key.from_secret(PASSWORD, algorithm="PBES2-HS256+A128KW")
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "A" * 22, "p2c": 1000}
    token = sealed(header, bytes(16), encrypted_key=bytes(24))
    assert refused(token, key).reason == errors.DECRYPTION_FAILED
    started = time.perf_counter()
    assert refused(changed_header(token, p2c=count), key).reason == errors.HEADER_MEMBER
    assert time.perf_counter() - started < 0.5
    assert refused(changed_header(token, p2s="AAAA"), key).reason == errors.HEADER_MEMBER


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return packer.compress(bytes(size)) + packer.flush()


def test_a_small_token_does_not_become_a_large_one() -> None:
    key = decryption_key("dir", "A128GCM")
    most = direct(bomb(MAX_INFLATED_SIZE_BYTES), zip="DEF")
    assert len(decrypted(most, key).plaintext) == MAX_INFLATED_SIZE_BYTES
    for data in (
        bomb(MAX_INFLATED_SIZE_BYTES + 1), bomb(20_000_000), bomb(5)[:-1], bomb(5) + b"x", b"",
        b"\xff",
    ):  # fmt: skip
        assert isinstance(refused(direct(data, zip="DEF"), key), DecryptionFailed)
    with pytest.raises(DecryptionFailed):
        inflate(bomb(200_000_000))


def test_nothing_is_inflated_unless_asked_for() -> None:
    key = decryption_key("dir", "A128GCM")
    for token in (direct(bomb(5), zip="DEF"), direct(bomb(5), zip="GZ"), direct(bomb(5), zip=None)):
        assert isinstance(refused(token, key, allow_compressed=False), MalformedToken)
    document = jwe.encrypt_json(b"x", [Recipient(key)], encryption="A128GCM")
    for place in ({"unprotected": {"zip": "DEF"}}, {"recipients": [{"header": {"zip": "DEF"}}]}):
        assert refused(document | place, key).reason == errors.HEADER_PLACE


@pytest.mark.parametrize("crit", [["x"], [], ["exp"], None, "b64", ["b64"]])
def test_no_extension_is_understood(crit: object) -> None:
    key = decryption_key("dir", "A128GCM")
    assert refused(direct(b"x", crit=crit), key).reason == errors.CRITICAL_EXTENSION
    document = jwe.encrypt_json(b"x", [Recipient(key)], encryption="A128GCM")
    assert refused(document | {"unprotected": {"crit": crit}}, key).reason == errors.HEADER_PLACE


def test_recipients_and_doubled_members_are_refused() -> None:
    key = decryption_key("A128KW")
    document = jwe.encrypt_json(b"x", [Recipient(key)], encryption="A128GCM")
    for many in (17, 10_000):
        given_many = document | {
            "recipients": document["recipients"] * 17 if many == 17 else [{}] * many
        }
        assert refused(given_many, key).reason == errors.TOO_MANY_RECIPIENTS
    doubled = document | {"unprotected": {"alg": "A128KW"}}
    assert refused(doubled, key).reason == errors.HEADER_PLACE
    assert refused(document | {"header": {}}, key).reason == errors.JSON_SERIALIZATION
    assert refused(document | {"protected": "W10"}, key).reason == errors.HEADER_JSON


def test_a_token_of_another_kind_or_size_is_refused() -> None:
    key = decryption_key("A128KW")
    for token, reason in (
        ("a.b.c", errors.TOKEN_IS_SIGNED), ("a.b", errors.ENCRYPTED_TOKEN_PARTS),
        ("." * 50_000, errors.ENCRYPTED_TOKEN_PARTS), ("." * 1_000_000, errors.TOKEN_TOO_LARGE),
        ("e30.\n...", errors.TOKEN_CHARACTERS), ("W10....", errors.HEADER_JSON),
        ("e30....", errors.HEADER_MEMBER), ("ä....", errors.TOKEN_CHARACTERS),
    ):  # fmt: skip
        assert refused(token, key).reason == reason


def test_a_public_document_is_no_password() -> None:
    for secret in (key_of("RS256").to_pem(), b"short"):
        with pytest.raises(JoseError):
            Key.from_secret(secret, algorithm="PBES2-HS256+A128KW")


PARTS = st.lists(st.binary(max_size=40).map(encoded), max_size=6).map(b".".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
MEMBERS = st.sampled_from(
    ["alg", "enc", "zip", "crit", "epk", "apu", "apv", "iv", "tag", "p2s", "kid", "cty"]
)
DOCUMENT = st.sampled_from(
    ["protected", "unprotected", "header", "recipients", "encrypted_key", "iv", "tag", "aad",
     "ciphertext"]
)  # fmt: skip


def jose_error_or_plaintext(ask: Callable[[], jwe.DecryptedJwe]) -> None:
    try:
        found = ask()
    except JoseError as error:
        text = str(error)
    else:
        assert found.plaintext == b"secret"
        text = ""
    assert len(text) <= 200


@given(PARTS | st.text(max_size=40))
def test_any_other_token_raises_a_jose_error(token: str | bytes) -> None:
    jose_error_or_plaintext(lambda: decrypted(token, decryption_key("A128KW")))


@given(st.sampled_from(["A128GCMKW", "ECDH-ES", "dir"]), st.dictionaries(MEMBERS, JSON, max_size=3))
def test_any_header_raises_a_jose_error(name: str, changes: dict[str, Any]) -> None:
    token = jwe.encrypt(b"secret", encryption_key(name), encryption="A128GCM")
    jose_error_or_plaintext(
        lambda: decrypted(changed_header(token, **changes), decryption_key(name))
    )


@given(st.dictionaries(DOCUMENT, JSON, max_size=3))
def test_any_document_raises_a_jose_error_or_is_the_genuine_one(changes: dict[str, Any]) -> None:
    key = decryption_key("A128KW")
    document = jwe.encrypt_json(b"secret", [Recipient(key)], encryption="A128GCM", flattened=True)
    jose_error_or_plaintext(lambda: decrypted(document | changes, key))
