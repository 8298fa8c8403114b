"""Where the published test vectors are: RFC appendices, Wycheproof, the JOSE cookbook."""

import os
from pathlib import Path

ABSENT = "no test vectors: neither SEALWAX_VECTORS nor ../shared/vectors names a folder"


def vectors_folder() -> Path | None:
    """The folder SEALWAX_VECTORS names, else the one beside the repository, else None.

    Tests take the fixture `vectors`; a table that is built when tests are collected takes this.
    """
    named = os.environ.get("SEALWAX_VECTORS")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "vectors"
    return folder if folder.is_dir() else None
