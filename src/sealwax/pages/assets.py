"""The style sheet and the pictures, under names that change when their content does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

STATIC_PATH: Final = "/static/"

_FOLDER: Final = Path(__file__).parent / "static"
_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; whoever has it under this name never needs to ask again."""

    name: str
    """`sealwax.0123456789ab.css`: the digest of the content stands in it."""
    content_type: str
    body: bytes


@cache
def assets() -> Mapping[str, Asset]:
    """Give all assets by the name under which they are served."""
    found = (_read(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _CONTENT_TYPES)
    return {asset.name: asset for asset in found}


def asset_path(file_name: str) -> str:
    """Give the address of a file of the `static` folder. Raises KeyError for another name."""
    stem, _, suffix = file_name.rpartition(".")
    for name in assets():
        if name.startswith(f"{stem}.") and name.endswith(f".{suffix}"):
            return STATIC_PATH + name
    raise KeyError(file_name)


def _read(path: Path) -> Asset:
    """Read one file and name it after its content."""
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"{path.stem}.{digest}{path.suffix}", _CONTENT_TYPES[path.suffix], body)
