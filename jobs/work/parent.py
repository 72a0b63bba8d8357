"""Die with one's parent: a work-horse whose worker was killed must not carry on unwatched."""

import ctypes
import os
import signal
import sys
import threading
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_LOOK_EVERY: Final = 0.5  # Seconds; only where the kernel cannot do it.


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies; elsewhere than on Linux, watch.

    Neither reaches a frozen process: the epoch of the lease keeps that one from writing.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # It died before we asked.
        os._exit(1)


def _watch(parent: int) -> None:
    never = threading.Event()
    while not never.wait(_LOOK_EVERY):
        if os.getppid() != parent:
            os._exit(1)
