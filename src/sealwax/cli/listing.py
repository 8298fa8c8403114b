"""Reading a whole list from a storage that hands it out in pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

Record_co = TypeVar("Record_co", covariant=True)
_PAGE = 500


class Pages(Protocol[Record_co]):
    """A storage's `list` verb."""

    def __call__(self, *, after: str, limit: int) -> Awaitable[Sequence[Record_co]]:
        """Give one page."""
        ...


Found = TypeVar("Found")


async def everything(pages: Pages[Found], key: Callable[[Found], str]) -> list[Found]:
    """Give all records; `key` is what the list is ordered by."""
    found: list[Found] = []
    while True:
        page = await pages(after=key(found[-1]) if found else "", limit=_PAGE)
        found.extend(page)
        if len(page) < _PAGE:
            return found
