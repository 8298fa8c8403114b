"""Records in one SQLite file, for one server on one machine.

Reads run where they are called; writes wait for one thread that commits them in groups with full
sync. `open_storage` is the way in; docs/explanation/nothing-is-lost.md says what is promised.
"""

from sealwax.storage.sqlite.opening import open_storage

__all__ = ["open_storage"]
