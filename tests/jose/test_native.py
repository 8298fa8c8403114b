"""The switch between the two implementations, and what happens at the seam between them."""

import sys
import warnings
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from sealwax.jose import (
    ClaimInvalid,
    JoseError,
    Key,
    KeySet,
    MalformedToken,
    SignatureInvalid,
    native,
)
from sealwax.jose.jwt import PreparedSigner, PreparedVerifier, VerifiedJwt
from tests.jose.native_core import fresh_switch, needs_native, verdict
from tests.jose.support import (
    NOW,
    TYPE,
    claims,
    encoded,
    forge,
    good_header,
    key_of,
    policy,
    public_of,
)

HS256 = key_of("HS256")


def both(keys: Key | KeySet, algorithm: str, **changes: object) -> list[PreparedVerifier]:
    return [
        PreparedVerifier(
            keys, algorithms=[algorithm], policy=policy(**changes), implementation=implementation
        )
        for implementation in ("native", "python")
    ]


def pretend(monkeypatch: pytest.MonkeyPatch, **members: object) -> None:
    """Install a native core that has these members and nothing else."""
    fresh_switch(monkeypatch)
    monkeypatch.setitem(sys.modules, "sealwax_native", SimpleNamespace(**members))


class Core:
    """A native core that says the same about every token."""

    def __init__(self, said: object) -> None:
        self.said = said

    def verify(self, _: object, __: object) -> object:
        return self.said

    def verify_many(self, tokens: list[object], _: object) -> list[object]:
        return [self.said for _ in tokens]


def saying(monkeypatch: pytest.MonkeyPatch, said: object) -> PreparedVerifier:
    pretend(
        monkeypatch,
        INTERFACE=native.INTERFACE,
        load_public_key=lambda _: None,
        Verifier=lambda *_: Core(said),
    )
    return PreparedVerifier(HS256, algorithms=["HS256"], policy=policy())


# The switch


@needs_native
def test_a_core_that_is_there_is_used_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_switch(monkeypatch)
    monkeypatch.delenv(native.VARIABLE, raising=False)
    assert native.implementation() == "native"
    assert native.state()[::2] == (True, None)
    assert native.state().version


@pytest.mark.parametrize(("word", "expected"), [("auto", "native"), ("off", "python")])
@needs_native
def test_the_environment_makes_the_first_choice(
    monkeypatch: pytest.MonkeyPatch, word: str, expected: str
) -> None:
    fresh_switch(monkeypatch)
    monkeypatch.setenv(native.VARIABLE, word)
    assert native.implementation() == expected
    assert native.state().reason == (None if expected == "native" else "it is switched off")


def test_a_word_that_is_none_of_the_three_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_switch(monkeypatch)
    monkeypatch.setenv(native.VARIABLE, "yes")
    with pytest.raises(RuntimeError, match=r"^SEALWAX_NATIVE is 'yes'; accepted are auto, off, re"):
        native.implementation()


def test_using_holds_for_a_block_and_no_longer() -> None:
    before = native.implementation()
    with native.using("python"):
        assert native.implementation() == "python"
    assert native.implementation() == before


def test_another_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="accepted are automatic, python, native"):
        native.use("rust")  # type: ignore[arg-type]  # what is not accepted
    with pytest.raises(ValueError, match="accepted are native, python, None"):
        PreparedVerifier(
            HS256,
            algorithms=["HS256"],
            policy=policy(),
            implementation="rust",  # type: ignore[arg-type]  # what is not accepted
        )


def test_without_the_core_everything_is_python(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_switch(monkeypatch)
    monkeypatch.delenv(native.VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "sealwax_native", None)  # as if it were not installed
    assert native.state() == (False, None, "sealwax_native is not installed")
    assert native.implementation() == "python"
    token = PreparedSigner(HS256, typ=TYPE).sign(claims())
    verifier = PreparedVerifier(HS256, algorithms=["HS256"], policy=policy())
    assert verifier.verify(token, now=NOW).claims == claims()


def test_a_core_that_is_demanded_and_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_switch(monkeypatch)
    monkeypatch.setitem(sys.modules, "sealwax_native", None)
    why = "demanded and can't be used: sealwax_native is not installed"
    with pytest.raises(RuntimeError, match=why):
        native.use("native")
    with pytest.raises(RuntimeError, match=why):
        PreparedSigner(HS256, typ=TYPE, implementation="native")
    monkeypatch.setenv(native.VARIABLE, "required")
    with pytest.raises(RuntimeError, match=why):
        PreparedVerifier(HS256, algorithms=["HS256"], policy=policy())


def test_a_version_that_does_not_fit_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, __version__="9.9", INTERFACE=native.INTERFACE + 1)
    with pytest.warns(RuntimeWarning, match=r"not used: version 9\.9 has the interface"):
        state = native.state()
    assert state[:2] == (False, "9.9")
    with warnings.catch_warnings(action="error"):
        assert native.state() == state
        with native.using("automatic"):
            assert native.implementation() == "python"


