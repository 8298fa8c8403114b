"""SD-JWT (RFC 9901): issued, presented and verified, with the examples printed in the RFC."""

import base64
import hashlib
import json
from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.entropy import SeededEntropy
from sealwax.jose import ClaimInvalid, JoseError, Key, KeyInvalid, errors, jwt, sd_jwt
from sealwax.jose.sd_jwt import HolderProof, KeyBinding, SdJwtPolicy, VerifiedSdJwt
from tests.jose import sd_jwt_examples as rfc
from tests.jose.support import ASYMMETRIC, ISSUER, NOW, decoded, key_of

TYPE = "example+sd-jwt"
VERIFIER = "https://verifier.example.org"
NONCE = "n-0S6_WzA2Mj"
HOLDER = key_of("ES256", 1)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "exp": NOW + 600,
    "sub": "user-1",
    "given_name": "Alice",
    "nationalities": ["DE", "FR", "US"],
    "address": {"street": "Hauptstra\u00dfe 1", "town": {"name": "K\u00f6ln", "code": 50667}},
}
DISCLOSABLE = [
    "/given_name",
    "/nationalities/0",
    "/nationalities/2",
    "/address",
    "/address/town",
    "/address/town/code",
]


def issued(claims: Any = None, **changes: Any) -> str:  # noqa: ANN401  any argument of issue
    options = {"typ": TYPE, "disclosable": DISCLOSABLE, "holder_key": HOLDER, **changes}
    return sd_jwt.issue(CLAIMS if claims is None else claims, key_of("ES256"), **options)


def policy(**changes: Any) -> SdJwtPolicy:  # noqa: ANN401  any argument of the policy
    return SdJwtPolicy(**{"issuer": ISSUER, "typ": TYPE, **changes})


def binding(**changes: Any) -> KeyBinding:  # noqa: ANN401  any argument of the demand
    options = {"audience": VERIFIER, "nonce": NONCE, "algorithms": ["ES256"], **changes}
    return KeyBinding(**options)


def proof(**changes: Any) -> HolderProof:  # noqa: ANN401  any argument of the proof
    return HolderProof(
        **{"key": HOLDER, "audience": VERIFIER, "nonce": NONCE, "now": NOW, **changes}
    )


def verified(text: str | bytes, **changes: Any) -> VerifiedSdJwt:  # noqa: ANN401  any argument of verify
    options = {
        "algorithms": ["ES256"],
        "policy": policy(),
        "key_binding": None,
        "now": NOW,
        **changes,
    }
    return sd_jwt.verify(text, key_of("ES256").public(), **options)


def rfc_verified(text: str, **changes: Any) -> VerifiedSdJwt:  # noqa: ANN401  any argument of verify
    options = {
        "algorithms": ["ES256"],
        "policy": SdJwtPolicy("https://issuer.example.com", TYPE),
        "key_binding": None,
        "now": rfc.PRESENTED_AT,
        **changes,
    }
    return sd_jwt.verify(text, Key.from_jwk(rfc.ISSUER_KEY), **options)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (rfc.MAIN, rfc.MAIN_CLAIMS),
        (rfc.STRUCTURED, rfc.STRUCTURED_CLAIMS),
        (rfc.COMPLEX, rfc.COMPLEX_CLAIMS),
    ],
    ids=["5.1", "A.1", "A.2"],
)
def test_the_examples_of_the_rfc(text: str, claims: dict[str, Any]) -> None:
    found = rfc_verified(text)
    assert found.claims == claims
    assert found.key_binding is None
    assert rfc_verified(text.partition("~")[0] + "~").disclosed == ()


def test_the_presentation_of_the_rfc() -> None:
    demand = KeyBinding(VERIFIER, "1234567890", ["ES256"])
    found = rfc_verified(rfc.PRESENTATION, key_binding=demand)
    assert found.disclosed == ("/address", "/family_name", "/given_name", "/nationalities/0")
    assert found.claims["nationalities"] == ["US"]
    assert "email" not in found.claims
    assert found.key_binding is not None
    assert found.key_binding.key == Key.from_jwk(rfc.HOLDER_KEY)
    assert found.key_binding.issued_at == rfc.PRESENTED_AT
    chosen = sd_jwt.present(rfc.MAIN, disclose=found.disclosed)
    pieces = chosen.split("~")
    assert pieces[0] == rfc.MAIN_ISSUER_SIGNED
    assert set(pieces[1:-1]) == {rfc.FAMILY_NAME, rfc.ADDRESS, rfc.GIVEN_NAME, rfc.US}


