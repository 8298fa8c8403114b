"""Attacks on SD-JWT: disclosures and digests that do not belong, stolen and stripped signatures."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from sealwax.jose import JoseError, Key, errors, jwt, sd_jwt
from sealwax.jose.sd_jwt_disclosure import (
    MAX_DISCLOSURES,
    MAX_SD_JWT_SIZE_BYTES,
    digest_of,
    write_disclosure,
)
from tests.jose.examples import A1_KEY
from tests.jose.support import ISSUER, NOW, check_text, claims, encoded, forge, key_of
from tests.jose.test_sd_jwt import (
    CLAIMS,
    HOLDER,
    NONCE,
    TYPE,
    VERIFIER,
    binding,
    issued,
    proof,
    verified,
)

KEY = key_of("ES256")
HEADER = {"alg": "ES256", "typ": TYPE, "kid": KEY.kid}
OTHER = key_of("ES256", 2)
GOOD = {"iss": ISSUER, "exp": NOW + 600}


def refusal(text: str | bytes, **changes: Any) -> JoseError:  # noqa: ANN401  any argument of verify
    with pytest.raises(JoseError) as caught:
        verified(text, **changes)
    check_text(caught.value, text)
    return caught.value


def member(name: str, value: object, salt: str = "salt") -> str:
    return write_disclosure(salt, name, value).text


def element(value: object, salt: str = "salt") -> str:
    return write_disclosure(salt, None, value).text


def digest(text: str) -> str:
    return digest_of(text, "sha-256")


def signed(payload: dict[str, Any], *disclosures: str) -> str:
    """Sign any payload as an issuer with a bug, or without scruples, would."""
    return "~".join((forge(HEADER, {**GOOD, **payload}, KEY), *disclosures, ""))


A, B = member("a", 1), member("b", 2)
E1, E2 = element(1), element(2)


def test_the_sd_jwt_these_attacks_start_from_is_good() -> None:
    text = signed({"_sd": [digest(A)], "list": [{"...": digest(E1)}]}, A, E1)
    assert verified(text).claims == {**GOOD, "a": 1, "list": [1]}


@pytest.mark.parametrize(
    ("payload", "disclosures", "reason"),
    [
        # disclosures that nothing refers to (§7.1 step 5)
        ({}, [A], errors.DISCLOSURE_UNREFERENCED),
        ({"_sd": []}, [A], errors.DISCLOSURE_UNREFERENCED),
        ({"_sd": [digest(A)]}, [B], errors.DISCLOSURE_UNREFERENCED),
        ({"_sd": [digest(A)]}, [A, B], errors.DISCLOSURE_UNREFERENCED),
        ({"_sd": [digest(A)]}, [A, A], errors.DISCLOSURE_UNREFERENCED),
        ({"_sd": [digest(A)]}, [member("a", 2)], errors.DISCLOSURE_UNREFERENCED),
        ({"_sd": [digest(A)]}, [member("a", 1, "pepper")], errors.DISCLOSURE_UNREFERENCED),
        ({"digest": digest(A)}, [A], errors.DISCLOSURE_UNREFERENCED),
        ({"a": [digest(A)]}, [A], errors.DISCLOSURE_UNREFERENCED),
        ({"list": [[digest(E1)]]}, [E1], errors.DISCLOSURE_UNREFERENCED),
        # a digest that stands twice (step 4), also where nothing is disclosed
        ({"_sd": [digest(A), digest(A)]}, [A], errors.DIGEST_REPEATED),
        ({"_sd": [digest(A), digest(A)]}, [], errors.DIGEST_REPEATED),
        ({"_sd": ["decoy"], "x": {"_sd": ["decoy"]}}, [], errors.DIGEST_REPEATED),
        ({"_sd": [digest(E1)], "x": [{"...": digest(E1)}]}, [], errors.DIGEST_REPEATED),
        ({"x": [{"...": digest(E1)}, {"...": digest(E1)}]}, [E1], errors.DIGEST_REPEATED),
        # a name that is there already, or reserved (step 3.3.2)
        ({"_sd": [digest(A)], "a": 5}, [A], errors.DISCLOSURE_NAME),
        ({"_sd": [digest(A)], "a": None}, [A], errors.DISCLOSURE_NAME),
        (
            {"_sd": [digest(A), digest(member("a", 2))]},
            [A, member("a", 2)],
            errors.DISCLOSURE_NAME,
        ),
        (
            {"_sd": [digest(member("iss", "https://evil.example"))]},
            [member("iss", "https://evil.example")],
            errors.DISCLOSURE_NAME,
        ),
        (
            {"_sd": [digest(member("exp", NOW * 10))]},
            [member("exp", NOW * 10)],
            errors.DISCLOSURE_NAME,
        ),
        ({"_sd": [digest(member("_sd", []))]}, [member("_sd", [])], errors.DISCLOSURE_NAME),
        ({"_sd": [digest(member("...", "x"))]}, [member("...", "x")], errors.DISCLOSURE_NAME),
        (
            {"_sd": [digest(member("_sd_alg", "sha-512"))]},
            [member("_sd_alg", "sha-512")],
            errors.DISCLOSURE_NAME,
        ),
        # an element where a member belongs, and the other way round
        ({"_sd": [digest(E1)]}, [E1], errors.DISCLOSURE_FORMAT),
        ({"x": [{"...": digest(A)}]}, [A], errors.DISCLOSURE_FORMAT),
        # marks of the format where they do not belong, or of another form
        ({"_sd": digest(A)}, [], errors.DIGEST_FORMAT),
        ({"_sd": None}, [], errors.DIGEST_FORMAT),
        ({"_sd": {}}, [], errors.DIGEST_FORMAT),
        ({"_sd": [1]}, [], errors.DIGEST_FORMAT),
        ({"_sd": [digest(A), None]}, [A], errors.DIGEST_FORMAT),
        ({"x": {"_sd": "y"}}, [], errors.DIGEST_FORMAT),
        ({"...": digest(E1)}, [], errors.DIGEST_FORMAT),
        ({"x": {"...": digest(E1)}}, [E1], errors.DIGEST_FORMAT),
        ({"x": [{"...": digest(E1), "y": 1}]}, [E1], errors.DIGEST_FORMAT),
        ({"x": [{"...": 1}]}, [], errors.DIGEST_FORMAT),
        ({"x": [{"...": None}]}, [], errors.DIGEST_FORMAT),
        ({"x": [{"...": [digest(E1)]}]}, [], errors.DIGEST_FORMAT),
        ({"x": {"_sd_alg": "sha-256"}}, [], errors.DIGEST_FORMAT),
        ({"x": [{"_sd_alg": "sha-256"}]}, [], errors.DIGEST_FORMAT),
        # the hash
        ({"_sd_alg": "sha-1"}, [], errors.HASH_NOT_ALLOWED),
        ({"_sd_alg": "md5"}, [], errors.HASH_NOT_ALLOWED),
        ({"_sd_alg": "sha-256-32"}, [], errors.HASH_NOT_ALLOWED),
        ({"_sd_alg": "SHA-256"}, [], errors.HASH_NOT_ALLOWED),
        ({"_sd_alg": ""}, [], errors.HASH_NOT_ALLOWED),
        ({"_sd_alg": None}, [], errors.HASH_NOT_ALLOWED),
        ({"_sd_alg": ["sha-256"]}, [], errors.HASH_NOT_ALLOWED),
        ({"_sd": [digest(A)], "_sd_alg": "sha-512"}, [A], errors.DISCLOSURE_UNREFERENCED),
    ],
)
def test_disclosures_and_digests_fit_or_nothing_does(
    payload: dict[str, Any], disclosures: list[str], reason: str
) -> None:
    assert refusal(signed(payload, *disclosures)).reason == reason


INNER = member("inner", 1)
OUTER = member("outer", {"_sd": [digest(INNER)]})
INNER_ELEMENT = element("x")
OUTER_ELEMENT = element([{"...": digest(INNER_ELEMENT)}])


def test_a_disclosure_inside_of_another_needs_that_one() -> None:
    whole = signed({"_sd": [digest(OUTER)]}, INNER, OUTER)
    assert verified(whole).claims["outer"] == {"inner": 1}
    assert refusal(signed({"_sd": [digest(OUTER)]}, INNER)).reason == (
        errors.DISCLOSURE_UNREFERENCED
    )
    lists = {"x": [{"...": digest(OUTER_ELEMENT)}]}
    assert verified(signed(lists, OUTER_ELEMENT, INNER_ELEMENT)).claims["x"] == [["x"]]
    assert refusal(signed(lists, INNER_ELEMENT)).reason == errors.DISCLOSURE_UNREFERENCED


def test_what_is_inside_of_a_disclosure_is_held_to_the_same_rules() -> None:
    for value in (
        {"_sd": [digest(A), digest(A)]},
        {"_sd": "x"},
        {"_sd": [digest(A)], "a": 1},
        {"...": "x"},
        {"_sd_alg": "sha-256"},
        [{"...": digest(A)}],
    ):
        disclosure = member("outer", value)
        refusal(signed({"_sd": [digest(disclosure)]}, disclosure, A))


def test_a_digest_inside_of_a_disclosure_and_outside_is_there_twice() -> None:
    text = signed({"_sd": [digest(OUTER), digest(INNER)]}, OUTER)
    assert refusal(text).reason == errors.DIGEST_REPEATED


DISCLOSURES: list[bytes] = [
    b"", b"1", b'"x"', b"{}", b"null", b"[]", b'["salt"]', b'["salt","a",1,2]', b'[1,"a",1]',
    b'[null,"a",1]', b'["salt",1,1]', b'["salt",null,1]', b'[["salt"],"a",1]', b"[1,2]",
    b'["salt","a",1]]', b'["salt","a",1],"e":1', b'["salt","a",1],"d":["salt","a",2]',
    b'["salt","a",1]}', b'["salt","a",NaN]', b'["salt","a",1e999]', b'["salt","a","\\ud800"]',
    b'["salt","a",{"x":1,"x":2}]', b'["salt","a","\xff"]', b'\xef\xbb\xbf["salt","a",1]',
    b'["salt","a",' + b"[" * 20 + b"]" * 20 + b"]", b"[" * 100_000, b'["salt","a",1',
    b'"salt","a",1',
]  # fmt: skip


@pytest.mark.parametrize("content", DISCLOSURES, ids=lambda content: repr(content[:24]))
def test_a_disclosure_has_one_strict_form(content: bytes) -> None:
    text = encoded(content).decode()
    assert refusal(signed({"_sd": [digest(text)]}, text)).reason == errors.DISCLOSURE_FORMAT


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "=",
        lambda text: text + "A" * (3 if len(text) % 4 == 2 else 4),
        lambda text: "+" + text[1:],
        lambda text: text[:5] + " " + text[5:],
        lambda text: text + "\n",
        lambda text: text[:5] + "\u00e4",
        lambda text: text[:5] + "." + text[5:],
    ],
)
def test_a_disclosure_is_canonical_base64url(change: Callable[[str], str]) -> None:
    text = change(A)
    assert refusal(signed({"_sd": [digest(text)]}, text)).reason == errors.DISCLOSURE_FORMAT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", errors.SD_JWT_PARTS),
        ("a.b.c", errors.SD_JWT_PARTS),
        ("~", errors.TOKEN_PARTS),
        ("~~", errors.TOKEN_PARTS),
        ("a.b~", errors.TOKEN_PARTS),
        ("a.b.c.d.e~", errors.TOKEN_IS_ENCRYPTED),
        ("{}~", errors.TOKEN_CHARACTERS),
        ("\u00e4.b.c~", errors.TOKEN_CHARACTERS),
        (b"\xff.b.c~", errors.TOKEN_CHARACTERS),
        ("~" * 10, errors.TOKEN_PARTS),
    ],
)
def test_what_has_not_its_parts_is_no_sd_jwt(text: str | bytes, reason: str) -> None:
    assert refusal(text).reason == reason
    if isinstance(text, str):
        for function in (sd_jwt.read_unverified_disclosures, sd_jwt.to_json):
            with pytest.raises(JoseError):
                function(text)


def test_an_empty_disclosure_is_none() -> None:
    head = signed({})
    assert refusal(head + "~").reason == errors.DISCLOSURE_FORMAT
    assert refusal(head + A).reason == errors.KEY_BINDING_UNEXPECTED


def test_a_text_of_another_type_is_a_mistake() -> None:
    for value in (None, 5, [issued()], bytearray(b"x~")):
        with pytest.raises(TypeError, match="accepted"):
            verified(value)  # type: ignore[arg-type]  # the test hands in what types forbid


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: "x" * (MAX_SD_JWT_SIZE_BYTES + 1), errors.TOKEN_TOO_LARGE),
        (lambda: "~" * 50_000_000, errors.TOKEN_TOO_LARGE),
        (lambda: "~" * (MAX_DISCLOSURES + 2), errors.TOO_MANY_DISCLOSURES),
        (lambda: "~" * MAX_SD_JWT_SIZE_BYTES, errors.TOO_MANY_DISCLOSURES),
        (lambda: "A" * (MAX_SD_JWT_SIZE_BYTES - 1) + "~", errors.TOKEN_TOO_LARGE),
    ],
)
def test_a_huge_sd_jwt_costs_nothing(make: Callable[[], str], reason: str) -> None:
    text = make()
    before = time.thread_time()
    with pytest.raises(JoseError) as caught:
        verified(text)
    assert time.thread_time() - before < 0.05
    assert caught.value.reason == reason


def test_disclosures_inside_of_each_other_do_not_dig_a_hole() -> None:
    disclosures = [member("a", 1)]
    for _ in range(MAX_DISCLOSURES - 1):
        disclosures.append(member("a", {"_sd": [digest(disclosures[-1])]}))
    lists = [element(1)]
    for _ in range(MAX_DISCLOSURES - 1):
        lists.append(element([{"...": digest(lists[-1])}]))
    assert len(signed({}, *disclosures)) < MAX_SD_JWT_SIZE_BYTES
    for text in (
        signed({"_sd": [digest(disclosures[-1])]}, *disclosures),
        signed({"x": [{"...": digest(lists[-1])}]}, *lists),
    ):
        before = time.thread_time()
        assert refusal(text).reason == errors.PAYLOAD_JSON
        assert time.thread_time() - before < 0.5
        with pytest.raises(JoseError):
            sd_jwt.read_unverified_disclosures(text)


@pytest.mark.parametrize(
    ("header", "sign", "reason"),
    [
        ({**HEADER, "alg": "none"}, None, errors.ALGORITHM_NOT_ALLOWED),
        ({**HEADER, "alg": "HS256"}, KEY, errors.ALGORITHM_NOT_ALLOWED),
        (HEADER, None, errors.SIGNATURE_INVALID),
        (HEADER, OTHER, errors.SIGNATURE_INVALID),
        ({**HEADER, "jwk": OTHER.to_jwk()}, OTHER, errors.SIGNATURE_INVALID),
        ({**HEADER, "kid": "x"}, KEY, errors.KEY_UNKNOWN),
        ({**HEADER, "crit": ["x"], "x": 1}, KEY, errors.CRITICAL_EXTENSION),
        ({"alg": "ES256"}, KEY, errors.TYPE_MISMATCH),
        ({**HEADER, "typ": "JWT"}, KEY, errors.TYPE_MISMATCH),
        ({**HEADER, "typ": "kb+jwt"}, KEY, errors.TYPE_MISMATCH),
    ],
)
def test_the_issuer_signs_and_nobody_else(
    header: dict[str, Any], sign: Key | None, reason: str
) -> None:
    text = forge(header, {**GOOD, "_sd": [digest(A)]}, sign) + f"~{A}~"
    assert refusal(text).reason == reason


def test_a_forged_sd_jwt_is_called_forged_whatever_its_disclosures_are() -> None:
    text = issued()
    head, _, rest = text.partition("~")
    other = forge(HEADER, {**GOOD, "_sd": "x"}, OTHER)
    assert refusal(f"{other}~{rest}").reason == errors.SIGNATURE_INVALID
    assert refusal(f"{head[:-8]}AAAAAAAA~{rest}").reason == errors.SIGNATURE_INVALID


def presented(**changes: Any) -> str:  # noqa: ANN401  any argument of the proof
    return sd_jwt.present(issued(), disclose=["/given_name"], proof=proof(**changes))


def bound(key_binding: str, text: str | None = None) -> str:
    """Put another holder's signature behind a presentation."""
    return (text or presented()).rpartition("~")[0] + "~" + key_binding


