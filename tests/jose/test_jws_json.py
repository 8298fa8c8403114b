"""Signatures in JSON and over payloads that travel apart."""

import json
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, KeySet, errors, jws
from sealwax.jose.algorithms import ALGORITHMS
from sealwax.jose.jws import Signer
from tests.jose.support import as_json, encoded, key_of, public_of, vectors

ES, RS, ED = (key_of(name) for name in ("ES256", "RS256", "Ed25519"))
BOTH = KeySet([ES.public(), RS.public()])


def verified(document: Any, keys: Key | KeySet, **options: Any) -> jws.VerifiedDocument:  # noqa: ANN401  # as it comes
    given = {"algorithms": ALGORITHMS, "demand": "every_signature"} | options
    return jws.verify_json(document, keys, **given)


def refused(document: Any, keys: Key | KeySet, **options: Any) -> JoseError:  # noqa: ANN401  # as it comes
    with pytest.raises(JoseError) as caught:
        verified(document, keys, **options)
    assert len(str(caught.value)) <= 200
    return caught.value


def entry(header: object, payload: bytes, key: Key, **unprotected: object) -> dict[str, Any]:
    """Sign any header, as another library might."""
    head = encoded(as_json(header)) if header is not None else b""
    signature = key.signer(key.signing_algorithm())(head + b"." + payload)
    made: dict[str, Any] = {"signature": encoded(signature).decode()}
    if header is not None:
        made["protected"] = head.decode()
    if unprotected:
        made["header"] = unprotected
    return made


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("unencoded", [False, True])
@pytest.mark.parametrize("detached", [False, True])
def test_what_is_signed_is_verified(algorithm: str, *, unencoded: bool, detached: bool) -> None:
    key, payload = key_of(algorithm), "a.ä\n".encode()
    options = {"payload": payload} if detached else {}
    for flattened in (False, True):
        document = jws.sign_json(
            payload,
            [Signer(key, {"typ": "t"}, {"note": 1})],
            flattened=flattened,
            detached=detached,
            unencoded=unencoded,
        )
        for form in (document, json.dumps(document), json.dumps(document).encode()):
            found = verified(form, public_of(algorithm), **options)
            assert found.payload == payload
            (signature,) = found.signatures
            assert signature.header["typ"] == "t"
            assert signature.unprotected == {"note": 1}
            assert signature.key == key
    token = jws.sign_detached(payload, key, unencoded=unencoded)
    assert ".." in token
    again = jws.verify_detached(token, payload, public_of(algorithm), algorithms=[algorithm])
    assert (again.payload, again.header["alg"]) == (payload, algorithm)
    with pytest.raises(JoseError) as caught:
        jws.verify_detached(token, b"a.", public_of(algorithm), algorithms=[algorithm])
    assert caught.value.reason == errors.SIGNATURE_INVALID


def test_which_signatures_must_be_good_is_said() -> None:
    document = jws.sign_json(b"x", [Signer(ES), Signer(RS), Signer(ED)])
    everybody = KeySet([ES.public(), RS.public(), ED.public()])
    for demand in ("every_signature", "every_key", "any_known"):
        assert len(verified(document, everybody, demand=demand).signatures) == 3
    assert refused(document, BOTH).reason == errors.KEY_UNKNOWN
    for demand in ("every_key", "any_known"):
        found = verified(document, BOTH, demand=demand)
        assert [one.key for one in found.signatures] == [ES, RS]
    only = jws.sign_json(b"x", [Signer(ES), Signer(ES)])
    assert refused(only, BOTH, demand="every_key").reason == errors.SIGNATURE_MISSING
    assert verified(only, BOTH, demand="any_known").signatures[0].key == ES
    assert refused(only, ED.public(), demand="any_known").reason == errors.SIGNATURE_MISSING
    narrow: dict[str, Any] = {"algorithms": ["Ed25519"]}
    assert refused(only, BOTH, **narrow).reason == errors.ALGORITHM_NOT_ALLOWED
    assert refused(only, BOTH, demand="any_known", **narrow).reason == errors.SIGNATURE_MISSING
    for word in ("all", "", None):
        with pytest.raises(ValueError, match="demand is"):
            verified(document, BOTH, demand=word)


@pytest.mark.parametrize("demand", ["every_signature", "every_key", "any_known"])
def test_a_bad_signature_of_a_key_we_hold_is_never_left_aside(demand: str) -> None:
    good = jws.sign_json(b"x", [Signer(ES), Signer(RS)])
    other = jws.sign_json(b"y", [Signer(ES), Signer(RS)])
    for place in (0, 1):
        mixed = json.loads(json.dumps(good))
        mixed["signatures"][place] = other["signatures"][place]
        assert refused(mixed, BOTH, demand=demand).reason == errors.SIGNATURE_INVALID