def test_a_core_that_can_not_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> object:
        message = "no such symbol"
        raise ImportError(message)

    fresh_switch(monkeypatch)
    monkeypatch.setattr("sealwax.jose.native.import_module", broken)
    with pytest.warns(RuntimeWarning, match=r"can't be loaded \(ImportError\)"):
        assert not native.state().is_available


# The second opinion


@pytest.mark.parametrize("reason", ["token_characters", "payload_json", "key_unknown"])
def test_a_refusal_stands_though_python_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    token = PreparedSigner(HS256, typ=TYPE, implementation="python").sign(claims())
    verifier = saying(monkeypatch, reason)
    with pytest.raises(JoseError) as caught:
        verifier.verify(token, now=NOW)
    assert caught.value.reason == reason
    assert [str(error) for error in verifier.verify_many([token], now=NOW)] == [str(caught.value)]


def test_a_refused_claim_stands_though_python_finds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verifier = saying(monkeypatch, ("claim_type", good_header(HS256), claims()))
    with pytest.raises(JoseError) as caught:
        verifier.verify("a.b.c", now=NOW)
    assert caught.value.reason == "claim_type"


def test_python_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MalformedToken, match="it has 1"):
        saying(monkeypatch, "token_parts").verify("a", now=NOW)
    with pytest.raises(SignatureInvalid):
        saying(monkeypatch, "signature_invalid").verify("a", now=NOW)
    said = ("issuer_mismatch", good_header(HS256), claims(iss="x"))
    with pytest.raises(ClaimInvalid, match="'iss' is 'x'"):
        saying(monkeypatch, said).verify("a", now=NOW)


def test_what_the_core_leaves_is_done_by_python(monkeypatch: pytest.MonkeyPatch) -> None:
    token = PreparedSigner(HS256, typ=TYPE, implementation="python").sign(claims())
    verifier = saying(monkeypatch, None)
    assert verifier.verify(token, now=NOW).claims == claims()
    assert verifier.verify_many([token], now=NOW) == [verifier.verify(token, now=NOW)]


def test_keys_that_the_core_does_not_take_are_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> object:
        message = "no"
        raise ValueError(message)

    pretend(
        monkeypatch,
        INTERFACE=native.INTERFACE,
        load_public_key=refuse,
        Verifier=refuse,
        Signer=SimpleNamespace(load=refuse),
    )
    token = PreparedSigner(HS256, typ=TYPE).sign(claims())
    verifier = PreparedVerifier(HS256, algorithms=["HS256"], policy=policy())
    assert verifier.verify(token, now=NOW).claims == claims()
    with pytest.raises(ValueError, match="left to Python"):
        native.verifier_for(HS256, ["HS256"], policy())


@needs_native
def test_the_bare_verdict_is_claims_or_a_reason() -> None:
    raw = native.verifier_for(KeySet([HS256]), ["HS256"], policy())
    for changes, expected in (({}, claims()), ({"exp": 1}, "token_expired")):
        assert raw.verify(forge(good_header(HS256), claims(**changes), HS256), NOW) == expected
    assert raw.verify("a.b", NOW) == "token_parts"


# What is left to Python


class Text(str):
    """A text that compares in its own way."""

    __slots__ = ()


@needs_native
def test_texts_of_another_type_are_left_to_python() -> None:
    with pytest.raises(ValueError, match="left to Python"):
        native.verifier_for(HS256, ["HS256"], policy(issuer=Text("x")))
    with pytest.raises(ValueError, match="left to Python"):
        native.verifier_for(HS256, ["HS256"], policy(issuer="\ud800"))
    with pytest.raises(ValueError, match="left to Python"):
        native.verifier_for(HS256, ["HS256"], policy(required_claims=list(map(str, range(65)))))


@needs_native
def test_a_key_that_is_not_done_natively_is_done_by_python() -> None:
    key = key_of("Ed448")
    token = PreparedSigner(key, typ=TYPE, implementation="native").sign(claims())
    verifier, python = both(key.public(), "Ed448")
    assert native.verifier_for(key.public(), ["Ed448"], policy()).verify(token, NOW) is None
    assert verifier.verify(token, now=NOW) == python.verify(token, now=NOW)
    assert verdict(verifier, token[:-9] + "AAAAAAAAA", NOW)[0] is SignatureInvalid