def test_the_spellings_of_one_disclosure_that_the_rfc_shows() -> None:
    from sealwax.jose.sd_jwt_disclosure import digest_of, read_disclosure  # noqa: PLC0415  this test only

    texts = [
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd",
        "WwoiXzI2YmM0TFQtYWM2cTJLSTZjQlc1ZXMiLAoiZmFtaWx5X25hbWUiLAoiTcO2Yml1cyIKXQ",
    ]
    assert {(read_disclosure(t).name, read_disclosure(t).value) for t in texts} == {
        ("family_name", "M\u00f6bius")
    }
    assert digest_of(texts[0], "sha-256") == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    element = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"
    assert digest_of(element, "sha-256") == "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"


def test_all_that_was_issued_can_be_shown() -> None:
    text = issued()
    everything = verified(text)
    cnf = {"jwk": {"kty": "EC", "crv": "P-256", **point_of(HOLDER)}}
    assert everything.claims == {**CLAIMS, "cnf": cnf}
    assert everything.disclosed == tuple(sorted(DISCLOSABLE))
    assert everything.header["typ"] == TYPE
    assert everything.key == key_of("ES256")
    assert sd_jwt.read_unverified_disclosures(text) == {
        "/address": CLAIMS["address"],
        "/address/town": CLAIMS["address"]["town"],
        "/address/town/code": 50667,
        "/given_name": "Alice",
        "/nationalities/0": "DE",
        "/nationalities/2": "US",
    }
    assert verified(text.encode()) == everything


def point_of(key: Key) -> dict[str, str]:
    jwk = key.to_jwk()
    return {"x": jwk["x"], "y": jwk["y"]}


def rebuilt_by_hand(text: str) -> Any:  # noqa: ANN401  any JSON value
    """Follow RFC 9901 §7.1 step 3 in the shortest way, without any of our code."""
    token, *texts, _ = text.split("~")
    waiting = {
        base64.urlsafe_b64encode(hashlib.sha256(one.encode()).digest()).rstrip(b"=").decode(): one
        for one in texts
    }

    def whole(value: Any) -> Any:  # noqa: ANN401  any JSON value
        if isinstance(value, list):
            marked = [
                one["..."] if isinstance(one, dict) and "..." in one else None for one in value
            ]
            return [
                whole(one) if mark is None else whole(json.loads(decoded(waiting[mark]))[1])
                for one, mark in zip(value, marked, strict=True)
                if mark is None or mark in waiting
            ]
        if not isinstance(value, dict):
            return value
        found = [
            json.loads(decoded(waiting[one])) for one in value.pop("_sd", []) if one in waiting
        ]
        return {name: whole(one) for name, one in (value | {f[1]: f[2] for f in found}).items()}

    claims = whole(json.loads(decoded(token.split(".")[1])))
    del claims["_sd_alg"]
    return claims


def test_what_we_issue_is_read_by_others_as_we_read_it() -> None:
    text = issued(decoys={"": 2, "/nationalities": 2})
    for each in (text, sd_jwt.present(text, disclose=["/address/town", "/nationalities/2"])):
        assert rebuilt_by_hand(each) == verified(each).claims
    payload = pyjwt.decode(
        text.split("~")[0],
        pyjwt.PyJWK(key_of("ES256").to_jwk()),
        algorithms=["ES256"],
        options={"verify_exp": False},
    )
    assert payload["_sd_alg"] == "sha-256"


def test_what_is_not_shown_is_not_there() -> None:
    nothing = sd_jwt.present(issued(), disclose=[])
    assert nothing.count("~") == 1
    for hidden in ("Alice", "DE", "50667", "given_name", "address"):
        assert hidden not in decoded(nothing.split(".")[1]).decode()
    found = verified(nothing)
    assert found.disclosed == ()
    assert {*found.claims} == {"iss", "exp", "sub", "nationalities", "cnf"}
    assert found.claims["nationalities"] == ["FR"]


