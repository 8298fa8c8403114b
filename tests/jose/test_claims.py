"""Policies: what may be demanded, and what each demand refuses."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealwax.jose import ClaimInvalid, Policy, TokenExpired, errors
from sealwax.jose.claims import LATEST_NUMERIC_DATE, MAX_AUDIENCES
from tests.jose.support import AUDIENCE, ISSUER, NOW, TYPE, claims, policy

HEADER = {"typ": TYPE}


def check(header: dict[str, str] = HEADER, /, **changes: object) -> None:
    policy().check(header, claims(**changes), NOW)


def fault(demands: Policy | None = None, /, **changes: object) -> ClaimInvalid:
    with pytest.raises(ClaimInvalid) as caught:
        (demands or policy()).check(HEADER, claims(**changes), NOW)
    assert len(str(caught.value)) <= 200
    return caught.value


def test_good_claims_pass() -> None:
    check()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", ""), ("issuer", None), ("issuer", b"https://x"), ("issuer", ["https://x"]),
        ("audience", ""), ("audience", []), ("audience", ()), ("audience", set()),
        ("audience", [""]), ("audience", ["a", None]), ("audience", [b"a"]), ("audience", ["a", 5]),
        ("typ", ""), ("typ", []), ("typ", [""]), ("typ", [5]),
        ("leeway_seconds", -1), ("leeway_seconds", 61), ("leeway_seconds", True),
        ("leeway_seconds", 1.5), ("leeway_seconds", None), ("leeway_seconds", math.inf),
        ("max_age_seconds", -1), ("max_age_seconds", "60"), ("max_age_seconds", True),
        ("required_claims", [""]), ("required_claims", [5]),
        ("scopes", ""), ("scopes", [""]), ("scopes", [5]), ("scopes", "notes:read notes:write"),
    ],
)  # fmt: skip
def test_a_policy_that_does_not_say_what_it_demands_is_not_built(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        policy(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("audience", None), ("audience", b"a"), ("audience", {"a": "b"}), ("audience", 5),
        ("typ", None), ("typ", b"JWT"), ("required_claims", None),
        ("scopes", None), ("scopes", b"a"),
    ],
)  # fmt: skip
def test_a_policy_of_the_wrong_types_is_not_built(name: str, value: object) -> None:
    with pytest.raises(TypeError, match=name):
        policy(**{name: value})


def test_a_policy_needs_an_issuer_an_audience_and_a_type() -> None:
    with pytest.raises(TypeError):
        Policy()  # type: ignore[call-arg]  # that is the mistake
    with pytest.raises(TypeError):
        Policy(ISSUER, AUDIENCE)  # type: ignore[call-arg]  # that is the mistake


def test_a_policy_can_not_be_changed() -> None:
    demands = policy(audience=["a", "b"])
    with pytest.raises(AttributeError):
        demands.issuer = "x"  # type: ignore[misc]  # that is what is refused


def test_a_policy_does_not_follow_a_list_it_was_built_from() -> None:
    audience, required, types = [AUDIENCE], ["scope"], [TYPE]
    demands = policy(audience=audience, required_claims=required, typ=types)
    audience.append("https://evil.example")
    types.append("JWT")
    required.clear()
    assert fault(demands, aud="https://evil.example").reason == errors.AUDIENCE_MISMATCH
    assert fault(demands).reason == errors.CLAIM_MISSING
    assert (demands.audience, demands.typ) == ((AUDIENCE,), (TYPE,))
    assert demands == policy(audience=[AUDIENCE], required_claims=["scope"], typ=[TYPE])
    assert hash(demands) == hash(policy(audience=(AUDIENCE,), required_claims="scope", typ=[TYPE]))


@pytest.mark.parametrize(
    "typ", ["at+jwt", "AT+JWT", "At+Jwt", "application/at+jwt", "APPLICATION/AT+JWT"]
)
def test_a_type_is_compared_without_case_and_prefix(typ: str) -> None:
    check({"typ": typ})
    policy(typ=typ).check(HEADER, claims(), NOW)


@pytest.mark.parametrize(
    "typ",
    [
        "JWT", "jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "statuslist+jwt", "at+jwt ", "at",
        "", "application/application/at+jwt", "text/at+jwt", "application/", None,
    ],
)  # fmt: skip
def test_a_token_of_another_kind_is_refused(typ: str | None) -> None:
    header = {} if typ is None else {"typ": typ}
    with pytest.raises(ClaimInvalid) as caught:
        check(header)
    assert (caught.value.reason, caught.value.claim) == (errors.TYPE_MISMATCH, "typ")


def test_a_token_without_a_type_passes_only_where_that_is_said() -> None:
    policy(typ=["JWT", None]).check({}, claims(), NOW)
    policy(typ=["JWT", None]).check({"typ": "jwt"}, claims(), NOW)
    for typ in ("JWT", ["JWT", "at+jwt"]):
        with pytest.raises(ClaimInvalid):
            policy(typ=typ).check({}, claims(), NOW)


@pytest.mark.parametrize(
    ("issuer", "reason"),
    [
        (..., errors.CLAIM_MISSING),
        (None, errors.CLAIM_MISSING),
        ("", errors.ISSUER_MISMATCH),
        ("h", errors.ISSUER_MISMATCH),
        ("https://i", errors.ISSUER_MISMATCH),
        (ISSUER + "/", errors.ISSUER_MISMATCH),
        (ISSUER.upper(), errors.ISSUER_MISMATCH),
        (ISSUER + ".evil.example", errors.ISSUER_MISMATCH),
        ([ISSUER], errors.ISSUER_MISMATCH),
        ({ISSUER: 1}, errors.ISSUER_MISMATCH),
        (True, errors.ISSUER_MISMATCH),
        (5, errors.ISSUER_MISMATCH),
    ],
)
def test_an_issuer_is_the_one_character_for_character(issuer: object, reason: str) -> None:
    error = fault(iss=issuer)
    assert (error.claim, error.reason) == ("iss", reason)


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE], [AUDIENCE, ""]])
def test_an_audience_that_names_us_passes(audience: object) -> None:
    check(aud=audience)


@pytest.mark.parametrize(
    ("audience", "reason"),
    [
        (..., errors.CLAIM_MISSING),
        (None, errors.CLAIM_MISSING),
        ("", errors.AUDIENCE_MISMATCH),
        ("https://api", errors.AUDIENCE_MISMATCH),
        (AUDIENCE + "/", errors.AUDIENCE_MISMATCH),
        ("https://staging.api.example.com", errors.AUDIENCE_MISMATCH),
        ([], errors.CLAIM_TYPE),
        ([""], errors.AUDIENCE_MISMATCH),
        (["other"], errors.AUDIENCE_MISMATCH),
        ([[AUDIENCE]], errors.CLAIM_TYPE),
        ([AUDIENCE, None], errors.CLAIM_TYPE),
        ([AUDIENCE, 5], errors.CLAIM_TYPE),
        ([AUDIENCE, {"a": 1}], errors.CLAIM_TYPE),
        ([AUDIENCE] * (MAX_AUDIENCES + 1), errors.CLAIM_TYPE),
        ({}, errors.CLAIM_TYPE),
        ({AUDIENCE: 1}, errors.CLAIM_TYPE),
        (True, errors.CLAIM_TYPE),
        (5, errors.CLAIM_TYPE),
    ],
)
def test_an_audience_that_does_not_name_us_is_refused(audience: object, reason: str) -> None:
    error = fault(aud=audience)
    assert (error.claim, error.reason) == ("aud", reason)


def test_a_receiver_may_have_several_names() -> None:
    demands = policy(audience=["https://b", AUDIENCE])
    for audience in (AUDIENCE, "https://b", ["x", "https://b"]):
        demands.check(HEADER, claims(aud=audience), NOW)
    error = fault(demands, aud="https://c")
    assert error.expected == f"'{AUDIENCE}' or 'https://b'"


@pytest.mark.parametrize("leeway", [0, 10, 60])
def test_a_token_is_expired_from_the_second_its_exp_names(leeway: int) -> None:
    demands = policy(leeway_seconds=leeway)
    demands.check(HEADER, claims(exp=NOW - leeway + 1), NOW)
    demands.check(HEADER, claims(exp=NOW - leeway + 0.5), NOW)
    for late in (NOW - leeway, NOW - leeway - 1, 0, float(NOW - leeway)):
        error = fault(demands, exp=late)
        assert isinstance(error, TokenExpired)
        assert (error.reason, error.claim, error.found) == (errors.TOKEN_EXPIRED, "exp", late)


@pytest.mark.parametrize("leeway", [0, 10, 60])
@pytest.mark.parametrize(
    ("name", "reason"),
    [("nbf", errors.TOKEN_NOT_YET_VALID), ("iat", errors.TOKEN_FROM_THE_FUTURE)],
)
def test_a_token_from_later_than_now_is_refused(name: str, reason: str, leeway: int) -> None:
    demands = policy(leeway_seconds=leeway)
    demands.check(HEADER, claims(**{name: NOW + leeway}), NOW)
    for early in (NOW + leeway + 1, NOW + leeway + 0.5, LATEST_NUMERIC_DATE):
        error = fault(demands, **{name: early})
        assert (error.claim, error.reason) == (name, reason)


def test_an_expiry_is_required_and_the_other_times_are_not() -> None:
    assert fault(exp=...).reason == errors.CLAIM_MISSING
    check(iat=..., nbf=...)


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value",
    [
        "1", str(NOW + 60), "", True, False, None, [], [NOW], {}, math.nan, math.inf, -math.inf, -1,
        -0.5, 10**20, LATEST_NUMERIC_DATE + 1, NOW * 1000, 1e300, 10**400,
    ],
)  # fmt: skip
def test_a_time_of_the_wrong_type_is_refused_and_never_taken_as_absent(
    name: str, value: object
) -> None:
    error = fault(**{name: value})
    assert (error.claim, error.reason) == (name, errors.CLAIM_TYPE)


@pytest.mark.parametrize("max_age", [0, 60, 3600])
def test_a_token_is_refused_when_it_is_older_than_is_wanted(max_age: int) -> None:
    demands = policy(max_age_seconds=max_age, leeway_seconds=5)
    demands.check(HEADER, claims(iat=NOW - max_age - 5), NOW)
    error = fault(demands, iat=NOW - max_age - 6)
    assert (error.claim, error.reason) == ("iat", errors.TOKEN_TOO_OLD)
    assert fault(demands, iat=...).reason == errors.CLAIM_MISSING


@pytest.mark.parametrize("name", ["sub", "jti", "client_id"])
@pytest.mark.parametrize("value", [None, 5, True, [], ["user-1"], {"id": 1}, 1.5])
def test_a_claim_that_is_a_text_is_nothing_else(name: str, value: object) -> None:
    error = fault(**{name: value})
    assert (error.claim, error.reason) == (name, errors.CLAIM_TYPE)


def test_a_claim_that_is_a_text_may_be_absent() -> None:
    check(sub=..., jti=..., client_id=...)


@pytest.mark.parametrize("value", [..., None, ""])
def test_a_required_claim_is_there_and_not_empty(value: object) -> None:
    error = fault(policy(required_claims=["tenant", "sub"]), tenant=value)
    assert (error.claim, error.reason) == ("tenant", errors.CLAIM_MISSING)


@pytest.mark.parametrize("value", ["acme", 0, False, [], {}])
def test_a_required_claim_may_have_any_value(value: object) -> None:
    policy(required_claims="tenant").check(HEADER, claims(tenant=value), NOW)


@pytest.mark.parametrize("scope", ["a b", "b a", "x b y a", " a  b ", "a b a"])
def test_scopes_that_are_demanded_are_all_there(scope: str) -> None:
    policy(scopes=["a", "b"]).check(HEADER, claims(scope=scope), NOW)
    policy(scopes="a").check(HEADER, claims(scope=scope), NOW)


@pytest.mark.parametrize("scope", [..., "", "a", "b", "ab", "a B", "a,b", "a\tb", "aa b", "a b."])
def test_a_token_without_a_scope_that_is_demanded_is_refused(scope: object) -> None:
    error = fault(policy(scopes=["a", "b"]), scope=scope)
    assert (error.claim, error.reason) == ("scope", errors.SCOPE_INSUFFICIENT)
    assert "accepted" in str(error)


@pytest.mark.parametrize("scope", [None, 5, True, ["a", "b"], {"a": 1}])
def test_scopes_are_one_text(scope: object) -> None:
    error = fault(policy(scopes=["a"]), scope=scope)
    assert (error.claim, error.reason) == ("scope", errors.CLAIM_TYPE)


def test_scopes_that_nobody_demands_are_not_looked_at() -> None:
    check(scope=["a"])


def test_the_first_rule_that_is_broken_gives_the_reason() -> None:
    broken: dict[str, Any] = {
        "iss": "x",
        "aud": "x",
        "exp": 0,
        "nbf": 10**11,
        "iat": 10**11,
        "sub": 5,
    }
    order = ["iss", "aud", "exp", "nbf", "iat", "sub", "tenant", "scope"]
    demands = policy(required_claims=["tenant"], scopes=["a"])
    for index, name in enumerate(order):
        left = {claim: value for claim, value in broken.items() if claim in order[index:]}
        assert fault(demands, **left, **({} if name != "scope" else {"tenant": "t"})).claim == name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "client_id", "typ"])


@given(st.dictionaries(NAMES, JSON), st.integers(0, 2 * NOW))
def test_claims_of_any_shape_pass_or_are_refused_with_a_reason(
    changes: dict[str, Any], now: int
) -> None:
    typ = changes.pop("typ", TYPE)
    header = {"typ": typ} if isinstance(typ, str) else {}
    try:
        policy(max_age_seconds=600).check(header, claims(**changes), now)
    except ClaimInvalid as error:
        text, reason = str(error), error.reason
        assert len(text) <= 200
        assert reason in errors.REASONS