@pytest.mark.parametrize("count", [0, 17, 10_000])
def test_signatures_are_counted_before_they_are_checked(count: int) -> None:
    one = jws.sign_json(b"x", [Signer(ES)])["signatures"][0]
    document = {"payload": "eA", "signatures": [one if count < 20 else {}] * count}
    reason = errors.TOO_MANY_RECIPIENTS if count else errors.JSON_SERIALIZATION
    for demand in ("every_signature", "any_known"):
        assert refused(document, BOTH, demand=demand).reason == reason
    for signers, flattened in (([], False), ([Signer(ES)] * 17, False), ([Signer(ES)] * 2, True)):
        with pytest.raises(ValueError, match="signers"):
            jws.sign_json(b"x", signers, flattened=flattened)


@pytest.mark.parametrize(
    ("header", "unprotected"),
    [
        ({"alg": "ES256"}, {"alg": "HS256"}), ({"alg": "ES256"}, {"alg": "ES256"}),
        (None, {"alg": "ES256"}), ({}, {"alg": "ES256"}), ({"kid": "ES256-0"}, {"alg": "ES256"}),
        ({"alg": "ES256"}, {"crit": ["b64"]}), ({"alg": "ES256"}, {"b64": False}),
        ({"alg": "ES256", "kid": "ES256-0"}, {"kid": "RS256-0"}),
    ],
)  # fmt: skip
def test_an_unprotected_header_decides_nothing(
    header: dict[str, Any] | None, unprotected: dict[str, Any]
) -> None:
    document = {"payload": "eA", **entry(header, b"eA", ES, **unprotected)}
    assert refused(document, BOTH).reason in {errors.HEADER_PLACE, errors.HEADER_MEMBER}


def test_an_unprotected_header_may_name_a_key() -> None:
    document = {"payload": "eA", **entry({"alg": "ES256"}, b"eA", ES, kid="ES256-0")}
    assert verified(document, BOTH).signatures[0].unprotected == {"kid": "ES256-0"}
    other = {"payload": "eA", **entry({"alg": "ES256"}, b"eA", ES, kid="RS256-0")}
    assert refused(other, BOTH).reason == errors.KEY_MISMATCH
    for kid in (5, "k" * 300):
        broken = {"payload": "eA", **entry({"alg": "ES256"}, b"eA", ES, kid=kid)}
        assert refused(broken, BOTH).reason == errors.HEADER_MEMBER


@pytest.mark.parametrize(
    "extension",
    [
        {"crit": ["x"], "x": 1}, {"crit": []}, {"crit": ["b64"]}, {"crit": "b64", "b64": False},
        {"crit": ["b64", "b64"], "b64": False}, {"crit": ["b64", "x"], "b64": False, "x": 1},
        {"crit": [["b64"]], "b64": False}, {"crit": None}, {"b64": False}, {"b64": True},
        {"crit": ["b64"], "b64": 0}, {"crit": ["b64"], "b64": "false"}, {"crit": ["b64"] * 10_000},
    ],
)  # fmt: skip
def test_an_extension_is_understood_or_refused(extension: dict[str, Any]) -> None:
    header = {"alg": "ES256"} | extension
    accepted = {errors.CRITICAL_EXTENSION, errors.UNENCODED_PAYLOAD}
    for payload in (b"eA", b"x"):
        document = {"payload": payload.decode(), **entry(header, payload, ES)}
        assert refused(document, BOTH).reason in accepted
        head = encoded(as_json(header))
        token = head + b".." + encoded(ES.signer("ES256")(head + b"." + payload))
        with pytest.raises(JoseError) as caught:
            jws.verify_detached(token[:32_000], b"x", BOTH, algorithms=ALGORITHMS)
        assert caught.value.reason in accepted | {errors.TOKEN_PARTS}


def test_all_signatures_read_the_payload_in_one_way() -> None:
    encoded_one = entry({"alg": "ES256"}, b"eA", ES)
    plain = entry({"alg": "RS256", "b64": False, "crit": ["b64"]}, b"eA", RS)
    document = {"payload": "eA", "signatures": [encoded_one, plain]}
    for demand in ("every_signature", "any_known"):
        assert refused(document, BOTH, demand=demand).reason == errors.UNENCODED_PAYLOAD


def test_a_payload_is_in_one_place() -> None:
    attached = jws.sign_json(b"x", [Signer(ES)])
    assert refused(attached, BOTH, payload=b"x").reason == errors.DETACHED_PAYLOAD
    del attached["payload"]
    assert refused(attached, BOTH).reason == errors.DETACHED_PAYLOAD
    with pytest.raises(JoseError) as caught:
        jws.verify_detached(jws.sign(b"x", ES), b"x", BOTH, algorithms=ALGORITHMS)
    assert caught.value.reason == errors.DETACHED_PAYLOAD
    unencoded = jws.sign_json(b"x", [Signer(ES)], unencoded=True) | {"payload": 5}
    assert refused(unencoded, BOTH).reason == errors.JSON_SERIALIZATION


