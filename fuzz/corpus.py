"""The inputs that are kept: the shortest known for each thing that can come out."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "corpus"
MAX_INPUT_SIZE_BYTES: Final = 512
_NAME_LENGTH: Final = 16

Target = Callable[[bytes], str]
"""Runs one input, and names what came out. Raises what is wrong."""


def read(target_name: str, folder: Path = FOLDER) -> list[bytes]:
    """Give the kept inputs of one target, in the order of their names."""
    kept = sorted((folder / target_name).glob("*"))
    return [path.read_bytes() for path in kept]


def write(target_name: str, inputs: Iterable[bytes], folder: Path = FOLDER) -> None:
    """Keep these inputs of one target, and no others."""
    place = folder / target_name
    place.mkdir(parents=True, exist_ok=True)
    for path in place.glob("*"):
        path.unlink()
    for data in inputs:
        (place / hashlib.sha256(data).hexdigest()[:_NAME_LENGTH]).write_bytes(data)


def minimised(target: Target, data: bytes, label: str) -> bytes:
    """Make an input smaller as long as the same comes out: cut, take out, then make it plain."""
    size = max(1, len(data) // 2)
    while size:
        at = 0
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            if _gives(target, shorter, label):
                data = shorter
            else:
                at += size
        size //= 2
    for at in range(len(data)):
        plainer = data[:at] + b"\0" + data[at + 1 :]
        if data[at] and _gives(target, plainer, label):
            data = plainer
    stripped = data.rstrip(b"\0")  # most targets decide behind the end as they do for zeros
    return stripped if _gives(target, stripped, label) else data


def _gives(target: Target, data: bytes, label: str) -> bool:
    try:
        return target(data) == label
    except Exception:  # noqa: BLE001  # another fault than the one that is made smaller
        return False