def test_a_claim_brings_along_what_it_lies_inside_of_and_no_more() -> None:
    text = sd_jwt.present(issued(), disclose=["/address/town/code", "/nationalities/2"])
    found = verified(text)
    assert found.claims["address"] == CLAIMS["address"]
    assert found.claims["nationalities"] == ["FR", "US"]
    assert found.disclosed == (
        "/address",
        "/address/town",
        "/address/town/code",
        "/nationalities/1",
    )
    town = verified(sd_jwt.present(issued(), disclose=["/address/town"]))
    assert town.claims["address"]["town"] == {"name": "K\u00f6ln"}


def test_a_presentation_can_be_cut_down_further() -> None:
    text = sd_jwt.present(issued(), disclose=["/given_name", "/address"])
    less = sd_jwt.present(text, disclose=["/given_name"])
    assert verified(less).disclosed == ("/given_name",)


@pytest.mark.parametrize(
    "name", ["a/b", "a~b", "~1", "/", "", "0", "\u00e4 \u20ac", "__proto__", "iss"]
)
def test_any_name_can_be_pointed_to(name: str) -> None:
    pointer = "/about/" + name.replace("~", "~0").replace("/", "~1")
    text = issued({**CLAIMS, "about": {name: [1], "other": 2}}, disclosable=[pointer])
    assert verified(text).disclosed == (pointer,)
    assert verified(sd_jwt.present(text, disclose=[])).claims["about"] == {"other": 2}


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "", [], {}, [[]], {"a": None}, "\U0001f600"])
def test_any_value_can_be_disclosed(value: object) -> None:
    text = issued({**CLAIMS, "a": value, "b": [value, value]}, disclosable=["/a", "/b/0", "/b/1"])
    found = verified(text).claims
    assert found["a"] == value
    assert found["b"] == [value, value]
    hidden = verified(sd_jwt.present(text, disclose=[])).claims
    assert "a" not in hidden
    assert hidden["b"] == []


@pytest.mark.parametrize("hash_name", ["sha-256", "sha-384", "sha-512"])
def test_every_hash_goes_round(hash_name: str) -> None:
    text = sd_jwt.present(issued(hash_name=hash_name), disclose=["/given_name"], proof=proof())
    found = verified(text, key_binding=binding())
    assert found.claims["given_name"] == "Alice"
    assert json.loads(decoded(text.split(".")[1]))["_sd_alg"] == hash_name
    assert "_sd_alg" not in found.claims


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_holder_may_have_a_key_of_every_asymmetric_algorithm(algorithm: str) -> None:
    holder = key_of(algorithm)
    text = sd_jwt.present(issued(holder_key=holder), disclose=[], proof=proof(key=holder))
    found = verified(text, key_binding=binding(algorithms=[algorithm]))
    assert found.key_binding is not None
    assert found.key_binding.key.thumbprint() == holder.thumbprint()
    assert found.key_binding.claims["sd_hash"]


def test_salts_and_digests_differ_each_time() -> None:
    texts = {piece for _ in range(5) for piece in issued().split("~")[1:-1]}
    assert len(texts) == 5 * len(DISCLOSABLE)
    salts = [json.loads(decoded(text))[0] for text in texts]
    assert len(set(salts)) == len(salts)
    assert min(len(decoded(salt)) for salt in salts) == 16


def test_the_same_entropy_gives_the_same_sd_jwt() -> None:
    first, second = (issued(entropy=SeededEntropy(1), decoys={"": 3}) for _ in range(2))
    assert first == second
    assert first != issued(entropy=SeededEntropy(2), decoys={"": 3})


def test_the_order_of_digests_tells_nothing_of_that_of_claims() -> None:
    members = {f"claim-{number}": number for number in range(20)}
    text = issued(
        {**CLAIMS, **members}, disclosable=[f"/{name}" for name in members], decoys={"": 5}
    )
    digests = json.loads(decoded(text.split(".")[1]))["_sd"]
    assert len(digests) == 25
    assert digests == sorted(digests)


def test_decoys_hide_how_much_there_is() -> None:
    decoys = {"": 4, "/address": 2, "/address/town": 1, "/nationalities": 7}
    text = issued(decoys=decoys)
    payload = json.loads(decoded(text.split(".")[1]))
    assert len(payload["_sd"]) == 2 + 4
    marks = [one for one in payload["nationalities"] if isinstance(one, dict)]
    assert len(marks) == 2 + 7
    assert verified(text).claims["nationalities"] == ["DE", "FR", "US"]
    assert verified(text).disclosed == tuple(sorted(DISCLOSABLE))
    places = {
        json.loads(decoded(issued(decoys=decoys).split(".")[1]))["nationalities"].index("FR")
        for _ in range(40)
    }
    assert len(places) > 1