@needs_native
def test_one_set_is_served_by_both() -> None:
    keys = KeySet([public_of("Ed448"), public_of("Ed25519"), public_of("ES256")])
    algorithms = ["Ed448", "Ed25519", "ES256"]
    for algorithm in algorithms:
        token = PreparedSigner(key_of(algorithm), typ=TYPE).sign(claims())
        verifier = PreparedVerifier(keys, algorithms=algorithms, policy=policy())
        assert verifier.verify(token, now=NOW).key == public_of(algorithm)
        raw = native.verifier_for(keys, algorithms, policy()).verify(token, NOW)
        assert raw == (None if algorithm == "Ed448" else claims())


@needs_native
@pytest.mark.parametrize("y", [1, 2**255 - 20, 2**255 - 19, 2**255 - 1, 2**255 + 1])
def test_points_that_libraries_read_differently_are_pythons(y: int) -> None:
    x = y.to_bytes(32, "little")
    key = Key.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": encoded(x).decode()})
    raw = native.verifier_for(key, ["Ed25519"], policy())
    token = forge({"alg": "Ed25519", "typ": TYPE}, claims(), lambda _: bytes(64))
    assert raw.verify(token, NOW) is None
    verifier, python = both(key, "Ed25519")
    assert verdict(verifier, token, NOW) == verdict(python, token, NOW)


@needs_native
def test_a_large_rsa_exponent_is_pythons() -> None:
    modulus = public_of("RS256").to_jwk()["n"]
    key = Key.from_jwk(
        {"kty": "RSA", "n": modulus, "e": encoded((2**40 + 1).to_bytes(6, "big")).decode()}
    )
    raw = native.verifier_for(key, ["RS256"], policy())
    assert raw.verify(forge({"alg": "RS256", "typ": TYPE}, claims()), NOW) is None


@needs_native
@pytest.mark.parametrize("now", [2**52 + 1, -(2**60), 2**70, True, float(NOW)])
def test_times_beyond_count_are_pythons(now: Any) -> None:  # noqa: ANN401  # of wrong types too
    token = PreparedSigner(HS256, typ=TYPE).sign(claims())
    assert native.verifier_for(HS256, ["HS256"], policy()).verify(token, now) is None
    verifier, python = both(HS256, "HS256")
    assert verdict(verifier, token, now) == verdict(python, token, now)
    if type(now) is int:
        (found,) = verifier.verify_many([token], now=now)
        assert type(found) is verdict(python, token, now)[0]


@needs_native
@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt", "at+\u212aWT", "ÄT", "\u0130"])
def test_types_are_compared_alike(typ: str) -> None:
    for wanted in (TYPE, "ät", "at+kwt", "i\u0307"):
        verifier, python = both(HS256, "HS256", typ=wanted)
        token = forge(good_header(HS256, typ=typ), claims(), HS256)
        assert verdict(verifier, token, NOW) == verdict(python, token, NOW)


@needs_native
@pytest.mark.parametrize("token", [None, 7, bytearray(b"a.b.c"), Text("a.b.c"), ["a.b.c"]])
def test_what_is_no_token_is_a_mistake_on_both(token: Any) -> None:  # noqa: ANN401  # of wrong types
    for verifier in both(HS256, "HS256"):
        with pytest.raises((TypeError, MalformedToken)) as caught:
            verifier.verify(token, now=NOW)
        with pytest.raises(type(caught.value)) if caught.type is TypeError else nullcontext():
            verifier.verify_many([token], now=NOW)


@needs_native
def test_headers_with_long_numbers_follow_pythons_limit() -> None:
    for digits in (600, 700, 5000):
        header = b'{"alg":"HS256","typ":"at+jwt","kid":"HS256-0","n":%s}' % (b"7" * digits)
        token = forge(header, claims(), HS256)
        verifier, python = both(HS256, "HS256")
        assert verdict(verifier, token, NOW) == verdict(python, token, NOW)


@needs_native
def test_results_are_of_the_one_class_and_can_not_be_changed() -> None:
    token = PreparedSigner(HS256, typ=TYPE).sign(claims())
    found = both(HS256, "HS256")[0].verify(token, now=NOW)
    assert type(found) is VerifiedJwt
    assert repr(found) == repr(both(HS256, "HS256")[1].verify(token, now=NOW))
    with pytest.raises(AttributeError):
        found.claims = {}  # type: ignore[misc]  # what must not be possible
    with pytest.raises(TypeError):
        found.header["alg"] = "none"  # type: ignore[index]  # what must not be possible
