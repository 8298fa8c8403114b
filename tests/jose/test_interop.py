"""PyJWT and joserfc read our tokens and keys, and we read theirs."""

import json
from typing import Any

import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
import pytest

from sealwax.jose import JoseError, Key, KeySet, jwt
from sealwax.jose.algorithms import ALGORITHMS
from tests.jose.support import AUDIENCE, ISSUER, NOW, TYPE, claims, key_of, policy, public_of

# Neither of them has ML-DSA.
SHARED = tuple(name for name in ALGORITHMS if not name.startswith("ML-DSA"))
# What each of them calls it; joserfc knows the two curves only by their own names.
PYJWT_NAMES = {name: "EdDSA" if name.startswith("Ed") else name for name in SHARED}
OPTIONS: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


def pyjwt_key(algorithm: str, *, private: bool) -> Any:  # noqa: ANN401  # PyJWT's keys have many types
    private = private or algorithm.startswith("HS")
    jwk = key_of(algorithm).to_jwk(private=private) | {"alg": PYJWT_NAMES[algorithm]}
    return pyjwt.PyJWK(jwk).key


def joserfc_key(algorithm: str, *, private: bool) -> Any:  # noqa: ANN401  # joserfc's keys have many types
    private = private or algorithm.startswith("HS")
    return joserfc.jwk.import_key(key_of(algorithm).to_jwk(private=private))


def believed(token: str, algorithm: str) -> dict[str, Any]:
    return jwt.verify(
        token, public_of(algorithm), algorithms=[algorithm], policy=policy(), now=NOW
    ).claims


@pytest.mark.parametrize("algorithm", SHARED)
def test_pyjwt_reads_our_token(algorithm: str) -> None:
    name = PYJWT_NAMES[algorithm]
    token = jwt.sign(claims(n="ä"), key_of(algorithm), typ=TYPE, algorithm_name=name)
    read = pyjwt.decode(
        token,
        pyjwt_key(algorithm, private=False),
        algorithms=[name],
        audience=AUDIENCE,
        issuer=ISSUER,
        options=OPTIONS,
    )
    assert read == claims(n="ä")
    assert pyjwt.get_unverified_header(token) == {
        "alg": name,
        "typ": TYPE,
        "kid": f"{algorithm}-0",
    }


@pytest.mark.parametrize("algorithm", SHARED)
def test_we_read_the_token_of_pyjwt(algorithm: str) -> None:
    token = pyjwt.encode(
        claims(n="ä"),
        pyjwt_key(algorithm, private=True),
        algorithm=PYJWT_NAMES[algorithm],
        headers={"typ": TYPE, "kid": f"{algorithm}-0"},
    )
    assert believed(token, algorithm) == claims(n="ä")


@pytest.mark.parametrize("algorithm", SHARED)
def test_joserfc_reads_our_token(algorithm: str) -> None:
    token = jwt.sign(claims(n="ä"), key_of(algorithm), typ=TYPE)
    read = joserfc.jwt.decode(token, joserfc_key(algorithm, private=False), algorithms=[algorithm])
    assert read.claims == claims(n="ä")
    assert read.header == {"alg": algorithm, "typ": TYPE, "kid": f"{algorithm}-0"}


@pytest.mark.parametrize("algorithm", SHARED)
def test_we_read_the_token_of_joserfc(algorithm: str) -> None:
    header = {"alg": algorithm, "typ": TYPE, "kid": f"{algorithm}-0"}
    token = joserfc.jwt.encode(
        header, claims(n="ä"), joserfc_key(algorithm, private=True), algorithms=[algorithm]
    )
    assert believed(token, algorithm) == claims(n="ä")


@pytest.mark.parametrize("algorithm", SHARED)
def test_a_changed_token_is_refused_by_all_three(algorithm: str) -> None:
    def changed(token: str) -> str:
        head, payload, signature = token.split(".")
        other = "A" if payload[20] != "A" else "B"
        return f"{head}.{payload[:20]}{other}{payload[21:]}.{signature}"

    name = PYJWT_NAMES[algorithm]
    modern = changed(jwt.sign(claims(), key_of(algorithm), typ=TYPE))
    older = changed(jwt.sign(claims(), key_of(algorithm), typ=TYPE, algorithm_name=name))
    for token in (modern, older):
        with pytest.raises(JoseError):
            believed(token, algorithm)
    with pytest.raises(pyjwt.InvalidTokenError):
        pyjwt.decode(older, pyjwt_key(algorithm, private=False), algorithms=[name], options=OPTIONS)
    with pytest.raises(joserfc.errors.JoseError):
        joserfc.jwt.decode(modern, joserfc_key(algorithm, private=False), algorithms=[algorithm])


def test_both_read_our_key_set() -> None:
    names = [name for name in SHARED if not name.startswith("HS")]
    document = KeySet([public_of(name) for name in names]).to_jwks()
    theirs = joserfc.jwk.KeySet.import_key_set(json.loads(json.dumps(document)))
    assert [key.thumbprint() for key in theirs.keys] == [
        key_of(name).thumbprint() for name in names
    ]
    for name in names:
        token = jwt.sign(claims(), key_of(name), typ=TYPE)
        assert joserfc.jwt.decode(token, theirs, algorithms=[name]).claims == claims()
    known = [jwk for jwk in document["keys"] if not jwk["alg"].startswith("Ed")]
    ours = pyjwt.PyJWKSet.from_dict({"keys": known})
    assert [key.key_id for key in ours.keys] == [jwk["kid"] for jwk in known]
    for jwk in known:
        token = jwt.sign(claims(), key_of(jwk["alg"]), typ=TYPE)
        read = pyjwt.decode(
            token, ours[jwk["kid"]], algorithms=[jwk["alg"]], audience=AUDIENCE, options=OPTIONS
        )
        assert read == claims()


def test_we_read_the_keys_of_joserfc() -> None:
    made: list[Any] = [
        joserfc.jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}),
        joserfc.jwk.ECKey.generate_key("P-384", {"key_ops": ["sign"]}),
        joserfc.jwk.ECKey.generate_key("P-521"),
        joserfc.jwk.RSAKey.generate_key(2048, {"alg": "PS256"}),
        joserfc.jwk.OKPKey.generate_key("Ed25519"),
        joserfc.jwk.OKPKey.generate_key("Ed448"),
        joserfc.jwk.OctKey.generate_key(512, {"alg": "HS512"}),
    ]
    for theirs in made:
        ours = Key.from_jwk(theirs.as_dict(private=True))
        assert ours.thumbprint() == theirs.thumbprint()
        assert ours.is_private
        if ours.key_type != "oct":
            public = Key.from_jwk(theirs.as_dict(private=False))
            assert public == ours
            assert not public.is_private
            assert Key.from_pem(theirs.as_pem(private=True)).thumbprint() == ours.thumbprint()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES512", "Ed25519"])
def test_both_read_our_pem(algorithm: str) -> None:
    key = key_of(algorithm)
    token = jwt.sign(claims(), key, typ=TYPE, algorithm_name=PYJWT_NAMES[algorithm])
    read = pyjwt.decode(
        token,
        key.to_pem().decode(),
        algorithms=[PYJWT_NAMES[algorithm]],
        audience=AUDIENCE,
        options=OPTIONS,
    )
    assert read == claims()
    theirs = joserfc.jwk.import_key(key.to_pem(private=True), key.key_type)  # type: ignore[call-overload]  # its types want a literal
    assert theirs.thumbprint() == key.thumbprint()
