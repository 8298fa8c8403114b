"""Attacks 58 to 69, as far as they are about the claims of a token."""

import inspect
from typing import Any

import pytest

from sealwax import jose
from sealwax.jose import ClaimInvalid, Policy, TokenExpired, errors, jws, jwt, status_list
from sealwax.jose.jwt import PreparedVerifier
from tests.jose.support import (
    AUDIENCE,
    ISSUER,
    NOW,
    TYPE,
    accepted,
    claims,
    forge,
    good_header,
    key_of,
    public_of,
    refused,
)

ES256 = key_of("ES256")


def fault(**changes: object) -> ClaimInvalid:
    error = refused(forge(good_header(ES256), claims(**changes), ES256))
    assert isinstance(error, ClaimInvalid)
    return error


@pytest.mark.parametrize(
    "issuer",
    [
        "https://i", "", "h", "https://", ISSUER[:-1], ISSUER + "/", ISSUER + ".evil",
        ISSUER.upper(), [ISSUER], {ISSUER: 1},
    ],
)  # fmt: skip
def test_an_issuer_that_is_a_part_of_ours_is_another(issuer: object) -> None:
    assert fault(iss=issuer).reason == errors.ISSUER_MISMATCH


@pytest.mark.parametrize(
    "audience",
    [
        [], [""], None, {}, [[AUDIENCE]], [AUDIENCE, 1], [None], "", AUDIENCE[:-1], AUDIENCE + "/x",
        [AUDIENCE[:9]], ..., True, {"a": AUDIENCE},
    ],
)  # fmt: skip
def test_an_audience_that_is_empty_or_of_mixed_types_is_none(audience: object) -> None:
    error = fault(aud=audience)
    assert error.claim == "aud"
    assert error.reason in (errors.AUDIENCE_MISMATCH, errors.CLAIM_TYPE, errors.CLAIM_MISSING)


@pytest.mark.parametrize("audience", [None, "", [], (), set(), [""], [None]])
def test_a_verifier_without_an_audience_can_not_be_built(audience: Any) -> None:  # noqa: ANN401  # whatever
    with pytest.raises((TypeError, ValueError)):
        Policy(ISSUER, audience, TYPE)
    with pytest.raises(TypeError):
        Policy(ISSUER, typ=TYPE)  # type: ignore[call-arg]  # that is the mistake


def test_whatever_gives_claims_without_believing_them_says_so() -> None:
    doors = {
        f"{module.__name__}.{name}": function
        for module in (jose.jws, jose.jwt, jose.status_list)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    takes_a_token = {
        name
        for name, function in doors.items()
        if "token" in inspect.signature(function).parameters
    }
    assert takes_a_token == {
        "sealwax.jose.jws.verify",
        "sealwax.jose.jws.verify_detached",
        "sealwax.jose.jwt.verify",
        "sealwax.jose.jwt.decrypt_and_verify",
        "sealwax.jose.jwt.read_unverified_header",
        "sealwax.jose.jwt.read_unverified_claims",
        "sealwax.jose.status_list.verify",
    }
    for name in takes_a_token:
        required = inspect.signature(doors[name]).parameters
        if "unverified" not in name:
            assert required["algorithms"].default is inspect.Parameter.empty
            assert required["keys"].default is inspect.Parameter.empty


def test_a_verifier_has_no_switch_that_turns_a_check_off() -> None:
    for function in (jws.verify, jwt.verify, PreparedVerifier.__init__, Policy, status_list.verify):
        for name in inspect.signature(function).parameters:
            assert not any(
                word in name for word in ("verify", "options", "skip", "insecure", "allow")
            )


@pytest.mark.parametrize("exp", [..., None, NOW, NOW - 10, NOW - 86_400, 0, "never", False])
def test_a_token_without_a_future_is_refused(exp: object) -> None:
    error = refused(forge(good_header(ES256), claims(exp=exp), ES256), leeway_seconds=0)
    assert isinstance(error, ClaimInvalid)
    assert error.claim == "exp"


def test_an_expired_token_is_refused_whatever_else_it_says() -> None:
    for changes in ({}, {"nbf": 0}, {"iat": 0}, {"exp": float(NOW - 11)}):
        late = claims(**({"exp": NOW - 11} | changes))
        assert isinstance(refused(forge(good_header(ES256), late, ES256)), TokenExpired)


def test_a_token_for_staging_is_nothing_in_production() -> None:
    staging = claims(aud="https://api.staging.example.com", iss="https://id.staging.example.com")
    token = jwt.sign(staging, ES256, typ=TYPE)
    accepted(
        token, issuer="https://id.staging.example.com", audience="https://api.staging.example.com"
    )
    assert refused(token).reason == errors.ISSUER_MISMATCH
    token = jwt.sign(staging | {"iss": ISSUER}, ES256, typ=TYPE)
    assert refused(token).reason == errors.AUDIENCE_MISMATCH


@pytest.mark.parametrize("subject", ["", None, ...])
def test_a_subject_that_is_demanded_is_not_empty(subject: object) -> None:
    error = refused(forge(good_header(ES256), claims(sub=subject), ES256), required_claims=["sub"])
    assert isinstance(error, ClaimInvalid)
    assert error.claim == "sub"


KINDS = [
    "at+jwt", "JWT", None, "logout+jwt", "dpop+jwt", "secevent+jwt", "oauth-authz-req+jwt",
    "token-introspection+jwt", "statuslist+jwt", "entity-statement+jwt",
    "client-authentication+jwt", "oauth-id-jag+jwt", "txntoken+jwt", "kb+jwt", "vc+sd-jwt",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wanted", KINDS)
def test_a_token_of_one_kind_never_passes_for_another(kind: str | None, wanted: str | None) -> None:
    token = forge(good_header(ES256, typ=... if kind is None else kind), claims(), ES256)
    if kind == wanted:
        accepted(token, typ=[wanted])
    else:
        assert refused(token, typ=[wanted]).reason == errors.TYPE_MISMATCH


def test_a_status_list_is_no_access_token_and_the_other_way_round() -> None:
    both = claims(sub="https://x", status_list={"bits": 1, "lst": "eNrbuRgAAhcBXQ"}, ttl=15)
    public = public_of("ES256")
    for typ in ("at+jwt", "JWT", ...):
        token = forge(good_header(ES256, typ=typ), both, ES256)
        with pytest.raises(ClaimInvalid) as caught:
            status_list.verify(token, public, algorithms=["ES256"], uri="https://x", now=NOW)
        assert caught.value.reason == errors.TYPE_MISMATCH
    token = forge(good_header(ES256, typ="statuslist+jwt"), both, ES256)
    status_list.verify(token, public, algorithms=["ES256"], uri="https://x", now=NOW)
    assert refused(token).reason == errors.TYPE_MISMATCH