def kb(header: dict[str, Any] | None = None, sign: Key | None = HOLDER, **changes: Any) -> str:  # noqa: ANN401  any claim
    """Make a key binding JWT that is good but for the changes."""
    hashed = digest(presented().rpartition("~")[0] + "~")
    good = {"iat": NOW, "aud": VERIFIER, "nonce": NONCE, "sd_hash": hashed}
    payload = {name: value for name, value in (good | changes).items() if value is not ...}
    return forge({"alg": "ES256", "typ": "kb+jwt"} | (header or {}), payload, sign)


def test_a_signature_that_was_stripped_is_missed() -> None:
    stripped = presented().rpartition("~")[0] + "~"
    assert verified(stripped).claims["given_name"] == "Alice"
    assert refusal(stripped, key_binding=binding()).reason == errors.KEY_BINDING_MISSING


def test_a_signature_nobody_asked_for_is_not_half_checked() -> None:
    for text in (presented(), bound("x"), bound("a.b.c"), bound(kb(sign=None))):
        assert refusal(text).reason == errors.KEY_BINDING_UNEXPECTED


@pytest.mark.parametrize(
    ("changes", "claim", "reason"),
    [
        ({"aud": "https://other.example"}, "aud", errors.AUDIENCE_MISMATCH),
        ({"aud": [VERIFIER]}, "aud", errors.CLAIM_TYPE),
        ({"aud": None}, "aud", errors.CLAIM_TYPE),
        ({"aud": ...}, "aud", errors.CLAIM_MISSING),
        ({"nonce": "another"}, "nonce", errors.NONCE_MISMATCH),
        ({"nonce": ""}, "nonce", errors.NONCE_MISMATCH),
        ({"nonce": 5}, "nonce", errors.CLAIM_TYPE),
        ({"nonce": ...}, "nonce", errors.CLAIM_MISSING),
        ({"sd_hash": digest("x")}, "sd_hash", errors.PRESENTATION_MISMATCH),
        ({"sd_hash": ""}, "sd_hash", errors.PRESENTATION_MISMATCH),
        ({"sd_hash": None}, "sd_hash", errors.CLAIM_TYPE),
        ({"sd_hash": ...}, "sd_hash", errors.CLAIM_MISSING),
        ({"iat": NOW + 11}, "iat", errors.TOKEN_FROM_THE_FUTURE),
        ({"iat": NOW - 311}, "iat", errors.TOKEN_TOO_OLD),
        ({"iat": str(NOW)}, "iat", errors.CLAIM_TYPE),
        ({"iat": ...}, "iat", errors.CLAIM_MISSING),
        ({"exp": NOW - 10}, "exp", errors.TOKEN_EXPIRED),
        ({"nbf": NOW + 11}, "nbf", errors.TOKEN_NOT_YET_VALID),
    ],
)
def test_a_signature_made_for_something_else_is_refused(
    changes: dict[str, Any], claim: str, reason: str
) -> None:
    text = sd_jwt.present(issued(), disclose=["/given_name"])
    hashed = {"sd_hash": digest(text)} | changes
    error = refusal(text + kb(**hashed), key_binding=binding())
    assert (getattr(error, "claim", None), error.reason) == (claim, reason)
    assert NONCE not in str(error)