@pytest.mark.parametrize(
    "change",
    [
        {"signatures": {}}, {"signatures": [5]}, {"signature": "AAAA"}, {"protected": "e30"},
        {"header": {}}, {"payload": 5}, {"payload": "e"}, {"payload": "="},
    ],
)  # fmt: skip
def test_a_document_of_another_form_is_refused(change: dict[str, Any]) -> None:
    document = jws.sign_json(b"x", [Signer(ES)]) | change
    accepted = {errors.JSON_SERIALIZATION, errors.PART_ENCODING}
    assert refused(document, BOTH).reason in accepted


@pytest.mark.parametrize(
    "document", [b"", "[]", '{"a":1,"a":2}', "\ud800", b"\xff", {"a": {1}}, {}]
)
def test_what_is_no_document_is_refused(document: Any) -> None:  # noqa: ANN401  # as it comes
    assert refused(document, BOTH).reason in {errors.JSON_SERIALIZATION, errors.HEADER_MEMBER}


def test_a_detached_token_with_one_thing_wrong_is_refused() -> None:
    token = jws.sign_detached(b"x", ES)
    head, _, signature = token.split(".")
    for changed, reason in (
        (f"A..{signature}", errors.HEADER_ENCODING),
        (f"{head}..{signature[:-1]}_", errors.SIGNATURE_ENCODING),
        (f"{head}..{signature[:-6]}", errors.SIGNATURE_INVALID),
        (f"{head}.", errors.TOKEN_PARTS),
    ):
        with pytest.raises(JoseError) as caught:
            jws.verify_detached(changed, b"x", BOTH, algorithms=ALGORITHMS)
        assert caught.value.reason == reason


def test_what_would_not_be_read_is_not_written() -> None:
    with pytest.raises(ValueError, match="twice, or where"):
        jws.sign_json(b"x", [Signer(ES, {}, {"alg": "ES256"})])
    with pytest.raises(ValueError, match="not the caller's"):
        jws.sign_json(b"x", [Signer(ES, {"b64": False})])
    with pytest.raises(ValueError, match="utf-8"):
        jws.sign_json(b"\xff", [Signer(ES)], unencoded=True)
    with pytest.raises(ValueError, match="at most 131072"):
        jws.sign_json(b"x" * 100_000, [Signer(ES)])
    large = json.dumps({"payload": "A" * 140_000})
    assert refused(large, BOTH).reason == errors.TOKEN_TOO_LARGE


def example(*names: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(vectors("cookbook", *names).read_text())
    return document


@pytest.mark.parametrize(
    "name",
    [
        "4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_3.ecdsa_signature",
        "4_4.hmac-sha2_integrity_protection", "4_5.signature_with_detached_content",
        "4_6.protecting_specific_header_fields",
    ],
)  # fmt: skip
def test_the_documents_of_rfc_7520_are_verified(name: str) -> None:
    given = example("jws", f"{name}.json")
    key, payload = Key.from_jwk(given["input"]["key"]), given["input"]["payload"].encode()
    options = {"payload": payload} if "detached" in name else {}
    for form in ("json", "json_flat"):
        if form in given["output"]:
            assert verified(given["output"][form], key, **options).payload == payload
    if options:
        compact = given["output"]["compact"]
        assert jws.verify_detached(compact, payload, key, algorithms=["HS256"]).payload == payload


def test_an_algorithm_that_nothing_protects_is_refused_in_rfc_7520_too() -> None:
    for name in ("4_7.protecting_content_only", "4_8.multiple_signatures"):
        given = example("jws", f"{name}.json")
        keys = given["input"]["key"]
        for jwk in keys if isinstance(keys, list) else [keys]:
            error = refused(given["output"]["json"], Key.from_jwk(jwk), demand="any_known")
            assert error.reason in {errors.HEADER_PLACE, errors.HEADER_MEMBER}


def test_two_of_the_three_signatures_of_rfc_7520_4_8_are_good() -> None:
    given = example("jws", "4_8.multiple_signatures.json")
    rsa, _, secret = (Key.from_jwk(jwk) for jwk in given["input"]["key"])
    document = given["output"]["json"]
    protected = [one for one in document["signatures"] if "alg" not in one.get("header", {})]
    for key in (rsa, secret):
        found = verified(document | {"signatures": protected}, key, demand="any_known")
        assert [one.key for one in found.signatures] == [key]


@pytest.mark.parametrize("name", ["4.2.hmac-sha2_b64_false", "hmac-sha2_b64_false"])
def test_the_documents_of_rfc_7797_are_verified(name: str) -> None:
    given = example("rfc7797", f"{name}.json")
    key, payload = Key.from_jwk(given["input"]["key"]), given["input"]["payload"].encode()
    for form in ("json", "json_flat"):
        if name.startswith("4.2"):  # its header, as printed, has no `crit`: RFC 7797 §6 refuses it
            reason = refused(given["output"][form], key).reason
            assert reason == errors.UNENCODED_PAYLOAD
        else:
            assert verified(given["output"][form], key).payload == payload
    if "compact" in given["output"]:
        head, _, rest = given["output"]["compact"].partition(".")
        token = f"{head}..{rest.rpartition('.')[2]}"
        assert jws.verify_detached(token, payload, key, algorithms=["HS256"]).payload == payload
