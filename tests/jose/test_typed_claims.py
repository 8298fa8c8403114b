"""Claims as the caller's own type, and what is said when they are not of it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Literal, NewType, NotRequired, TypedDict

import msgspec
import pydantic
import pytest
from pydantic.dataclasses import dataclass as pydantic_dataclass

from sealwax.jose import ClaimInvalid, errors, jwt
from sealwax.jose.typed_claims import as_type
from tests.jose.support import TYPE, accepted, claims, key_of

TENANT = "https://example.com/tenant"
Tenant = NewType("Tenant", str)


class Level(Enum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Access:
    roles: list[str]
    level: Level = Level.LOW


@dataclass(frozen=True)
class Everything:
    sub: str
    exp: int
    tenant: Tenant = field(metadata={"claim": TENANT})
    score: float = 0.5
    is_staff: bool = False
    nickname: str | None = None
    kind: Literal["user", "service", 7] = "user"
    scopes: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    place: tuple[float, float] | None = None
    names: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    access: Access | None = None
    anything: Any = None
    bare: Annotated[list, "as it is"] = field(default_factory=list)  # type: ignore[type-arg]  # the test
    made: str = field(default="here", init=False)


GOOD: dict[str, Any] = {"sub": "user-1", "exp": 9, TENANT: "acme", "iss": "i", "amr": ["pwd"]}


def refused(claims: dict[str, Any], claims_type: type[Any] = Everything) -> ClaimInvalid:
    with pytest.raises(ClaimInvalid) as caught:
        as_type(claims, claims_type)
    return caught.value


def test_a_dataclass_takes_what_it_names_and_its_defaults() -> None:
    made = as_type(GOOD, Everything)
    assert made == Everything("user-1", 9, Tenant("acme"))
    assert (made.made, made.anything) == ("here", None)


def test_each_type_of_a_claim_is_read() -> None:
    claims = GOOD | {
        "score": 1,
        "is_staff": True,
        "nickname": "u",
        "kind": 7,
        "scopes": ["b", "a", "b"],
        "tags": ["x"],
        "place": [1, 2.5],
        "names": ["n"],
        "limits": {"a": 1},
        "access": {"roles": ["admin"], "level": 2, "more": 1},
        "anything": {"deep": [1]},
        "bare": [1, "a"],
        "made": "in the token",
    }
    made = as_type(claims, Everything)
    assert made == Everything(
        "user-1", 9, Tenant("acme"), 1.0, bool(1), "u", 7, frozenset({"a", "b"}), ("x",),
        (1.0, 2.5), ["n"], {"a": 1}, Access(["admin"], Level.HIGH), {"deep": [1]}, [1, "a"],
    )  # fmt: skip
    assert type(made.score) is float
    assert made.made == "here"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("sub", 1, "'sub' is 1; a text is accepted"),
        ("sub", None, "'sub' is null; a text is accepted"),
        ("exp", True, "'exp' is of the type bool; a whole number is accepted"),
        ("exp", 9.0, "a whole number"),
        ("exp", "9", "a whole number"),
        (TENANT, 5, f"'{TENANT}' is 5; a text"),
        ("score", "1", "a number"),
        ("score", True, "a number"),
        ("is_staff", 1, "true or false"),
        ("nickname", 1, "a text or null"),
        ("kind", "admin", "one of 'user', 'service', 7"),
        ("kind", 7.0, "one of 'user', 'service', 7"),
        ("scopes", "a b", "a list is accepted"),
        ("scopes", [1], "'scopes' is 1; a text at [0] is accepted"),
        ("tags", {"a": 1}, "a list"),
        ("place", [1], "a list of 2 or null"),
        ("limits", {"a": "1"}, "a whole number at ['a']"),
        ("limits", [], "an object"),
        ("access", {"roles": [1], "level": 1}, "'access' is"),
        ("access", {"roles": []} | {"level": 3}, "one of 1, 2"),
        ("access", {"roles": [], "level": True}, "one of 1, 2"),
        ("access", {}, "'access' is"),
        ("bare", "x", "a list"),
    ],
)
def test_a_claim_of_another_type_is_refused_by_its_name(
    name: str, value: object, expected: str
) -> None:
    error = refused(GOOD | {name: value})
    assert (error.reason, error.claim) == (errors.CLAIM_TYPE, name)
    assert expected in str(error)
    assert "user-1" not in str(error)


@pytest.mark.parametrize("name", ["sub", "exp", TENANT])
def test_a_claim_that_is_missing_is_named(name: str) -> None:
    error = refused({key: value for key, value in GOOD.items() if key != name})
    assert (error.reason, error.claim, error.found) == (errors.CLAIM_MISSING, name, None)


@dataclass
class Holder:
    access: Access
    keys: set[Any]


def test_what_is_wrong_inside_a_claim_is_told_under_its_name() -> None:
    error = refused({"access": {"roles": ["a", 5]}, "keys": []}, Holder)
    assert (error.claim, error.found) == ("access", 5)
    assert "a text at ['roles'][1]" in str(error)
    assert refused({"access": 5, "keys": []}, Holder).expected == "an object"
    missing = refused({"access": {}, "keys": []}, Holder)
    assert (missing.claim, missing.reason) == ("access", errors.CLAIM_TYPE)
    assert "a value at ['roles']" in str(missing)
    assert "a list of texts or numbers" in str(
        refused({"access": {"roles": []}, "keys": [[]]}, Holder)
    )


@dataclass
class Guarded:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            message = f"{self.low} is above {self.high}"
            raise ValueError(message)


def test_what_a_type_refuses_as_a_whole_is_said_without_its_words() -> None:
    error = refused({"low": 4711, "high": 1}, Guarded)
    assert (error.reason, error.claim, error.found) == (errors.CLAIM_TYPE, "claims", {})
    assert str(error).endswith("'claims' is of the type dict; what Guarded takes is accepted")


def test_a_verified_token_gives_its_claims_as_that_type() -> None:
    verified = accepted(jwt.sign(claims(), key_of("ES256"), typ=TYPE))
    made = verified.claims_as(Member)
    assert made == {"sub": "user-1"}
    with pytest.raises(ClaimInvalid):
        verified.claims_as(Everything)


class Member(TypedDict):
    sub: str
    email: NotRequired[str]


def test_a_typed_dict_is_read_and_holds_nothing_else() -> None:
    assert as_type(GOOD, Member) == {"sub": "user-1"}
    assert as_type(GOOD | {"email": "a@b.example"}, Member)["email"] == "a@b.example"
    assert refused(GOOD | {"email": 1}, Member).claim == "email"
    assert refused({}, Member).reason == errors.CLAIM_MISSING


class Struct(msgspec.Struct, rename={"tenant": TENANT}):
    sub: str
    tenant: str
    access: dict[str, list[int]] = {}
    level: Level = Level.LOW
    note: Annotated[str, msgspec.Meta(max_length=3)] = ""


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    sub: str


class GuardedStruct(msgspec.Struct):
    sub: str

    def __post_init__(self) -> None:
        message = f"secret of {self.sub}"
        raise ValueError(message)


def test_a_msgspec_struct_reads_by_its_own_rules() -> None:
    made = as_type(GOOD | {"level": 2, "access": {"a": [1]}}, Struct)
    assert (made.sub, made.tenant, made.level) == ("user-1", "acme", Level.HIGH)


@pytest.mark.parametrize(
    ("claims", "kind", "reason", "claim", "text"),
    [
        ({"sub": "s"}, Struct, errors.CLAIM_MISSING, TENANT, "a value"),
        (GOOD | {"sub": 1}, Struct, errors.CLAIM_TYPE, "sub", "'sub' is 1; str is accepted"),
        (GOOD | {TENANT: 1}, Struct, errors.CLAIM_TYPE, TENANT, "; str is accepted"),
        (GOOD | {"access": {"a": ["x"]}}, Struct, errors.CLAIM_TYPE, "access", "what Struct takes"),
        (GOOD | {"level": 7}, Struct, errors.CLAIM_TYPE, "level", "what Struct takes"),
        (GOOD | {"note": "long"}, Struct, errors.CLAIM_TYPE, "note", "is 'long'; str is accepted"),
        (GOOD, Closed, errors.CLAIM_TYPE, "exp", "no such claim"),
        (GOOD, GuardedStruct, errors.CLAIM_TYPE, "claims", "what GuardedStruct takes"),
    ],
)
def test_what_a_msgspec_struct_refuses_names_the_claim(
    claims: dict[str, Any], kind: type[Any], reason: str, claim: str, text: str
) -> None:
    error = refused(claims, kind)
    assert (error.reason, error.claim) == (reason, claim)
    assert text in str(error)
    assert "user-1" not in str(error)


class Model(pydantic.BaseModel):
    sub: str
    exp: int
    tenant: str = pydantic.Field(alias="https://example.com/tenant")
    roles: list[int] = []
    access: Access | None = None


class Together(pydantic.BaseModel):
    sub: str

    @pydantic.model_validator(mode="after")
    def refuse(self) -> "Together":
        message = f"secret of {self.sub}"
        raise ValueError(message)


class OneByOne(pydantic.BaseModel):
    exp: int

    @pydantic.field_validator("exp")
    @classmethod
    def refuse(cls, exp: int) -> int:
        message = f"user-1 has {exp}"
        raise ValueError(message)


@pydantic_dataclass
class PydanticDataclass:
    sub: str
    exp: int


def test_a_pydantic_model_reads_by_its_own_rules() -> None:
    made = as_type(GOOD | {"exp": "9"}, Model)
    assert (made.sub, made.exp, made.tenant) == ("user-1", 9, "acme")
    assert as_type(GOOD, PydanticDataclass) == PydanticDataclass("user-1", 9)


@pytest.mark.parametrize(
    ("claims", "kind", "reason", "claim", "text"),
    [
        ({"sub": "s", "exp": 1}, Model, errors.CLAIM_MISSING, TENANT, "a value"),
        (GOOD | {"sub": 1}, Model, errors.CLAIM_TYPE, "sub", "'sub' is 1; a valid string"),
        (GOOD | {"roles": ["x"]}, Model, errors.CLAIM_TYPE, "roles", "what Model takes"),
        (GOOD | {"access": {}}, Model, errors.CLAIM_TYPE, "access", "what Model takes"),
        (GOOD, Together, errors.CLAIM_TYPE, "claims", "what Together takes"),
        (GOOD, OneByOne, errors.CLAIM_TYPE, "exp", "what OneByOne takes"),
        (GOOD | {"exp": []}, PydanticDataclass, errors.CLAIM_TYPE, "exp", "a valid integer"),
    ],
)
def test_what_a_pydantic_model_refuses_names_the_claim(
    claims: dict[str, Any], kind: type[Any], reason: str, claim: str, text: str
) -> None:
    error = refused(claims, kind)
    assert (error.reason, error.claim) == (reason, claim)
    assert text in str(error)
    assert "user-1" not in str(error)


@dataclass
class WithBytes:
    raw: bytes


@dataclass
class WithKeys:
    by_number: dict[int, str]


@pytest.mark.parametrize("kind", [WithBytes, WithKeys])
def test_an_annotation_no_claim_can_have_is_a_mistake_of_the_caller(kind: type[Any]) -> None:
    with pytest.raises(TypeError, match="is annotated with"):
        as_type(GOOD, kind)


@pytest.mark.parametrize("kind", [str, dict, "Everything", None, 5])
def test_a_type_of_no_known_kind_is_a_mistake_of_the_caller(kind: Any) -> None:  # noqa: ANN401  # whatever it is
    with pytest.raises(TypeError, match="claims_type is"):
        as_type(GOOD, kind)


def test_neither_library_is_imported() -> None:
    program = """
import sys
from dataclasses import dataclass
from sealwax.jose.typed_claims import as_type
@dataclass
class Mine:
    sub: str
assert as_type({"sub": "a"}, Mine) == Mine("a")
try:
    as_type({}, int)
except TypeError:
    print({"msgspec", "pydantic"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