@pytest.mark.parametrize(
    ("header", "sign", "reason"),
    [
        ({"typ": "JWT"}, HOLDER, errors.TYPE_MISMATCH),
        ({"typ": TYPE}, HOLDER, errors.TYPE_MISMATCH),
        ({"typ": "dpop+jwt"}, HOLDER, errors.TYPE_MISMATCH),
        ({"alg": "none"}, None, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "HS256"}, HOLDER, errors.ALGORITHM_NOT_ALLOWED),
        ({"alg": "ES384"}, HOLDER, errors.ALGORITHM_NOT_ALLOWED),
        ({}, None, errors.SIGNATURE_INVALID),
        ({}, OTHER, errors.SIGNATURE_INVALID),
        ({}, KEY, errors.SIGNATURE_INVALID),
        ({"jwk": OTHER.to_jwk()}, OTHER, errors.SIGNATURE_INVALID),
        ({"jwk": OTHER.to_jwk(), "kid": OTHER.kid}, OTHER, errors.SIGNATURE_INVALID),
    ],
)
def test_the_holder_signs_and_nobody_else(
    header: dict[str, Any], sign: Key | None, reason: str
) -> None:
    text = sd_jwt.present(issued(), disclose=[])
    made = text + kb(header, sign, sd_hash=digest(text))
    assert refusal(made, key_binding=binding()).reason == reason