def test_an_sd_jwt_may_hide_nothing() -> None:
    text = issued(disclosable=[], holder_key=None)
    assert text.count("~") == 1
    assert verified(text).claims == CLAIMS


def test_entries_of_an_audience_may_be_kept_back_but_not_the_audience() -> None:
    claims = {**CLAIMS, "aud": [VERIFIER, "https://other.example"]}
    text = issued(claims, disclosable=["/aud/0", "/aud/1"])
    found = verified(sd_jwt.present(text, disclose=["/aud/0"]), policy=policy(audience=VERIFIER))
    assert found.claims["aud"] == [VERIFIER]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"disclosable": ["/nothing"]}, "nothing at '/nothing'"),
        ({"disclosable": ["/nationalities/3"]}, "nothing at"),
        ({"disclosable": ["/nationalities/-"]}, "nothing at"),
        ({"disclosable": ["given_name"]}, "nothing at"),
        ({"disclosable": [""]}, "nothing at"),
        ({"disclosable": ["/"]}, "nothing at"),
        ({"disclosable": ["/address/"]}, "nothing at"),
        ({"disclosable": ["/iss"]}, "keep it back"),
        ({"disclosable": ["/exp"]}, "keep it back"),
        ({"disclosable": ["/cnf"]}, "keep it back"),
        ({"disclosable": ["/cnf/jwk"]}, "keep it back"),
        ({"disclosable": ["/status"]}, "keep it back"),
        ({"disclosable": ["/status/status_list/idx"]}, "keep it back"),
        ({"disclosable": ["/aud"]}, "keep it back"),
        ({"decoys": {"/given_name": 1}}, "nothing at"),
        ({"decoys": {"/sub": 1}}, "nothing at"),
        ({"decoys": {"/nothing": 1}}, "nothing at"),
        ({"decoys": {"": 0}}, "decoys"),
        ({"decoys": {"": -1}}, "decoys"),
        ({"decoys": {"": True}}, "decoys"),
        ({"decoys": {"": 100_000}}, "decoys"),
        ({"hash_name": "sha-1"}, "hash_name"),
        ({"hash_name": "sha-256-32"}, "hash_name"),
        ({"hash_name": "SHA-256"}, "hash_name"),
        ({"typ": ""}, "typ"),
        ({"header": {"typ": "x"}}, "typ"),
        ({"header": {"alg": "none"}}, "alg"),
        ({"header": {"crit": ["x"]}}, "crit"),
        ({"claims": {**CLAIMS, "cnf": {}}}, "cnf"),
        ({"claims": {**CLAIMS, "_sd": []}}, "'_sd'"),
        ({"claims": {**CLAIMS, "_sd_alg": "sha-256"}}, "'_sd_alg'"),
        ({"claims": {**CLAIMS, "...": 1}}, r"'\.\.\.'"),
        ({"claims": {**CLAIMS, "a": {"_sd": 1}}}, "'_sd'"),
        ({"claims": {**CLAIMS, "a": [{"...": 1}]}}, r"'\.\.\.'"),
        ({"claims": {**CLAIMS, "given_name": {1}}}, "JSON"),
        ({"claims": {**CLAIMS, "a": {1}}}, "JSON"),
        ({"claims": {**CLAIMS, "given_name": float("nan")}}, "JSON"),
        ({"claims": {**CLAIMS, "given_name": "x" * 300_000}}, "at most"),
        ({"claims": {**CLAIMS, "a": "x" * 300_000}}, "at most"),
    ],
)
def test_what_must_not_be_issued_is_not(changes: dict[str, Any], match: str) -> None:
    changes = {"disclosable": ["/given_name"], **changes}
    with pytest.raises(ValueError, match=match):
        issued(changes.pop("claims", None), **changes)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"a": 1}
    for _ in range(depth):
        value = {"a": value}
    return value


