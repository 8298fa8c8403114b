"""What a storage raises; `storage.contracts` gives them out.

StorageError
├── StorageUnavailable   the database can't be opened, read or written
├── AlreadyExists        a record with this key is there
├── NotFound             there is no such record, or it no longer counts
└── AlreadyUsed          a single-use thing was spent before
"""

from __future__ import annotations


class StorageError(Exception):
    """Root of what a storage raises; the text names no secret."""


class StorageUnavailable(StorageError):
    """The database can't be opened, read or written; the text says why, in one sentence."""


class AlreadyExists(StorageError):
    """A record with this key is there already; `field` names the key."""

    def __init__(self, kind: str, field: str) -> None:
        """Name the kind of record and the field whose value is taken."""
        super().__init__(f"a {kind} with this {field} exists already")
        self.kind = kind
        self.field = field


class NotFound(StorageError):
    """There is no such record."""

    def __init__(self, kind: str) -> None:
        """Name the kind of record."""
        super().__init__(f"there is no such {kind}")
        self.kind = kind


class AlreadyUsed(StorageError):
    """A single-use thing was spent before (RFC 6749 §4.1.2).

    `grant_id` says what its first use bought.
    """

    def __init__(self, kind: str, grant_id: str | None = None) -> None:
        """Name the kind of thing, and the grant that is to be ended where there is one."""
        super().__init__(f"this {kind} was used before")
        self.kind = kind
        self.grant_id = grant_id
