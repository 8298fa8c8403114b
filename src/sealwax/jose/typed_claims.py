"""Claims as the caller's own type: a dataclass, a TypedDict, a `msgspec.Struct`, a pydantic model.

Neither library is imported: whoever has a type of theirs has done that already, and what such a
type accepts is for its library to say, under the settings the type was written with. A dataclass
and a TypedDict are checked here, as strictly as JSON allows: nothing is converted but what JSON
can't tell apart (see `claim_types`).

Members the type does not name are left out; claims that are missing or not of their type are
refused with the name of the claim, and nothing is said of the others.
"""

import re
import sys
from collections.abc import Callable, Hashable, Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar, cast, is_typeddict

from sealwax.jose import errors
from sealwax.jose.claim_types import Misfit, reader_of_members
from sealwax.jose.errors import ClaimInvalid

Typed = TypeVar("Typed")

_REMEMBERED_TYPES: Final = 64
_ALL: Final = "claims"
"""Stands for the claim's name where a type refuses what several say together."""

_AT: Final = re.compile(r"(?s)(.*?)(?: - at `\$\.?(.*)`)?")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_EXPECTED: Final = re.compile(r"Expected `([^`]*)`.*", re.DOTALL)
_SHOULD_BE: Final = "Input should be "

_Read = Callable[[Mapping[str, Any]], Any]


def as_type(claims: Mapping[str, Any], claims_type: type[Typed]) -> Typed:
    """Give claims as the caller's type.

    Raises ClaimInvalid with the name of the claim that is missing or not of its type, and
    TypeError for a type that is none of the four kinds, or that no claim can have.
    """
    return cast("Typed", _reader(cast("Hashable", claims_type))(claims))


@lru_cache(maxsize=_REMEMBERED_TYPES)
def _reader(claims_type: Hashable) -> _Read:
    if isinstance(claims_type, type):
        if hasattr(claims_type, "__pydantic_validator__"):
            return _reader_of_pydantic(claims_type)
        msgspec = sys.modules.get("msgspec")
        if msgspec is not None and issubclass(claims_type, msgspec.Struct):
            return _reader_of_struct(claims_type, msgspec)
        if is_dataclass(claims_type) or is_typeddict(claims_type):
            return _reader_of_members(claims_type)
    message = (
        f"claims_type is {claims_type!r:.60}; a dataclass, a TypedDict, a msgspec.Struct or a "
        "pydantic model is accepted"
    )
    raise TypeError(message)


def _reader_of_members(claims_type: type[Any]) -> _Read:
    read_members = reader_of_members(claims_type)

    def read(claims: Mapping[str, Any]) -> Any:  # noqa: ANN401  # of the caller's type
        try:
            return read_members(claims)
        except Misfit as misfit:
            name, *inner = misfit.path or [_ALL]
            if misfit.is_missing and not inner:
                raise _missing(str(name)) from None
            where = "".join(f"[{step!r}]" for step in inner)
            expected = misfit.expected + (f" at {where}" if where else "")
            raise ClaimInvalid(errors.CLAIM_TYPE, str(name), misfit.found, expected) from None

    return read


def _reader_of_pydantic(claims_type: type[Any]) -> _Read:
    pydantic: Any = sys.modules["pydantic"]
    validate = pydantic.TypeAdapter(claims_type).validate_python

    def read(claims: Mapping[str, Any]) -> Any:  # noqa: ANN401  # of the caller's type
        try:
            return validate(dict(claims))
        except pydantic.ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if not found["loc"]:
            raise _refused_together(claims_type)
        name = str(found["loc"][0])
        if found["type"] == "missing" and len(found["loc"]) == 1:
            raise _missing(name)
        # Of its sentences only those that can't hold a value of some other claim are repeated.
        text = found["msg"]
        is_plain = len(found["loc"]) == 1 and text.startswith(_SHOULD_BE)
        expected = text.removeprefix(_SHOULD_BE) if is_plain else _of(claims_type)
        raise ClaimInvalid(errors.CLAIM_TYPE, name, claims.get(name), expected)

    return read


def _reader_of_struct(claims_type: type[Any], msgspec: Any) -> _Read:  # noqa: ANN401  # a module
    names = sorted(
        (field.encode_name for field in msgspec.structs.fields(claims_type)), key=len, reverse=True
    )

    def read(claims: Mapping[str, Any]) -> Any:  # noqa: ANN401  # of the caller's type
        try:
            return msgspec.convert(dict(claims), claims_type)
        except msgspec.ValidationError as error:
            text, path = cast("re.Match[str]", _AT.fullmatch(str(error))).groups()
        if not path:
            missing, unknown = _MISSING.fullmatch(text), _UNKNOWN.fullmatch(text)
            if missing:
                raise _missing(missing[1])
            if unknown is None:
                raise _refused_together(claims_type)
            name, expected = unknown[1], "no such claim"
        else:
            name = next((own for own in names if _is_in(path, own)), path)
            plain = _EXPECTED.fullmatch(text) if path == name else None
            expected = f"{plain[1]}" if plain else _of(claims_type)
        raise ClaimInvalid(errors.CLAIM_TYPE, name, claims.get(name), expected)

    return read


def _is_in(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def _missing(name: str) -> ClaimInvalid:
    return ClaimInvalid(errors.CLAIM_MISSING, name, None, "a value")


def _refused_together(claims_type: type[Any]) -> ClaimInvalid:
    return ClaimInvalid(errors.CLAIM_TYPE, _ALL, {}, _of(claims_type))


def _of(claims_type: type[Any]) -> str:
    return f"what {claims_type.__name__} takes"
