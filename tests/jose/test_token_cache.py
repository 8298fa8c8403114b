"""Tokens that are recalled: everything that may change is checked again, nothing is shared.

A cache that is keyed by less than the whole token and the whole policy, or that outlives the
token, turns one good token into a way in for others (CVE-2026-35039, GHSA-qvp4-rpmr-xwrr).
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sealwax.jose import (
    ClaimInvalid,
    JoseError,
    Key,
    KeyNotFound,
    SignatureInvalid,
    TokenExpired,
    native,
)
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier, TokenCache
from sealwax.jose.token_cache import VerifiedTokens
from tests.jose.native_core import PATHS
from tests.jose.support import NOW, TYPE, claims, forge, good_header, key_of, policy, public_of

HS256 = key_of("HS256")


@pytest.fixture(params=PATHS, autouse=True)
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    with native.using(request.param):
        yield request.param


def caching(
    key: Key = HS256, max_tokens: int = 100, max_seconds: int = 60, **changes: object
) -> PreparedVerifier:
    return PreparedVerifier(
        key,
        algorithms=["HS256", "ES256"],
        policy=policy(**changes),
        cache=TokenCache(max_tokens, max_seconds),
    )


def token_with(header: dict[str, Any] | None = None, **changes: object) -> str:
    return forge(good_header(HS256) | (header or {}), claims(**changes), HS256)


def reason(verifier: PreparedVerifier, token: str | bytes, now: int) -> str:
    with pytest.raises(JoseError) as caught:
        verifier.verify(token, now=now)
    return caught.value.reason


def test_a_token_that_comes_again_is_what_it_was() -> None:
    verifier, token = caching(), token_with(tenant="ä", amr=["pwd", "otp"], cnf={"jkt": "x"})
    first = verifier.verify(token, now=NOW)
    for now in (NOW, NOW + 1, NOW + 59, NOW + 60, NOW + 300):
        for form in (token, token.encode()):
            assert verifier.verify(form, now=now) == first


def test_off_unless_asked_for() -> None:
    verifier = PreparedVerifier(HS256, algorithms=["HS256"], policy=policy())
    verifier.verify(token_with(), now=NOW)
    core = native.prepare_verifier(
        verifier._compact.keys,  # noqa: SLF001  # no caller may see them
        ["HS256"],
        policy(),
        type(verifier.verify(token_with(), now=NOW)),
    )
    if core is not None:
        core.verify(token_with(), NOW)
        assert core.kept_tokens == 0


# Attacks


def test_it_expires_in_the_second_its_exp_and_leeway_say() -> None:
    verifier, token = caching(max_seconds=3600), token_with(exp=NOW + 30)
    plain = PreparedVerifier(HS256, algorithms=["HS256"], policy=policy())
    for now in range(NOW, NOW + 40):
        assert verifier.verify(token, now=now) == plain.verify(token, now=now)
    for now in (NOW + 40, NOW + 41, NOW + 10**6):
        with pytest.raises(TokenExpired):
            verifier.verify(token, now=now)


def test_a_clock_that_was_set_back_is_noticed() -> None:
    verifier, token = caching(), token_with(nbf=NOW, iat=NOW)
    verifier.verify(token, now=NOW)
    assert reason(verifier, token, NOW - 11) == "token_not_yet_valid"
    assert reason(caching(), token_with(iat=NOW), NOW - 11) == "token_from_the_future"


def test_the_maximum_age_counts_at_each_use() -> None:
    verifier, token = caching(max_seconds=3600, max_age_seconds=20), token_with(iat=NOW)
    for now in (NOW, NOW + 30):
        verifier.verify(token, now=now)
    assert reason(verifier, token, NOW + 31) == "token_too_old"


def test_a_forged_token_finds_nothing() -> None:
    verifier, token = caching(), token_with()
    verifier.verify(token, now=NOW)
    head, payload, signature = token.split(".")
    other = token_with(sub="admin").split(".")[1]
    first = "B" if signature[0] == "A" else "A"
    forgeries = [
        f"{head}.{other}.{signature}",  # another payload under a signature that is known
        f"{head}.{payload}.{first}{signature[1:]}",
        f"{head}.{payload}.{signature[:-4]}AAAA",
    ]
    for forged in forgeries * 2:  # and leaves nothing to find
        with pytest.raises(SignatureInvalid):
            verifier.verify(forged, now=NOW)
    for broken in (f"{token}=", f"{token} ", f"{head}.{payload}.", f"{head}.{payload}", ""):
        with pytest.raises(JoseError):
            verifier.verify(broken, now=NOW)


def test_one_setting_for_two_verifiers_mixes_nothing() -> None:
    cache = TokenCache()
    ours, theirs = "https://api.example.com", "https://other.example.com"
    token = token_with(aud=ours)
    built = {
        name: PreparedVerifier(key, algorithms=["HS256"], policy=policy(**changes), cache=cache)
        for name, key, changes in (
            ("own", HS256, {}),
            ("another audience", HS256, {"audience": theirs}),
            ("another issuer", HS256, {"issuer": "https://evil.example.com"}),
            ("another type", HS256, {"typ": "JWT"}),
            ("another claim", HS256, {"required_claims": ["tenant"]}),
            ("another scope", HS256, {"scopes": ["notes:write"]}),
            ("another key", Key.from_secret(bytes(range(40, 80)), algorithm="HS256"), {}),
        )
    }
    for _ in range(2):
        built["own"].verify(token, now=NOW)
        assert {reason(built[name], token, NOW) for name in built if name != "own"} == {
            *("audience_mismatch", "issuer_mismatch", "type_mismatch", "claim_missing"),
            "scope_insufficient",
            "signature_invalid",
        }


def test_a_key_that_was_removed_is_gone_with_its_verifier() -> None:
    cache, token = TokenCache(), token_with()
    options: dict[str, Any] = {"algorithms": ["HS256"], "policy": policy(), "cache": cache}
    PreparedVerifier(HS256, **options).verify(token, now=NOW)
    successor = Key.from_secret(bytes(range(60, 100)), algorithm="HS256", kid="new")
    with pytest.raises(KeyNotFound):
        PreparedVerifier(successor, **options).verify(token, now=NOW)


def test_nobody_changes_what_another_gets() -> None:
    verifier = caching()
    token = token_with(amr=["pwd"], cnf={"jkt": "x", "deep": [{"a": 1}]}, roles=[])
    expected = PreparedVerifier(HS256, algorithms=["HS256"], policy=policy()).verify(token, now=NOW)
    for _ in range(3):
        found = verifier.verify(token, now=NOW)
        assert found == expected
        found.claims["sub"] = "admin"
        found.claims["roles"].append("admin")
        found.claims["cnf"]["deep"][0]["a"] = 2
        found.claims["cnf"]["jkt"] = "y"
        del found.claims["exp"]
        with pytest.raises(TypeError):
            found.header["kid"] = "x"  # type: ignore[index]  # what must not be possible


def test_a_header_that_could_be_changed_is_not_kept() -> None:
    verifier, token = caching(), token_with({"x": ["y"]})
    for _ in range(3):
        found = verifier.verify(token, now=NOW)
        assert found.header["x"] == ["y"]
        found.header["x"].append("z")


def test_a_time_with_a_fraction_is_believed_and_not_kept() -> None:
    verifier, token = caching(), token_with(exp=NOW + 0.5)
    assert verifier.verify(token, now=NOW).claims["exp"] == NOW + 0.5
    assert verifier.verify(token, now=NOW + 10).claims["exp"] == NOW + 0.5
    assert reason(verifier, token, NOW + 11) == "token_expired"


def test_a_signature_that_signs_anew_is_another_token() -> None:
    signer = PreparedSigner(key_of("ES256"), typ=TYPE)
    verifier = caching(public_of("ES256"))
    tokens = {signer.sign(claims(jti=str(number))) for number in range(4)}
    for token in [*tokens, *tokens]:
        assert verifier.verify(token, now=NOW).claims["jti"] in "0123"


# Bounds


def test_no_more_are_kept_than_was_said() -> None:
    kept = VerifiedTokens(TokenCache(3, 60), policy())
    for number in range(10):
        kept.keep(f"{number}", {"typ": TYPE}, claims(), HS256, NOW)
    assert [name for name in map(str, range(10)) if kept.find(name, NOW)] == ["7", "8", "9"]
    assert len(kept._kept) == 3  # noqa: SLF001  # nobody else may count


def test_the_oldest_makes_room(path: str) -> None:
    core = native.prepare_verifier(
        PreparedVerifier(HS256, algorithms=["HS256"], policy=policy())._compact.keys,  # noqa: SLF001  # see above
        ["HS256"],
        policy(),
        type(caching().verify(token_with(), now=NOW)),
        cache=(3, 60),
    )
    if path == "python":
        assert core is None
        return
    for number in range(10):
        for _ in range(2):
            core.verify(token_with(jti=str(number)), NOW)
            assert core.kept_tokens == min(number + 1, 3)
    core.verify(token_with(jti="later"), NOW + 61)  # two that ran out go when one comes
    assert core.kept_tokens == 2
    core.verify(token_with(sub=7), NOW)
    core.verify(token_with() + "A", NOW)
    assert core.kept_tokens == 2


def test_those_that_ran_out_go_when_one_comes() -> None:
    kept = VerifiedTokens(TokenCache(10, 60), policy())
    for number in range(4):
        kept.keep(f"{number}", {"typ": TYPE}, claims(), HS256, NOW)
    kept.keep("4", {"typ": TYPE}, claims(), HS256, NOW + 60)
    assert len(kept._kept) == 3  # noqa: SLF001  # nobody else may count
    assert kept.find("3", NOW + 60) is None
    assert kept.find("4", NOW + 60) is not None


def test_what_changed_under_the_policy_is_not_found() -> None:
    kept = VerifiedTokens(TokenCache(10, 3600), policy(max_age_seconds=5))
    kept.keep("a", {"typ": TYPE}, claims(iat=NOW), HS256, NOW)
    assert kept.find("a", NOW + 15) is not None
    assert kept.find("a", NOW + 16) is None
    kept.keep("b", {"typ": TYPE}, claims(iat=NOW - 0.5), HS256, NOW)
    assert kept.find("b", NOW) is None


def test_a_token_at_its_end_is_not_kept() -> None:
    kept = VerifiedTokens(TokenCache(), policy())
    kept.keep("a", {"typ": TYPE}, claims(exp=NOW), HS256, NOW)
    assert kept.find("a", NOW) is None


@pytest.mark.parametrize(
    "changes", [{"max_tokens": 0}, {"max_seconds": True}, {"max_seconds": 3601}]
)
def test_a_size_that_is_none_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a whole number of 1 to"):
        TokenCache(**changes)


def test_many_threads_get_each_its_own() -> None:
    verifier = caching(max_tokens=5)
    tokens = {str(number): token_with(jti=str(number)) for number in range(12)}
    wrong: list[object] = []

    def use() -> None:
        for _ in range(30):
            for jti, token in tokens.items():
                found = verifier.verify(token, now=NOW).claims
                if found.pop("jti") != jti:
                    wrong.append(found)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_refused_claim_is_refused_again() -> None:
    verifier, token = caching(), token_with(aud="https://other.example.com")
    for _ in range(2):
        with pytest.raises(ClaimInvalid):
            verifier.verify(token, now=NOW)
