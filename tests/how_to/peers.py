"""What other JWT libraries do when asked: the probes behind the table of the README."""

import json
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import joserfc.jwe
import joserfc.jwk
import joserfc.jws
import jwt as pyjwt
from jose import jwe as python_jose_jwe  # type: ignore[import-untyped]  # python-jose ships no types
from jose import jws as python_jose_jws
from jwcrypto import jwe as jwcrypto_jwe  # type: ignore[import-untyped]  # nor does jwcrypto
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws
from jwcrypto import jwt as jwcrypto_jwt

from sealwax.jose import Key, jwe, jws
from sealwax.jose.jws import Signer
from tests.how_to import foreign_verdicts
from tests.how_to.foreign_verdicts import AUDIENCE, ISSUER, SECRET, TOKENS, part

Decode = Callable[[str], None]

DOCUMENT = b"a document"
SHORT = b"secret"


def decode_with_jwcrypto(text: str) -> None:
    key = jwcrypto_jwk.JWK(kty="oct", k=part(SECRET))
    jwcrypto_jwt.JWT(
        jwt=text, key=key, algs=["HS256"], check_claims={"iss": ISSUER, "aud": AUDIENCE}
    )


DECODERS: Mapping[str, Decode] = {
    "Sealwax": foreign_verdicts.verify_with_sealwax,
    "PyJWT": foreign_verdicts.decode_with_pyjwt,
    "joserfc": foreign_verdicts.decode_with_joserfc,
    "jwcrypto": decode_with_jwcrypto,
    "python-jose": foreign_verdicts.decode_with_python_jose,
}

REFUSALS: Mapping[str, str] = {
    "refuses a token that never expires": "never expires: no `exp`",
    "refuses a token of another kind (`typ`)": "of another kind: `typ` is `logout+jwt`",
    "refuses a token without the `aud` that is demanded": "has no `aud`",
    "refuses a token that says a claim twice": "says a claim twice",
    "refuses an unknown extension (`crit`)": "an extension that is not understood (`crit`)",
}
"""A row of the table, and the token of foreign_verdicts that shows it."""


def refuses(library: str, row: str) -> bool:
    return foreign_verdicts.verdict(DECODERS[library], TOKENS[REFUSALS[row]]) != "accepted"


