"""Attacks 1 to 7: tokens without a signature, or with one that nobody checked."""

import json
from typing import Any

import pytest

from sealwax.jose import (
    AlgorithmNotAllowed,
    JoseError,
    Key,
    KeySet,
    MalformedToken,
    SignatureInvalid,
    errors,
    jws,
    jwt,
    status_list,
)
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose.support import (
    ASYMMETRIC,
    NOW,
    TYPE,
    check_text,
    claims,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
)

NONES: list[object] = [
    *("none", "None", "nOnE", "NONE", "none ", " none", "n\u043ene", ""),
    *(None, ["none"], {}, 0, False),
]


def refusals(token: str, keys: Key | KeySet) -> list[JoseError]:
    """Offer a token to every door, with every algorithm allowed."""
    found = []
    for allowed in (list(ALGORITHMS), ["ES256"]):
        with pytest.raises(JoseError) as caught:
            jws.verify(token, keys, algorithms=allowed)
        found.append(caught.value)
        with pytest.raises(JoseError) as caught:
            jwt.verify(token, keys, algorithms=allowed, policy=policy(), now=NOW)
        found.append(caught.value)
    for error in found:
        check_text(error, token)
    return found


@pytest.mark.parametrize("alg", NONES, ids=repr)
@pytest.mark.parametrize("signature", ["", "AAAA", "junk", None, "=", "bm9uZQ"])
def test_an_unsigned_token_is_refused_whatever_it_calls_itself(
    alg: object, signature: str | None
) -> None:
    head, payload, _ = forge({"alg": alg, "typ": TYPE, "kid": "ES256-0"}, claims()).split(".")
    token = f"{head}.{payload}" + ("" if signature is None else f".{signature}")
    reasons = {error.reason for error in refusals(token, public_of("ES256"))}
    if signature is None:
        assert reasons == {errors.TOKEN_PARTS}
    elif signature == "=":
        assert reasons == {errors.TOKEN_CHARACTERS}
    else:
        assert reasons <= {errors.ALGORITHM_NOT_ALLOWED, errors.HEADER_MEMBER}


@pytest.mark.parametrize("bad", [[], (), None, "", "none", ["none"], ["None"], ["ES256", "none"]])
def test_a_verifier_can_not_be_told_to_accept_nothing_or_none(bad: Any) -> None:  # noqa: ANN401  # whatever
    for make in (
        lambda: jwt.PreparedVerifier(public_of("ES256"), algorithms=bad, policy=policy()),
        lambda: jwt.verify("a.b.c", public_of("ES256"), algorithms=bad, policy=policy(), now=NOW),
        lambda: jws.verify("a.b.c", public_of("ES256"), algorithms=bad),
        lambda: status_list.verify(
            "a.b.c", public_of("ES256"), algorithms=bad, uri="https://x", now=NOW
        ),
    ):
        with pytest.raises((TypeError, ValueError)):
            make()


def test_an_unsigned_token_is_refused_with_every_kind_of_keys() -> None:
    token = forge({"alg": "none", "typ": TYPE}, claims())
    public = public_of("ES256")
    several = KeySet([public, public_of("RS256"), public_of("Ed25519")])
    fetched = KeySet.from_jwks(json.dumps(several.to_jwks()))
    for keys in (public, KeySet([public]), KeySet([]), several, fetched, key_of("HS256")):
        assert all(isinstance(error, AlgorithmNotAllowed) for error in refusals(token, keys))