def test_claims_are_not_nested_deeper_than_can_be_read() -> None:
    for depth, pointers in ((14, ["/a/a/a/a/a/a/a/a", "/a/a"]), (14, ["/a"])):
        verified(issued({**CLAIMS, "a": nested(depth - 1)["a"]}, disclosable=pointers))
    with pytest.raises(ValueError, match="16 levels"):
        issued({**CLAIMS, **nested(20)}, disclosable=["/a/a/a/a/a", "/a/a/a/a/a/a/a/a/a/a/a"])


def test_more_disclosures_than_can_be_read_are_not_issued() -> None:
    many = {f"c{number}": number for number in range(1001)}
    with pytest.raises(ValueError, match="at most"):
        issued({**CLAIMS, "m": many}, disclosable=[f"/m/{name}" for name in many])


def test_collections_of_pointers_are_not_texts() -> None:
    with pytest.raises(TypeError, match="disclosable"):
        issued(disclosable="/given_name")
    with pytest.raises(TypeError, match="disclose"):
        sd_jwt.present(issued(), disclose="/given_name")


def test_a_symmetric_key_binds_nobody() -> None:
    with pytest.raises(KeyInvalid):
        issued(holder_key=key_of("HS256"))
    with pytest.raises(ValueError, match="asymmetric"):
        binding(algorithms=["ES256", "HS256"])


@pytest.mark.parametrize(
    "disclose",
    [["/nothing"], ["/nationalities"], ["/nationalities/1"], ["/sub"], [""], ["given_name"]],
)
def test_only_what_is_disclosable_can_be_disclosed(disclose: list[str]) -> None:
    with pytest.raises(ValueError, match="nothing to disclose at"):
        sd_jwt.present(issued(), disclose=disclose)


def test_a_holder_proves_with_the_key_the_issuer_wrote() -> None:
    with pytest.raises(ValueError, match="not the holder's"):
        sd_jwt.present(issued(), disclose=[], proof=proof(key=key_of("ES256")))
    with pytest.raises(KeyInvalid):
        sd_jwt.present(issued(), disclose=[], proof=proof(key=HOLDER.public()))
    with pytest.raises(ClaimInvalid) as caught:
        sd_jwt.present(issued(holder_key=None), disclose=[], proof=proof())
    assert (caught.value.reason, caught.value.claim) == (errors.CLAIM_MISSING, "cnf")


def test_a_presentation_with_a_signature_is_not_presented_again() -> None:
    text = sd_jwt.present(issued(), disclose=[], proof=proof())
    with pytest.raises(JoseError) as caught:
        sd_jwt.present(text, disclose=[])
    assert caught.value.reason == errors.KEY_BINDING_UNEXPECTED


@pytest.mark.parametrize(
    "changes",
    [{"audience": ""}, {"audience": None}, {"nonce": ""}, {"nonce": "x" * 257}, {"now": 1.5}],
)
def test_a_proof_that_nobody_would_accept_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        proof(**changes)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"audience": ""}, ValueError),
        ({"nonce": None}, ValueError),
        ({"algorithms": []}, ValueError),
        ({"algorithms": "ES256"}, TypeError),
        ({"algorithms": ["none"]}, ValueError),
        ({"max_age_seconds": -1}, ValueError),
        ({"max_age_seconds": 90_000}, ValueError),
        ({"leeway_seconds": 61}, ValueError),
    ],
)
def test_a_demand_that_demands_nothing_can_not_be_built(
    changes: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        binding(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ""}, {"issuer": None}, {"typ": ""}, {"typ": []}, {"typ": [None]},
        {"audience": ""}, {"audience": []}, {"leeway_seconds": 61}, {"required_claims": [""]},
        {"required_claims": [1]},
    ],
)  # fmt: skip
def test_a_policy_that_demands_nothing_can_not_be_built(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="accepted"):
        policy(**changes)