def does(attempt: Callable[[], object]) -> bool:
    """True when the library does it, warned or not; whatever it raises instead is no."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return bool(attempt())
    except Exception:  # noqa: BLE001 - each library says no in a way of its own
        return False


def signs_with(algorithm: str) -> Mapping[str, Callable[[], object]]:
    """Sign with a key of ours under the name that RFC 9864 or RFC 9964 gives the algorithm."""
    jwk = Key.generate(algorithm).to_jwk(private=True)
    header = {"alg": algorithm}

    def with_jwcrypto() -> object:
        token = jwcrypto_jws.JWS(DOCUMENT)
        token.add_signature(jwcrypto_jwk.JWK(**jwk), algorithm, json.dumps(header))
        return token

    return {
        "Sealwax": lambda: jws.sign(DOCUMENT, Key.from_jwk(jwk)),
        "PyJWT": lambda: pyjwt.PyJWS().encode(DOCUMENT, pyjwt.PyJWK(jwk).key, algorithm),
        "joserfc": lambda: joserfc.jws.serialize_compact(
            header, DOCUMENT, joserfc.jwk.import_key(jwk), algorithms=[algorithm]
        ),
        "jwcrypto": with_jwcrypto,
        "python-jose": lambda: python_jose_jws.sign(DOCUMENT, jwk, algorithm=algorithm),
    }


def signs_json() -> Mapping[str, Callable[[], object]]:
    def with_jwcrypto() -> object:
        token = jwcrypto_jws.JWS(DOCUMENT)
        token.add_signature(jwcrypto_jwk.JWK(kty="oct", k=part(SECRET)), "HS256", '{"alg":"HS256"}')
        return json.loads(token.serialize())["signature"]

    return {
        "Sealwax": lambda: jws.sign_json(DOCUMENT, [Signer(own_secret())])["signatures"],
        "PyJWT": lambda: names_with("json", pyjwt.PyJWS),
        "joserfc": lambda: joserfc.jws.serialize_json(
            [{"protected": {"alg": "HS256"}}], DOCUMENT, joserfc.jwk.OctKey.import_key(SECRET)
        )["signatures"],
        "jwcrypto": with_jwcrypto,
        "python-jose": lambda: names_with("json", python_jose_jws),
    }


def encrypts() -> Mapping[str, Callable[[], object]]:
    header = {"alg": "dir", "enc": "A256GCM"}

    def with_jwcrypto() -> object:
        token = jwcrypto_jwe.JWE(DOCUMENT, json.dumps(header))
        token.add_recipient(jwcrypto_jwk.JWK(kty="oct", k=part(SECRET)))
        return token.serialize(compact=True)

    return {
        "Sealwax": lambda: jwe.encrypt(
            DOCUMENT, Key.from_secret(SECRET, algorithm="A256GCM"), encryption="A256GCM"
        ),
        "PyJWT": lambda: names_with("jwe", pyjwt),
        "joserfc": lambda: joserfc.jwe.encrypt_compact(
            header, DOCUMENT, joserfc.jwk.OctKey.import_key(SECRET)
        ),
        "jwcrypto": with_jwcrypto,
        "python-jose": lambda: python_jose_jwe.encrypt(
            DOCUMENT, SECRET, algorithm="dir", encryption="A256GCM"
        ),
    }


def encrypts_with_rsa1_5() -> Mapping[str, Callable[[], object]]:
    header = {"alg": "RSA1_5", "enc": "A128CBC-HS256"}
    names = list(header.values())
    pem = Key.generate("RS256").to_pem()

    def with_jwcrypto() -> object:
        key = jwcrypto_jwk.JWK.from_pem(pem)
        token = jwcrypto_jwe.JWE(DOCUMENT, json.dumps(header), algs=names)
        token.add_recipient(key)
        return token.serialize(compact=True)

    return {
        "Sealwax": lambda: jwe.encrypt(
            DOCUMENT, Key.from_pem(pem, algorithm="RSA1_5"), encryption="A128CBC-HS256"
        ),
        "PyJWT": lambda: names_with("jwe", pyjwt),
        "joserfc": lambda: joserfc.jwe.encrypt_compact(
            header, DOCUMENT, joserfc.jwk.RSAKey.import_key(pem), algorithms=names
        ),
        "jwcrypto": with_jwcrypto,
        "python-jose": lambda: python_jose_jwe.encrypt(
            DOCUMENT, pem, algorithm="RSA1_5", encryption="A128CBC-HS256"
        ),
    }


def refuses_a_short_secret() -> Mapping[str, Callable[[], object]]:
    def with_jwcrypto() -> object:
        token = jwcrypto_jws.JWS(DOCUMENT)
        token.add_signature(jwcrypto_jwk.JWK(kty="oct", k=part(SHORT)), "HS256", '{"alg":"HS256"}')
        return token

    signs: dict[str, Callable[[], object]] = {
        "Sealwax": lambda: Key.from_secret(SHORT, algorithm="HS256"),
        "PyJWT": lambda: pyjwt.encode({}, SHORT, "HS256"),
        "joserfc": lambda: joserfc.jws.serialize_compact(
            {"alg": "HS256"}, DOCUMENT, joserfc.jwk.OctKey.import_key(SHORT)
        ),
        "jwcrypto": with_jwcrypto,
        "python-jose": lambda: python_jose_jws.sign(DOCUMENT, SHORT, algorithm="HS256"),
    }
    return {name: _unless(attempt) for name, attempt in signs.items()}


def names_with(word: str, where: object) -> list[str]:
    """What a library calls by that word; the modules of the standard library left out."""
    return [name for name in dir(where) if word in name.lower() and name != word]


def own_secret() -> Key:
    return Key.from_secret(SECRET, algorithm="HS256")


def _unless(attempt: Callable[[], object]) -> Callable[[], bool]:
    return lambda: not does(attempt)


PROBES: Mapping[str, Callable[[], Mapping[str, Callable[[], Any]]]] = {
    "signatures in JSON, several of them": signs_json,
    "encryption (JWE)": encrypts,
    "encryption with `RSA1_5`, for what is old": encrypts_with_rsa1_5,
    "`Ed25519` by its name (RFC 9864)": lambda: signs_with("Ed25519"),
    "`ML-DSA` (RFC 9964)": lambda: signs_with("ML-DSA-44"),
    "refuses an HMAC secret that is too short": refuses_a_short_secret,
}
"""A row of the table, and what each library is asked to do for it."""
