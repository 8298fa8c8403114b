"""Properties: what is signed is believed, and no other token is."""

import base64
import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import JoseError, Key, KeySet, Policy, jws, jwt
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose.support import (
    AUDIENCE,
    ISSUER,
    NOW,
    TYPE,
    accepted,
    check_text,
    claims,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
    verifier_of,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
QUICK = ("HS256", "ES256", "Ed25519")


OTHER_CLAIMS = st.text().filter(lambda name: name != "nbf")


@given(st.dictionaries(OTHER_CLAIMS, JSON, max_size=6), st.sampled_from(QUICK))
def test_whatever_claims_are_signed_come_back(extra: dict[str, Any], algorithm: str) -> None:
    signed = extra | claims()
    token = jwt.sign(signed, key_of(algorithm), typ=TYPE)
    assert accepted(token, algorithm).claims == signed


@pytest.mark.parametrize("algorithm", ["HS256", "ES256", "Ed25519", "RS256"])
def test_one_flipped_bit_anywhere_is_refused(algorithm: str) -> None:
    token = jwt.sign(claims(), key_of(algorithm), typ=TYPE).encode()
    verifier = verifier_of(algorithm)
    verifier.verify(token, now=NOW)
    step = 1 if algorithm == "HS256" else 5
    for position in range(0, len(token) * 8, step):
        flipped = bytearray(token)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(JoseError) as caught:
            verifier.verify(bytes(flipped), now=NOW)
        check_text(caught.value, bytes(flipped))


@pytest.mark.parametrize("algorithm", ["HS256", "ES256", "Ed25519", "RS256", "PS256"])
def test_one_flipped_bit_in_a_decoded_part_is_refused(algorithm: str) -> None:
    token = jwt.sign(claims(), key_of(algorithm), typ=TYPE)
    verifier = verifier_of(algorithm)
    parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
    for number, part in enumerate(parts):
        for position in range(0, len(part) * 8, 11):
            flipped = bytearray(part)
            flipped[position // 8] ^= 1 << position % 8
            changed = [*parts[:number], bytes(flipped), *parts[number + 1 :]]
            with pytest.raises(JoseError):
                verifier.verify(b".".join(map(encoded, changed)), now=NOW)


SEGMENT = st.binary(max_size=80).map(encoded) | st.sampled_from(
    [b"", b"e30", b"eyJhbGciOiJub25lIn0", b"eyJhbGciOiJFUzI1NiJ9", b"W10", b"bnVsbA", b"ImEi"]
)


@given(
    st.lists(SEGMENT, max_size=6).map(b".".join) | st.binary(max_size=120) | st.text(max_size=60)
)
def test_any_other_token_raises_a_jose_error(token: bytes | str) -> None:
    for read in (jwt.read_unverified_header, jwt.read_unverified_claims):
        with contextlib.suppress(JoseError):
            read(token)
    with pytest.raises(JoseError) as caught:
        verifier_of().verify(token, now=NOW)
    assert len(str(caught.value)) <= 200


@given(st.integers(0, 2), st.data())
def test_a_genuine_token_with_a_changed_part_raises_a_jose_error(number: int, data: Any) -> None:  # noqa: ANN401  # hypothesis
    parts = jwt.sign(claims(), key_of("ES256"), typ=TYPE).encode().split(b".")
    part = parts[number]
    position = data.draw(st.integers(0, len(part)))
    length = data.draw(st.integers(0, 4))
    put = data.draw(st.binary(max_size=4) | st.text("AZaz09-_.=", max_size=4).map(str.encode))
    changed = part[:position] + put + part[position + length :]
    if changed == part:
        return
    parts[number] = changed
    with pytest.raises(JoseError):
        verifier_of().verify(b".".join(parts), now=NOW)


HEADER_MEMBERS = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "cty"])


@given(st.dictionaries(st.text(max_size=4) | HEADER_MEMBERS, JSON, max_size=5))
def test_any_header_signed_by_the_right_key_raises_a_jose_error_or_is_allowed(
    changes: dict[str, Any],
) -> None:
    header = good_header(key_of("ES256")) | changes
    token = forge(header, claims(), key_of("ES256"))
    try:
        verified = verifier_of().verify(token, now=NOW)
    except JoseError:
        return
    assert verified.header["alg"] == "ES256"
    assert verified.header.get("kid", "ES256-0") == "ES256-0"
    assert not {"crit", "b64"} & set(verified.header)


MEMBERS = st.sampled_from(
    [*"xydnepqk", "kty", "crv", "dp", "dq", "qi", "oth", "alg", "use", "key_ops", "kid", "x5c"]
)
OCTETS = st.binary(max_size=70).map(lambda data: encoded(data).decode())


@given(st.sampled_from(tuple(ALGORITHMS)), st.dictionaries(MEMBERS, JSON | OCTETS, max_size=3))
def test_any_jwk_is_a_key_or_a_jose_error(algorithm: str, changes: dict[str, Any]) -> None:
    jwk = key_of(algorithm).to_jwk(private=True) | changes
    try:
        key = Key.from_jwk(jwk)
    except JoseError as error:
        text = str(error)
    else:
        text = repr(key)
        for name in key.algorithms:
            if key.may("sign", name) and key.may("verify", name) and key.is_private:
                token = key.signer(name)(b"x")
                assert key.checker(name)(b"x", token)
    assert len(text) <= 200


@given(st.binary(max_size=200) | JSON.map(repr).map(str.encode))
def test_any_document_is_a_key_set_or_a_jose_error(document: bytes) -> None:
    for read in (KeySet.from_jwks, Key.from_jwk, Key.from_pem):
        with contextlib.suppress(JoseError):
            read(document)


@given(st.sampled_from(tuple(ALGORITHMS)), st.sampled_from(tuple(ALGORITHMS)))
def test_a_key_verifies_its_own_algorithm_only(algorithm: str, other: str) -> None:
    key = key_of(algorithm)
    signer = key.signer(algorithm)
    token = forge(good_header(key, alg=other), b"x", signer)
    for allowed in ([other], [algorithm, other], list(ALGORITHMS)):
        if other == algorithm:
            assert jws.verify(token, public_of(algorithm), algorithms=allowed).payload == b"x"
        else:
            with pytest.raises(JoseError):
                jws.verify(token, public_of(algorithm), algorithms=allowed)


@given(st.text(min_size=1), st.text(min_size=1))
def test_issuer_and_audience_are_equal_or_the_token_is_refused(issuer: str, audience: str) -> None:
    try:
        token = jwt.sign(claims(iss=issuer, aud=audience), key_of("HS256"), typ=TYPE)
    except ValueError:
        return
    demands = Policy(issuer, audience, TYPE)
    key = public_of("HS256")
    jwt.verify(token, key, algorithms=["HS256"], policy=demands, now=NOW)
    if (issuer, audience) != (ISSUER, AUDIENCE):
        with pytest.raises(JoseError):
            jwt.verify(token, key, algorithms=["HS256"], policy=policy(), now=NOW)