@pytest.mark.parametrize(
    ("changes", "demand", "claim", "reason"),
    [
        ({"iss": "https://evil.example"}, {}, "iss", errors.ISSUER_MISMATCH),
        ({"iss": ...}, {}, "iss", errors.CLAIM_MISSING),
        ({"iss": [ISSUER]}, {}, "iss", errors.ISSUER_MISMATCH),
        ({"exp": NOW - 10}, {}, "exp", errors.TOKEN_EXPIRED),
        ({"exp": ...}, {}, "exp", errors.CLAIM_MISSING),
        ({"exp": "never"}, {}, "exp", errors.CLAIM_TYPE),
        ({"exp": NOW - 10}, {"requires_expiry": False}, "exp", errors.TOKEN_EXPIRED),
        ({"nbf": NOW + 11}, {}, "nbf", errors.TOKEN_NOT_YET_VALID),
        ({"iat": NOW + 11}, {}, "iat", errors.TOKEN_FROM_THE_FUTURE),
        ({"sub": 5}, {}, "sub", errors.CLAIM_TYPE),
        ({"jti": []}, {}, "jti", errors.CLAIM_TYPE),
        ({"aud": VERIFIER}, {}, "aud", errors.AUDIENCE_MISMATCH),
        ({"aud": None}, {}, "aud", errors.CLAIM_MISSING),
        ({"aud": []}, {}, "aud", errors.CLAIM_TYPE),
        ({"aud": [5]}, {}, "aud", errors.CLAIM_TYPE),
        ({"aud": "https://other.example"}, {"audience": VERIFIER}, "aud", errors.AUDIENCE_MISMATCH),
        ({}, {"audience": [VERIFIER]}, "aud", errors.CLAIM_MISSING),
        ({}, {"required_claims": ["given_name"]}, "given_name", errors.CLAIM_MISSING),
        ({}, {"required_claims": "email"}, "email", errors.CLAIM_MISSING),
        ({"email": ""}, {"required_claims": ["email"]}, "email", errors.CLAIM_MISSING),
        ({}, {"typ": "vc+sd-jwt"}, "typ", errors.TYPE_MISMATCH),
    ],
)
def test_claims_that_say_something_else_are_refused(
    changes: dict[str, Any], demand: dict[str, Any], claim: str, reason: str
) -> None:
    merged = {name: value for name, value in (CLAIMS | changes).items() if value is not ...}
    text = sd_jwt.present(issued(merged), disclose=[])
    with pytest.raises(ClaimInvalid) as caught:
        verified(text, policy=policy(**demand))
    assert (caught.value.claim, caught.value.reason) == (claim, reason)


def test_claims_that_are_not_demanded_may_be_missing() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "exp"}
    assert "exp" not in verified(issued(claims), policy=policy(requires_expiry=False)).claims
    bound_for = issued({**CLAIMS, "aud": [VERIFIER, "x"], "nbf": NOW, "jti": "1"})
    demand = policy(audience=["y", VERIFIER], required_claims=["given_name"], typ=[TYPE, "b"])
    assert verified(bound_for, policy=demand).claims["jti"] == "1"


def test_an_sd_jwt_is_no_token_and_a_token_is_no_sd_jwt() -> None:
    from tests.jose.support import claims, policy as jwt_policy  # noqa: PLC0415, I001  named like ours

    token = jwt.sign(claims(), key_of("ES256"), typ=TYPE)
    with pytest.raises(JoseError) as caught:
        verified(token)
    assert caught.value.reason == errors.SD_JWT_PARTS
    for text in (issued(), issued().split("~")[0]):
        with pytest.raises(JoseError) as caught:
            jwt.verify(
                text, key_of("ES256").public(), algorithms=["ES256"], policy=jwt_policy(), now=NOW
            )
        assert caught.value.reason in (errors.TOKEN_CHARACTERS, errors.TYPE_MISMATCH)


NAMES = st.text(max_size=4).filter(lambda name: name not in {"_sd", "..."})
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES, st.data())
def test_any_choice_of_any_claims_goes_round(value: object, data: st.DataObject) -> None:
    claims = {**CLAIMS, "value": value}
    pointers = [pointer for pointer in all_pointers(claims) if pointer.startswith("/value")]
    disclosable = data.draw(st.lists(st.sampled_from(pointers), unique=True))
    text = issued(claims, disclosable=disclosable)
    found = verified(text)
    assert found.claims["value"] == value
    assert set(found.disclosed) == set(disclosable)
    shown = data.draw(st.lists(st.sampled_from(disclosable), unique=True)) if disclosable else []
    part = verified(sd_jwt.present(text, disclose=shown))
    assert len(part.disclosed) >= len(shown)
    assert len(part.disclosed) <= len(disclosable)


def all_pointers(value: object, pointer: str = "") -> list[str]:
    steps: list[tuple[object, object]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    found = []
    for step, inner in steps:
        name = f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"
        found += [name, *all_pointers(inner, name)]
    return found
