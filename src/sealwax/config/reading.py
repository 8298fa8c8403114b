"""Reading settings: file, environment and command line become one checked value."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from sealwax.config.errors import ConfigurationError
from sealwax.config.rules import check
from sealwax.config.settings import Settings
from sealwax.secret import Secret

ENVIRONMENT_PREFIX: Final = "SEALWAX_"
_FOUND_LIMIT: Final = 80
_FILE_LIMIT_BYTES: Final = 1024 * 1024

_Values = dict[tuple[str, str], Any]


def load(
    path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object]
) -> Settings:
    """Give the settings of `path`, with the environment over it and `overrides` over both.

    `overrides` maps `table.key` to a value; None means that the flag was not given. Relative paths
    in the file start at its folder, all others at the working directory. Raises ConfigurationError.
    """
    values: _Values = {}
    if path is not None:
        values.update(_from_file(path))
    values.update(_from_environment(environ))
    values.update(_from_overrides(overrides))
    tables: dict[str, dict[str, Any]] = {}
    for (table, key), value in values.items():
        tables.setdefault(table, {})[key] = value
    return check(msgspec.convert(tables, Settings, dec_hook=_keep))


def setting_names() -> tuple[str, ...]:
    """Give the name of every setting as `table.key`, in the order of the tables."""
    return tuple(f"{table}.{key}" for table, keys in _tables().items() for key in keys)


def environment_name(setting: str) -> str:
    """Give the name of the environment variable of `table.key`."""
    return ENVIRONMENT_PREFIX + setting.replace(".", "__").upper()


def _tables() -> dict[str, dict[str, msgspec.structs.FieldInfo]]:
    return {
        table.name: {field.name: field for field in msgspec.structs.fields(table.type)}
        for table in msgspec.structs.fields(Settings)
    }


def _from_file(path: Path) -> _Values:
    name = str(path)
    try:
        with path.open("rb") as file:
            text = file.read(_FILE_LIMIT_BYTES + 1)
    except OSError as error:
        found = error.strerror or "an error"
        raise ConfigurationError(name, found.lower(), "a readable TOML file") from None
    if len(text) > _FILE_LIMIT_BYTES:
        raise ConfigurationError(name, "a larger file", f"at most {_FILE_LIMIT_BYTES} bytes")
    try:
        document = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise ConfigurationError(name, "something else", "TOML in UTF-8", reason) from None
    values: _Values = {}
    for table, content in document.items():
        if not isinstance(content, dict) or table not in _tables():
            raise _unknown(table, tuple(_tables()), "table")
        for key, value in content.items():
            values[table, key] = _convert(table, key, value, base=path.parent)
    return values


def _from_environment(environ: Mapping[str, str]) -> _Values:
    values: _Values = {}
    names = {environment_name(setting): setting for setting in setting_names()}
    for name, text in environ.items():
        if not name.startswith(ENVIRONMENT_PREFIX) or "__" not in name:
            continue
        if name not in names:
            raise _unknown(name, tuple(names), "environment variable")
        table, _, key = names[name].partition(".")
        values[table, key] = _convert(table, key, _from_text(table, key, text), base=Path())
    return values


def _from_overrides(overrides: Mapping[str, object]) -> _Values:
    values: _Values = {}
    for setting, value in overrides.items():
        if value is not None:
            table, _, key = setting.partition(".")
            values[table, key] = _convert(table, key, value, base=Path())
    return values


def _convert(table: str, key: str, value: object, *, base: Path) -> object:
    """Give the value in the type of its setting, or say why not."""
    fields = _tables().get(table, {})
    if key not in fields:
        raise _unknown(f"{table}.{key}", setting_names(), "setting")
    field = fields[key]
    if isinstance(value, list):
        value = tuple(value)
    try:
        converted = msgspec.convert(value, field.type, dec_hook=_decode)
    except msgspec.ValidationError:
        found = _shown(value, field)
        raise ConfigurationError(f"{table}.{key}", found, _accepted(field.type)) from None
    return base / converted if isinstance(converted, Path) else converted


def _decode(wanted: type, value: object) -> object:
    """Make what TOML has no type for: paths and secrets, both from text."""
    if isinstance(value, wanted):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError
    return Path(value).expanduser() if wanted is Path else Secret(value)


def _keep(wanted: type, value: object) -> object:
    """Accept what was converted before."""
    if not isinstance(value, wanted):
        raise TypeError
    return value


def _from_text(table: str, key: str, text: str) -> object:
    """Give the TOML value that the text of an environment variable means."""
    field = _tables()[table][key]
    plain = _plain_type(field.type)
    if plain is bool:
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if plain is int:
        stripped = text.strip()
        return int(stripped) if stripped.isascii() and stripped.isdigit() else text
    if plain is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _plain_type(annotation: Any) -> Any:  # noqa: ANN401  # type forms have no common type
    """Take Annotated, Literal and `| None` off a type."""
    origin = get_origin(annotation)
    if origin is UnionType:
        return _plain_type(next(part for part in get_args(annotation) if part is not type(None)))
    if origin is Literal:
        return str
    if origin is tuple:
        return tuple
    metadata = getattr(annotation, "__metadata__", None)
    return _plain_type(get_args(annotation)[0]) if metadata else annotation


def _accepted(annotation: Any) -> str:  # noqa: ANN401  # type forms have no common type
    """Say in words what a type accepts."""
    origin = get_origin(annotation)
    if origin is Literal:
        return "one of " + ", ".join(get_args(annotation))
    if origin is tuple:
        return "a list, each entry " + _accepted(get_args(annotation)[0])
    meta = next(iter(getattr(annotation, "__metadata__", ())), None)
    if meta is not None:
        return f"a whole number from {meta.ge} to {meta.le}"
    words = {bool: "true or false", str: "text", Path: "a path", Secret: "text"}
    return words.get(_plain_type(annotation), "another value")


def _shown(value: object, field: msgspec.structs.FieldInfo) -> str:
    if _plain_type(field.type) is Secret:
        return "something else"
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= _FOUND_LIMIT else f"{text[:_FOUND_LIMIT]}..."


def _unknown(name: str, known: tuple[str, ...], kind: str) -> ConfigurationError:
    near = difflib.get_close_matches(name, known, n=1)
    reason = f"did you mean {near[0]}?" if near else ""
    shown = name if len(name) <= _FOUND_LIMIT else f"{name[:_FOUND_LIMIT]}..."
    accepted = "one that docs/reference/configuration.md names"
    return ConfigurationError(ascii(shown)[1:-1], f"an unknown {kind}", accepted, reason)
