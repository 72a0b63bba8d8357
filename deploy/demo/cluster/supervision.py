"""Starts and ends a supervisor as a child of this process."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from deploy.demo.cluster.control import socket_file
from playbooks.core.trouble import Trouble

_ROOT: Final = Path(__file__).resolve().parents[3]
# It waits for one that is still ending; see supervisor.py.
_LISTENS_WITHIN: Final = timedelta(seconds=30)
_ENDS_WITHIN: Final = timedelta(seconds=20)
_ASK_AGAIN: Final = 0.05


def start_supervisor(root: Path) -> subprocess.Popen[bytes]:
    """Return when it listens. Raises Trouble if it does not."""
    socket_file(root).unlink(missing_ok=True)
    log_file = root / "supervisor.log"
    with log_file.open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "deploy.demo.cluster.supervisor", str(root)],
            cwd=_ROOT,
            # Its end of file tells the supervisor that we are gone, however we went.
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    limit = time.monotonic() + _LISTENS_WITHIN.total_seconds()
    while not socket_file(root).exists():
        if supervisor.poll() is not None or time.monotonic() > limit:
            end_supervisor(supervisor)
            raise Trouble(
                f"The supervisor of {root} did not start",
                left="no node was started",
                do=f"read {log_file}",
            )
        time.sleep(_ASK_AGAIN)
    return supervisor


def end_supervisor(supervisor: subprocess.Popen[bytes]) -> None:
    """It ends its nodes first; if it hangs, the kernel ends them with it."""
    supervisor.terminate()
    try:
        supervisor.wait(_ENDS_WITHIN.total_seconds())
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    if supervisor.stdin:
        supervisor.stdin.close()
