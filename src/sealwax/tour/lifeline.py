"""A child ends when its parent does, however the parent ended.

The parent holds the other end of the child's standard input and never writes. When the parent is
gone, by `kill -9` too, the system closes that end and the child reads the end of the file. On
Linux the system tells the child as well (PR_SET_PDEATHSIG), whoever else may hold the pipe.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

GRACE_SECONDS: Final = 3.0
_PR_SET_PDEATHSIG: Final = 1


def end_with_parent(parent_id: int, *, clean_up: Callable[[], None] | None = None) -> None:
    """Arrange that this process gets SIGTERM when the process `parent_id` is gone.

    If it has not ended within GRACE_SECONDS, `clean_up` runs and the process is ended for good.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    threading.Thread(
        target=_watch, args=(parent_id, clean_up), name="lifeline", daemon=True
    ).start()


def is_orphaned(parent_id: int) -> bool:
    """Tell whether the parent is gone, so that the child has to tidy up in its place."""
    return os.getppid() != parent_id


def _watch(parent_id: int, clean_up: Callable[[], None] | None) -> None:
    if not is_orphaned(parent_id):  # else it was gone before we asked to be told
        while os.read(sys.stdin.fileno(), 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    if clean_up is not None:
        clean_up()
    os._exit(1)
