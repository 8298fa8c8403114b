"""Whatever comes in, only a JoseError comes out: of proofs, bindings, disclosures and events."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sealwax.jose import JoseError, confirmation, dpop, sd_jwt, security_event
from sealwax.jose.sd_jwt_disclosure import digest_of
from tests.jose.support import AUDIENCE, ISSUER, NOW, as_json, encoded, forge, key_of
from tests.jose.test_sd_jwt import TYPE, binding, issued, policy, proof

KEY = key_of("ES256")
JWK = {name: KEY.to_jwk()[name] for name in ("kty", "crv", "x", "y")}
URL = "https://api.example.com/notes"
NAMES = st.sampled_from(
    ["_sd", "...", "_sd_alg", "cnf", "jwk", "jkt", "kid", "iss", "exp", "iat", "aud", "events",
     "jti", "htm", "htu", "ath", "nonce", "sd_hash", "sub_id", "d", "k", "alg", "typ", "crit"]
) | st.text(max_size=3)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from([ISSUER, AUDIENCE, URL, "POST", NOW, "sha-256", "x" * 43])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)


def is_refused_or_believed(function: Any, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  anything
    text = ""
    try:
        function(*arguments, **options)
    except JoseError as error:
        text = str(error)
    assert len(text) <= 200
    assert text.isprintable()


def check_proof(text: str) -> None:
    is_refused_or_believed(
        dpop.check, text, method="POST", url=URL, now=NOW, access_token="x", nonce="n"
    )


@given(OBJECTS, OBJECTS)
def test_any_signed_proof(header: dict[str, Any], payload: dict[str, Any]) -> None:
    good = {"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK}
    check_proof(forge(good | header, payload, KEY))
    complete = {"jti": "1", "htm": "POST", "htu": URL, "iat": NOW}
    check_proof(forge(good, complete | payload, KEY))


@given(OBJECTS)
def test_any_key_in_a_proof(jwk: dict[str, Any]) -> None:
    check_proof(forge({"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK | jwk}, {}, KEY))


@given(st.text() | st.text(alphabet="ab._-~", max_size=40))
@example("..")
@example("~")
def test_any_text(text: str) -> None:
    check_proof(text)
    options: dict[str, Any] = {"algorithms": ["ES256"], "now": NOW}
    is_refused_or_believed(
        sd_jwt.verify, text, KEY.public(), policy=policy(), key_binding=None, **options
    )
    is_refused_or_believed(sd_jwt.read_unverified_disclosures, text)
    is_refused_or_believed(sd_jwt.to_json, text)
    is_refused_or_believed(sd_jwt.from_json, text)
    parties = {"issuer": ISSUER, "audience": AUDIENCE}
    is_refused_or_believed(security_event.verify, text, KEY.public(), **options, **parties)


@given(VALUES)
def test_any_confirmation(cnf: object) -> None:
    for function in (confirmation.read_confirmation, confirmation.read_holder_key):
        is_refused_or_believed(function, {"cnf": cnf})


@given(st.binary(max_size=300))
def test_any_bytes_for_a_certificate(certificate: bytes) -> None:
    is_refused_or_believed(confirmation.certificate_thumbprint, certificate)
    is_refused_or_believed(confirmation.certificate_thumbprint, b"\x30" + certificate)


@given(OBJECTS, st.lists(VALUES | st.tuples(st.just("salt"), NAMES, VALUES), max_size=3))
def test_any_signed_payload_with_any_disclosures(
    payload: dict[str, Any], contents: list[Any]
) -> None:
    texts = [encoded(as_json(content)).decode() for content in contents]
    digests = [digest_of(text, "sha-256") for text in texts]
    marks: list[dict[str, Any]] = [{}, {"_sd": digests}, {"x": [{"...": one} for one in digests]}]
    for mark in marks:
        signed = {"iss": ISSUER, "exp": NOW + 600, **payload, **mark}
        head = forge({"alg": "ES256", "typ": TYPE}, signed, KEY)
        text = "~".join((head, *texts, ""))
        is_refused_or_believed(
            sd_jwt.verify,
            text,
            KEY.public(),
            algorithms=["ES256"],
            policy=policy(),
            key_binding=None,
            now=NOW,
        )
        is_refused_or_believed(sd_jwt.present, text, disclose=[])


@given(OBJECTS, OBJECTS)
def test_any_signature_of_a_holder(header: dict[str, Any], payload: dict[str, Any]) -> None:
    presentation = PRESENTED.rpartition("~")[0] + "~"
    good = {"alg": "ES256", "typ": "kb+jwt"}
    text = presentation + forge(good | header, payload, key_of("ES256", 1))
    is_refused_or_believed(
        sd_jwt.verify,
        text,
        KEY.public(),
        algorithms=["ES256"],
        policy=policy(),
        key_binding=binding(),
        now=NOW,
    )


PRESENTED = sd_jwt.present(issued(), disclose=[], proof=proof())


@given(st.integers(0, len(PRESENTED) - 1), st.integers(1, 127))
def test_one_changed_character_of_a_presentation_is_seen(place: int, change: int) -> None:
    character = chr(ord(PRESENTED[place]) ^ change)
    changed = PRESENTED[:place] + character + PRESENTED[place + 1 :]
    try:
        sd_jwt.verify(
            changed,
            KEY.public(),
            algorithms=["ES256"],
            policy=policy(),
            key_binding=binding(),
            now=NOW,
        )
    except JoseError:
        return
    raise AssertionError(f"believed with {character!r} at {place}")


@given(OBJECTS, OBJECTS)
def test_any_signed_event(header: dict[str, Any], payload: dict[str, Any]) -> None:
    parties = {"issuer": ISSUER, "audience": AUDIENCE}
    for function, typ in (
        (security_event.verify, "secevent+jwt"),
        (security_event.verify_logout, "logout+jwt"),
    ):
        complete = {"iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "jti": "1", "exp": NOW + 60}
        for each in (header, {}):
            token = forge({"alg": "ES256", "typ": typ} | each, complete | payload, KEY)
            is_refused_or_believed(
                function, token, KEY.public(), algorithms=["ES256"], now=NOW, **parties
            )


@given(OBJECTS, OBJECTS)
def test_any_document(members: dict[str, Any], header: dict[str, Any]) -> None:
    flat = sd_jwt.to_json(PRESENTED)
    is_refused_or_believed(sd_jwt.from_json, members)
    is_refused_or_believed(sd_jwt.from_json, {**flat, **members})
    is_refused_or_believed(sd_jwt.from_json, {**flat, "header": {**flat["header"], **header}})
