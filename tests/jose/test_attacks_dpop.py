"""Attacks 69 and 70: proofs that are stolen, replayed, forged, or another kind of token."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, dpop, errors, jwt
from sealwax.jose.confirmation import certificate_thumbprint, read_confirmation
from sealwax.jose.replay import MemoryReplayStore
from tests.jose.examples import A1_KEY
from tests.jose.support import NOW, check_text, claims, forge, key_of, refused
from tests.jose.test_confirmation import DER

METHOD = "POST"
URL = "https://api.example.com/notes"
ACCESS_TOKEN = "an-access-token"
KEY = key_of("ES256")
OTHER = key_of("ES256", 1)
JWK = {name: KEY.to_jwk()[name] for name in ("kty", "crv", "x", "y")}
PRIVATE_JWK = KEY.to_jwk(private=True)
THREADS = 8


def header(**changes: object) -> dict[str, Any]:
    good = {"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK} | changes
    return {name: value for name, value in good.items() if value is not ...}


def payload(**changes: object) -> dict[str, Any]:
    good = {
        "jti": "4711",
        "htm": METHOD,
        "htu": URL,
        "iat": NOW,
        "ath": dpop.access_token_hash(ACCESS_TOKEN),
        "nonce": "n-1",
    } | changes
    return {name: value for name, value in good.items() if value is not ...}


def refusal(proof: str | bytes, **changes: Any) -> JoseError:  # noqa: ANN401  any argument of check
    options = {
        "method": METHOD,
        "url": URL,
        "now": NOW,
        "access_token": ACCESS_TOKEN,
        "nonce": "n-1",
        **changes,
    }
    with pytest.raises(JoseError) as caught:
        dpop.check(proof, **options)
    check_text(caught.value, proof)
    return caught.value


def test_the_proof_these_attacks_start_from_is_good() -> None:
    proof = forge(header(), payload(), KEY)
    found = dpop.check(
        proof, method=METHOD, url=URL, now=NOW, access_token=ACCESS_TOKEN, nonce="n-1"
    )
    assert found.thumbprint == KEY.thumbprint()


@pytest.mark.parametrize(
    ("changes", "claim", "reason"),
    [
        # the method
        ({"htm": "GET"}, "htm", errors.METHOD_MISMATCH),
        ({"htm": "post"}, "htm", errors.METHOD_MISMATCH),
        ({"htm": "POST "}, "htm", errors.METHOD_MISMATCH),
        ({"htm": ...}, "htm", errors.CLAIM_MISSING),
        ({"htm": None}, "htm", errors.CLAIM_TYPE),
        ({"htm": ["POST"]}, "htm", errors.CLAIM_TYPE),
        ({"htm": ""}, "htm", errors.CLAIM_TYPE),
        # the address
        ({"htu": URL + "/"}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": URL.upper()}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": URL.replace("https", "http")}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": "https://api.example.com"}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": "https://evil.example/notes"}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": "https://api.example.com:8443/notes"}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": "https://api.example.com/notes%2f"}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": "https://api.example.com/?/notes"}, "htu", errors.TARGET_URI_MISMATCH),
        ({"htu": "https://x@api.example.com/notes"}, "htu", errors.CLAIM_TYPE),
        ({"htu": "/notes"}, "htu", errors.CLAIM_TYPE),
        ({"htu": ""}, "htu", errors.CLAIM_TYPE),
        ({"htu": "https://api.example.com/not es"}, "htu", errors.CLAIM_TYPE),
        ({"htu": [URL]}, "htu", errors.CLAIM_TYPE),
        ({"htu": 5}, "htu", errors.CLAIM_TYPE),
        ({"htu": ...}, "htu", errors.CLAIM_MISSING),
        # the access token
        ({"ath": ...}, "ath", errors.CLAIM_MISSING),
        ({"ath": None}, "ath", errors.CLAIM_MISSING),
        ({"ath": ""}, "ath", errors.ACCESS_TOKEN_MISMATCH),
        ({"ath": dpop.access_token_hash("another")}, "ath", errors.ACCESS_TOKEN_MISMATCH),
        ({"ath": dpop.access_token_hash("")}, "ath", errors.ACCESS_TOKEN_MISMATCH),
        ({"ath": ACCESS_TOKEN}, "ath", errors.ACCESS_TOKEN_MISMATCH),
        ({"ath": [dpop.access_token_hash(ACCESS_TOKEN)]}, "ath", errors.ACCESS_TOKEN_MISMATCH),
        # the nonce
        ({"nonce": "n-2"}, "nonce", errors.NONCE_MISMATCH),
        ({"nonce": ...}, "nonce", errors.NONCE_MISMATCH),
        ({"nonce": None}, "nonce", errors.CLAIM_TYPE),
        ({"nonce": ""}, "nonce", errors.CLAIM_TYPE),
        ({"nonce": ["n-1"]}, "nonce", errors.CLAIM_TYPE),
        ({"nonce": "n" * 257}, "nonce", errors.CLAIM_TYPE),
        # the jti
        ({"jti": ...}, "jti", errors.CLAIM_MISSING),
        ({"jti": None}, "jti", errors.CLAIM_TYPE),
        ({"jti": ""}, "jti", errors.CLAIM_TYPE),
        ({"jti": 4711}, "jti", errors.CLAIM_TYPE),
        ({"jti": True}, "jti", errors.CLAIM_TYPE),
        ({"jti": "x" * 257}, "jti", errors.CLAIM_TYPE),
        # the time
        ({"iat": NOW + 6}, "iat", errors.TOKEN_FROM_THE_FUTURE),
        ({"iat": NOW + 86400 * 365}, "iat", errors.TOKEN_FROM_THE_FUTURE),
        ({"iat": NOW - 66}, "iat", errors.TOKEN_TOO_OLD),
        ({"iat": 0}, "iat", errors.TOKEN_TOO_OLD),
        ({"iat": -NOW}, "iat", errors.CLAIM_TYPE),
        ({"iat": NOW * 1000}, "iat", errors.CLAIM_TYPE),
        ({"iat": str(NOW)}, "iat", errors.CLAIM_TYPE),
        ({"iat": True}, "iat", errors.CLAIM_TYPE),
        ({"iat": None}, "iat", errors.CLAIM_TYPE),
        ({"iat": ...}, "iat", errors.CLAIM_MISSING),
        ({"exp": NOW - 5}, "exp", errors.TOKEN_EXPIRED),
        ({"nbf": NOW + 6}, "nbf", errors.TOKEN_NOT_YET_VALID),
        ({"exp": "never"}, "exp", errors.CLAIM_TYPE),
    ],
)
def test_a_proof_that_says_something_else_is_refused(
    changes: dict[str, object], claim: str, reason: str
) -> None:
    error = refusal(forge(header(), payload(**changes), KEY))
    assert (error.reason, getattr(error, "claim", None)) == (reason, claim)
    assert ACCESS_TOKEN not in str(error)
    assert dpop.access_token_hash(ACCESS_TOKEN) not in str(error)


def test_a_query_in_the_address_stays_out_of_the_text() -> None:
    for htu in (URL + "/other?secret=1", "https://x@evil.example/?secret=1"):
        assert "secret" not in str(refusal(forge(header(), payload(htu=htu), KEY)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        # another kind of token (69)
        ({"typ": ...}, errors.TYPE_MISMATCH),
        ({"typ": "JWT"}, errors.TYPE_MISMATCH),
        ({"typ": "at+jwt"}, errors.TYPE_MISMATCH),
        ({"typ": "kb+jwt"}, errors.TYPE_MISMATCH),
        ({"typ": "dpop+jwt2"}, errors.TYPE_MISMATCH),
        ({"typ": None}, errors.HEADER_MEMBER),
        # no algorithm, or one for which the key in the header would be a secret
        ({"alg": "none"}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "None"}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "HS256"}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "es256"}, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "ES384"}, errors.KEY_MISMATCH),
        ({"alg": "RS256"}, errors.KEY_MISMATCH),
        ({"alg": ...}, errors.HEADER_MEMBER),
        # a key that is not there, not public, symmetric, weak, or elsewhere
        ({"jwk": ...}, errors.HEADER_MEMBER),
        ({"jwk": ..., "kid": KEY.kid}, errors.HEADER_MEMBER),
        ({"jwk": ..., "jku": "https://evil.example/jwks"}, errors.HEADER_MEMBER),
        ({"jwk": ..., "x5c": ["MIIB"]}, errors.HEADER_MEMBER),
        ({"jwk": None}, errors.HEADER_MEMBER),
        ({"jwk": [JWK]}, errors.HEADER_MEMBER),
        ({"jwk": "{}"}, errors.HEADER_MEMBER),
        ({"jwk": {}}, errors.KEY_TYPE_UNSUPPORTED),
        ({"jwk": PRIVATE_JWK}, errors.KEY_NOT_PUBLIC),
        ({"jwk": {**JWK, "d": ""}}, errors.KEY_NOT_PUBLIC),
        ({"jwk": {**JWK, "k": "AAAA"}}, errors.KEY_NOT_PUBLIC),
        ({"jwk": {**JWK, "priv": None}}, errors.KEY_NOT_PUBLIC),
        ({"jwk": {**JWK, "oth": []}}, errors.KEY_NOT_PUBLIC),
        ({"jwk": {"kty": "oct"}}, errors.KEY_NOT_PUBLIC),
        ({"jwk": A1_KEY, "alg": "HS256"}, errors.KEY_NOT_PUBLIC),
        ({"jwk": {**JWK, "kty": "RSA"}}, errors.KEY_FORMAT),
        ({"jwk": {**JWK, "x": JWK["y"]}}, errors.KEY_FORMAT),
        ({"jwk": {**JWK, "crv": "P-192"}}, errors.KEY_TYPE_UNSUPPORTED),
        ({"jwk": {**JWK, "alg": "ES384"}}, errors.KEY_ALGORITHM),
        ({"jwk": {**JWK, "alg": "ECDH-ES"}}, errors.KEY_MISMATCH),
        ({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "alg": "RS256"}, errors.KEY_WEAK),
        # extensions
        ({"crit": ["x"], "x": 1}, errors.CRITICAL_EXTENSION),
        ({"crit": ["jwk"]}, errors.CRITICAL_EXTENSION),
        ({"b64": False, "crit": ["b64"]}, errors.CRITICAL_EXTENSION),
    ],
)
def test_a_header_that_is_not_one_of_a_proof_is_refused(
    changes: dict[str, object], reason: str
) -> None:
    assert refusal(forge(header(**changes), payload(), KEY)).reason == reason


@pytest.mark.parametrize("jwk", [JWK, OTHER.to_jwk()])
def test_a_proof_of_one_key_does_not_pass_for_that_of_another(jwk: dict[str, Any]) -> None:
    for signer in (None, OTHER if jwk is JWK else KEY, lambda _: bytes(64)):
        proof = forge(header(jwk=jwk), payload(), signer)
        assert refusal(proof).reason == errors.SIGNATURE_INVALID


def test_the_secret_of_a_proof_can_not_be_its_own_public_key() -> None:
    secret = Key.from_jwk(A1_KEY, algorithm="HS256")
    for jwk in (JWK, A1_KEY, {**A1_KEY, "kty": "EC"}):
        for algorithms in (["ES256"], ["ES256", "RS256"]):
            proof = forge(header(alg="HS256", jwk=jwk), payload(), secret)
            assert refusal(proof, algorithms=algorithms).reason in (
                errors.ALGORITHM_NOT_ALLOWED,
                errors.KEY_NOT_PUBLIC,
            )


@pytest.mark.parametrize("member", ["kid", "use", "key_ops", "x5c", "x5t#S256", "x5u", "ext"])
def test_what_the_key_says_about_itself_changes_nothing(member: str) -> None:
    values: dict[str, object] = {"use": "enc", "key_ops": ["encrypt"]}
    jwk = {**JWK, member: values.get(member, "x")}
    proof = forge(header(jwk=jwk, kid="other"), payload(), KEY)
    found = dpop.check(proof, method=METHOD, url=URL, now=NOW)
    assert (found.key.kid, found.key.use) == (None, None)
    assert found.thumbprint == KEY.thumbprint()


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{", b'{"jti":"1","jti":"2"}', b"\xff", b"null"])
def test_a_payload_that_is_no_object_is_refused(body: bytes) -> None:
    assert refusal(forge(header(), body, KEY)).reason == errors.PAYLOAD_JSON


@pytest.mark.parametrize(
    "proof", ["", ".", "..", "a.b", "a.b.c.d.e", "{}", "a b.c.d", "\u00e4.b.c"]
)
def test_what_is_no_token_is_no_proof(proof: str) -> None:
    assert isinstance(refusal(proof), JoseError)


def test_two_proofs_in_one_header_are_none() -> None:
    proof = forge(header(), payload(), KEY)
    for both in (f"{proof}, {proof}", f"{proof},{proof}", f"{proof} {proof}"):
        assert refusal(both).reason == errors.TOKEN_CHARACTERS


def test_a_proof_is_no_access_token_and_an_access_token_is_no_proof() -> None:
    proof = forge({**header(), "kid": KEY.kid}, payload(**claims()), KEY)
    assert refused(proof).reason == errors.TYPE_MISMATCH
    token = jwt.sign(claims(**payload()), KEY, typ="at+jwt", header={"jwk": JWK})
    assert refusal(token).reason == errors.TYPE_MISMATCH


def test_the_key_of_a_proof_is_looked_at_nowhere_else() -> None:
    attacker = Key.generate("ES256", kid=KEY.kid)
    token = jwt.sign(claims(), attacker, typ="at+jwt", header={"jwk": attacker.to_jwk()})
    assert refused(token).reason == errors.SIGNATURE_INVALID


def test_a_stolen_token_goes_with_no_other_key_and_no_other_certificate() -> None:
    bound = read_confirmation({"cnf": {"jkt": KEY.thumbprint()}})
    assert bound is not None
    thief = dpop.check(
        dpop.prove(OTHER, method=METHOD, url=URL, now=NOW, jti="1", access_token=ACCESS_TOKEN),
        method=METHOD,
        url=URL,
        now=NOW,
        access_token=ACCESS_TOKEN,
    )
    assert thief.thumbprint != bound.jkt
    certified = read_confirmation({"cnf": {"x5t#S256": certificate_thumbprint(DER)}})
    assert certified is not None
    other = DER[:-1] + bytes([DER[-1] ^ 1])
    assert certificate_thumbprint(other) != certified.x5t_s256


def test_of_many_who_replay_one_proof_at_the_same_moment_one_is_let_in() -> None:
    store = MemoryReplayStore()
    proof = dpop.prove(KEY, method=METHOD, url=URL, now=NOW, jti="1")
    start = Barrier(THREADS)

    def is_let_in() -> bool:
        start.wait()
        found = dpop.check(proof, method=METHOD, url=URL, now=NOW)
        return store.add(found.replay_name, expires_at=found.expires_at, now=NOW)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            futures = [pool.submit(is_let_in) for _ in range(THREADS)]
            assert sum(future.result() for future in futures) == 1
    finally:
        sys.setswitchinterval(interval)


def test_a_second_spelling_of_a_signature_is_no_second_proof() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    sign = KEY.signer("ES256")

    def mirrored(data: bytes) -> bytes:
        signature = sign(data)
        s = order - int.from_bytes(signature[32:], "big")
        return signature[:32] + s.to_bytes(32, "big")

    names = {
        dpop.check(forge(header(), payload(), signer), method=METHOD, url=URL, now=NOW).replay_name
        for signer in (sign, mirrored)
    }
    assert len(names) == 1
