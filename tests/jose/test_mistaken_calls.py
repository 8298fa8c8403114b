"""Mistakes of whoever calls: each is answered with a sentence that says what is accepted."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from sealwax import Verifier
from sealwax.jose import Key, Policy, jwe, jws, jwt

KEY = Key.generate("ES256")
POLICY = Policy("https://id.example.com", "https://api.example.com", "at+jwt")
CLAIMS: dict[str, Any] = {"iss": "https://id.example.com", "aud": "https://api.example.com"}
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def verify(**changes: object) -> None:
    token = jwt.sign(CLAIMS | {"exp": 2_000_000_000}, KEY, typ="at+jwt")
    settings: dict[str, Any] = {"algorithms": ["ES256"], "policy": POLICY, "now": 1_900_000_000}
    jwt.verify(token, KEY, **settings | changes)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: jwt.sign(CLAIMS, "secret", typ="JWT"),  # type: ignore[arg-type]  # the mistake
            "key is of the type str; a Key is accepted",
        ),
        (
            lambda: jws.sign(b"", b"secret"),  # type: ignore[arg-type]  # the mistake
            "key is of the type bytes; a Key is accepted",
        ),
        (
            lambda: jwe.encrypt(b"", "secret", encryption="A128GCM"),  # type: ignore[arg-type]  # the mistake
            "key is of the type str; a Key is accepted",
        ),
        (
            lambda: verify(algorithms=None),
            "algorithms is of the type NoneType; a collection of names is accepted",
        ),
        (
            lambda: verify(algorithms="ES256"),
            "algorithms is of the type str; a collection of names is accepted",
        ),
        (lambda: verify(now=None), "now is of the type NoneType; whole seconds are accepted"),
        (lambda: verify(now=NOON), "now is of the type datetime; whole seconds are accepted"),
        (lambda: verify(now=1.5), "now is of the type float; whole seconds are accepted"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(call: Callable[[], None], sentence: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        call()


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"exp": NOON}, "'exp' is of the type datetime; text, numbers"),
        ({"iss": "i", "roles": {"a", "b"}}, "'roles' is of the type set; text, numbers"),
        ([], "of the type list; a mapping is accepted"),
        ({"deep": [NOON]}, "can't be written as JSON (TypeError)"),
        ({1: "one"}, "can't be written as JSON (TypeError)"),
        ({"share": float("nan")}, "can't be written as JSON (ValueError)"),
    ],
)
def test_a_claim_without_a_json_form_is_named(claims: dict[Any, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as refused:
        jwt.sign(claims, KEY, typ="JWT")
    assert "2026" not in str(refused.value)


def test_a_verifier_takes_one_key_like_several() -> None:
    token = jwt.sign(
        CLAIMS | {"exp": 4_000_000_000, "iat": 1, "sub": "s", "client_id": "c", "jti": "j"},
        KEY,
        typ="at+jwt",
    )
    with Verifier(
        "https://id.example.com", "https://api.example.com", keys=KEY.public()
    ) as verifier:
        assert verifier.verify_sync(token).subject == "s"