def test_a_signature_counts_for_exactly_what_was_shown() -> None:
    text = sd_jwt.present(issued(), disclose=["/given_name", "/address"], proof=proof())
    assert verified(text, key_binding=binding()).key_binding is not None
    *front, signature = text.split("~")
    head, *disclosures = front
    for changed in (
        [head, *disclosures[1:], signature],
        [head, *disclosures[:-1], signature],
        [head, *reversed(disclosures), signature],
        [head, signature],
    ):
        error = refusal("~".join(changed), key_binding=binding())
        assert error.reason == errors.PRESENTATION_MISMATCH
    other = sd_jwt.present(issued(), disclose=["/given_name", "/address"])
    assert refusal(other + signature, key_binding=binding()).reason == errors.PRESENTATION_MISMATCH


@pytest.mark.parametrize("signature", ["x", "a.b.c", "...", "a.b", "\u00e4.b.c", "{}", "a.b.c.d.e"])
def test_a_signature_that_can_not_be_read_is_none(signature: str) -> None:
    text = sd_jwt.present(issued(), disclose=[])
    assert isinstance(refusal(text + signature, key_binding=binding()), JoseError)


@pytest.mark.parametrize(
    ("cnf", "reason"),
    [
        (..., errors.CLAIM_MISSING),
        (None, errors.CONFIRMATION_INVALID),
        ({}, errors.CONFIRMATION_INVALID),
        ("x", errors.CONFIRMATION_INVALID),
        ({"kid": HOLDER.kid}, errors.CONFIRMATION_INVALID),
        ({"jkt": HOLDER.thumbprint()}, errors.CONFIRMATION_INVALID),
        ({"jku": "https://evil.example/"}, errors.CONFIRMATION_INVALID),
        ({"jwk": None}, errors.CONFIRMATION_INVALID),
        ({"jwk": []}, errors.CONFIRMATION_INVALID),
        ({"jwk": HOLDER.to_jwk(), "kid": "x"}, errors.CONFIRMATION_INVALID),
        ({"jwk": HOLDER.to_jwk(private=True)}, errors.KEY_NOT_PUBLIC),
        ({"jwk": A1_KEY}, errors.KEY_NOT_PUBLIC),
        ({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, errors.KEY_WEAK),
        ({"jwk": {}}, errors.KEY_TYPE_UNSUPPORTED),
        ({"jwk": {**HOLDER.to_jwk(), "alg": "ES384"}}, errors.KEY_ALGORITHM),
    ],
)
def test_the_key_of_the_holder_is_the_one_the_issuer_wrote(cnf: object, reason: str) -> None:
    text = signed({} if cnf is ... else {"cnf": cnf})
    made = text + kb({"jwk": HOLDER.to_jwk()}, sd_hash=digest(text))
    assert refusal(made, key_binding=binding()).reason == reason
    assert verified(text).key_binding is None


def test_a_holder_who_keeps_the_key_back_proves_nothing() -> None:
    cnf = member("cnf", {"jwk": HOLDER.to_jwk()})
    shown = signed({"_sd": [digest(cnf)]}, cnf)
    assert verified(shown + kb(sd_hash=digest(shown)), key_binding=binding()).key_binding
    kept = signed({"_sd": [digest(cnf)]})
    made = kept + kb(sd_hash=digest(kept))
    assert refusal(made, key_binding=binding()).reason == errors.CLAIM_MISSING


def test_a_holder_who_keeps_the_expiry_back_is_refused() -> None:
    expiry = member("exp", NOW - 600)
    payload = {"iss": ISSUER, "_sd": [digest(expiry)]}
    head = forge(HEADER, payload, KEY)
    assert refusal(f"{head}~{expiry}~").reason == errors.TOKEN_EXPIRED
    assert refusal(f"{head}~").reason == errors.CLAIM_MISSING


def test_a_claim_can_not_be_moved_to_another_place() -> None:
    verified_name = member("verified", json.loads("true"))
    payload = {"email": {"_sd": [digest(verified_name)]}, "phone": {"_sd": ["decoy"]}}
    found = verified(signed(payload, verified_name)).claims
    assert found["email"] == {"verified": True}
    assert found["phone"] == {}


def test_a_signature_of_the_holder_is_no_access_token_and_the_other_way_round() -> None:
    token = jwt.sign(claims(nonce=NONCE, sd_hash="x"), HOLDER, typ="at+jwt")
    text = sd_jwt.present(issued(), disclose=[])
    assert refusal(text + token, key_binding=binding()).reason == errors.TYPE_MISMATCH


def test_no_salt_of_what_was_kept_back_is_in_a_presentation() -> None:
    text = issued()
    shown = sd_jwt.present(text, disclose=["/given_name"], proof=proof())
    kept = [piece for piece in text.split("~")[1:-1] if piece not in shown.split("~")]
    assert len(kept) == 5
    assert all(piece not in shown for piece in kept)


@pytest.mark.parametrize("changes", [{}, {"key_binding": binding()}])
def test_in_json_the_same_is_believed_and_the_same_refused(changes: dict[str, Any]) -> None:
    options = {"proof": proof()} if changes else {}
    text = sd_jwt.present(issued(), disclose=["/given_name", "/nationalities/0"], **options)
    flattened = sd_jwt.to_json(text)
    assert set(flattened) == {"payload", "protected", "header", "signature"}
    general = {
        "payload": flattened["payload"],
        "signatures": [
            {name: flattened[name] for name in ("protected", "header", "signature")},
        ],
    }
    for document in (flattened, general, json.dumps(flattened), json.dumps(general).encode()):
        assert sd_jwt.from_json(document) == text
        assert verified(sd_jwt.from_json(document), **changes) == verified(text, **changes)


FLAT = sd_jwt.to_json(issued())
SIGNED = {name: FLAT[name] for name in ("protected", "header", "signature")}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, errors.JSON_SERIALIZATION),
        ("[]", errors.JSON_SERIALIZATION),
        ("{", errors.JSON_SERIALIZATION),
        ({**FLAT, "payload": None}, errors.JSON_SERIALIZATION),
        ({**FLAT, "payload": "a~b"}, errors.JSON_SERIALIZATION),
        ({**FLAT, "payload": "a.b"}, errors.JSON_SERIALIZATION),
        ({**FLAT, "signature": FLAT["signature"] + "~" + A}, errors.JSON_SERIALIZATION),
        ({**FLAT, "protected": ["x"]}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": []}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": {"disclosures": "x"}}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": {"disclosures": [1]}}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": {"disclosures": [f"{A}~{B}"]}}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": {"kb_jwt": 1}}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": {"kb_jwt": ""}}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": {"kb_jwt": "a~b"}}, errors.JSON_SERIALIZATION),
        ({**FLAT, "header": {"alg": "none"}}, errors.HEADER_PLACE),
        ({**FLAT, "header": {"crit": ["x"]}}, errors.HEADER_PLACE),
        ({**FLAT, "signatures": [SIGNED]}, errors.JSON_SERIALIZATION),
        ({"payload": FLAT["payload"], "signatures": []}, errors.JSON_SERIALIZATION),
        ({"payload": FLAT["payload"], "signatures": [SIGNED] * 2}, errors.JSON_SERIALIZATION),
        ({"payload": FLAT["payload"], "signatures": [SIGNED] * 17}, errors.TOO_MANY_RECIPIENTS),
        ('{"payload":"a","payload":"b"}', errors.JSON_SERIALIZATION),
        ("x" * 200_000, errors.TOKEN_TOO_LARGE),
    ],
)
def test_a_document_of_another_form_is_refused(document: Any, reason: str) -> None:  # noqa: ANN401  anything
    with pytest.raises(JoseError) as caught:
        sd_jwt.from_json(document)
    assert caught.value.reason == reason


def test_a_header_that_nobody_signed_names_no_claims() -> None:
    document = {**FLAT, "header": {**FLAT["header"], "kid": "x", "sub": "root"}}
    assert verified(sd_jwt.from_json(document)).claims["sub"] == CLAIMS["sub"]
    without = {name: value for name, value in FLAT.items() if name != "header"}
    assert verified(sd_jwt.from_json(without)).disclosed == ()


def test_what_has_an_unreadable_payload_can_not_be_presented() -> None:
    for payload in ("A", "e30=", "W10"):
        with pytest.raises(JoseError):
            sd_jwt.present(f"{encoded(b'{}').decode()}.{payload}.x~", disclose=[])