@pytest.mark.parametrize("keys", [lambda _header: public_of("ES256"), None, b"", "", False, {}])
def test_keys_that_are_a_function_or_nothing_are_refused(keys: Any) -> None:  # noqa: ANN401  # whatever
    token = forge({"alg": "none", "typ": TYPE}, claims())
    with pytest.raises(TypeError, match="a Key or a KeySet"):
        jwt.verify(token, keys, algorithms=["ES256"], policy=policy(), now=NOW)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_one_changed_byte_of_the_payload_is_seen_at_every_door(algorithm: str) -> None:
    key, public = key_of(algorithm), public_of(algorithm)
    token = jwt.sign(claims(), key, typ=TYPE)
    listed = status_list.sign(
        status_list.StatusList(1, 8),
        key,
        uri="https://x",
        issued_at=NOW,
        lifetime_seconds=60,
        ttl_seconds=15,
    )
    for good, check in (
        (token, lambda t: jws.verify(t, public, algorithms=[algorithm])),
        (token, lambda t: jwt.verify(t, public, algorithms=[algorithm], policy=policy(), now=NOW)),
        (listed, lambda t: status_list.verify(
            t, public, algorithms=[algorithm], uri="https://x", now=NOW)),
    ):  # fmt: skip
        check(good)
        head, payload, signature = good.split(".")
        changed = payload[:10] + ("A" if payload[10] != "A" else "B") + payload[11:]
        with pytest.raises(SignatureInvalid):
            check(f"{head}.{changed}.{signature}")


def test_an_unsigned_token_inside_a_signed_one_is_a_payload_and_no_claims() -> None:
    inner = forge({"alg": "none"}, claims())
    token = forge(good_header(key_of("ES256"), cty="JWT"), inner.encode(), key_of("ES256"))
    with pytest.raises(MalformedToken) as caught:
        jwt.verify(token, public_of("ES256"), algorithms=["ES256"], policy=policy(), now=NOW)
    assert caught.value.reason == errors.PAYLOAD_JSON


@pytest.mark.parametrize("alg", ["dir", "RSA-OAEP", "RSA1_5", "ECDH-ES", "A256KW", "none", "ES256"])
def test_an_encrypted_token_is_not_a_signed_one(alg: str) -> None:
    head = encoded(json.dumps({"alg": alg, "enc": "A128GCM", "typ": TYPE}).encode()).decode()
    body = encoded(json.dumps(claims()).encode()).decode()
    for token in (f"{head}..{body}.{body}.AAAA", f"{head}.{body}.{body}.{body}.AAAA", "...."):
        for name in ("ES256", "RS256", "HS256"):
            reasons = {error.reason for error in refusals(token, public_of(name))}
            assert reasons == {errors.TOKEN_IS_ENCRYPTED}
        with pytest.raises(MalformedToken):
            jwt.read_unverified_claims(token)


@pytest.mark.parametrize("algorithm", ["ES256", "HS256", "RS256"])
def test_a_text_that_is_two_formats_at_once_is_neither(algorithm: str) -> None:
    head, payload, signature = jwt.sign(claims(), key_of(algorithm), typ=TYPE).split(".")
    evil = encoded(json.dumps(claims(sub="admin")).encode()).decode()
    mixtures = [
        f'{{"{head}":"","payload":"{payload}","signature":"{signature}"}}',
        f'{{"payload":"{evil}","protected":"{head}","signature":"{signature}"}}.x.y',
        f'{{"  {head}.{evil}.{signature}  ":"","protected":"{head}"}}',
        f'  {{"{head}."."{payload}":"{signature}"}}',
        f'"{head}.{payload}.{signature}"',
        f" {head}.{payload}.{signature}",
        f"{head}.{payload}.{signature}\n",
        f"{head}.{payload}.{signature}\x00",
        f"{head}.{payload}.{signature},{head}.{evil}.{signature}",
        f"Bearer {head}.{payload}.{signature}",
        f"{head}.{payload}.{signature}~",
    ]
    for token in mixtures:
        for error in refusals(token, public_of(algorithm)):
            assert error.reason == errors.TOKEN_CHARACTERS


def test_every_asymmetric_algorithm_refuses_an_empty_signature() -> None:
    for algorithm in ASYMMETRIC:
        token = forge(good_header(key_of(algorithm)), claims())
        assert token.endswith(".")
        for error in refusals_of(token, algorithm):
            assert isinstance(error, SignatureInvalid)


def refusals_of(token: str, algorithm: str) -> list[JoseError]:
    with pytest.raises(JoseError) as first:
        jws.verify(token, public_of(algorithm), algorithms=[algorithm])
    with pytest.raises(JoseError) as second:
        jwt.verify(token, public_of(algorithm), algorithms=[algorithm], policy=policy(), now=NOW)
    return [first.value, second.value]
