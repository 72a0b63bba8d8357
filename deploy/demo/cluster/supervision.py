"""Starts and ends a supervisor as a child of this process."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

from deploy.demo.cluster.supervisor import LISTENS
from playbooks.core.trouble import Trouble

_ROOT: Final = Path(__file__).resolve().parents[3]
_ENDS_WITHIN: Final = timedelta(seconds=20)


def start_supervisor(root: Path) -> subprocess.Popen[bytes]:
    """Return when it listens. Raises Trouble if it does not."""
    with (root / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "deploy.demo.cluster.supervisor", str(root)],
            cwd=_ROOT,
            # Its end of file tells the supervisor that we are gone, however we went.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    said = supervisor.stdout.readline().decode().strip() if supervisor.stdout else ""
    if said != LISTENS:
        end_supervisor(supervisor)
        raise Trouble(
            f"The supervisor of {root} did not start: {said or 'it ended at once'}",
            left="no node was started",
            do=f"read {root / 'supervisor.log'}",
        )
    return supervisor


def end_supervisor(supervisor: subprocess.Popen[bytes]) -> None:
    """It ends its nodes first; if it hangs, the kernel ends them with it."""
    supervisor.terminate()
    try:
        supervisor.wait(_ENDS_WITHIN.total_seconds())
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    for pipe in (supervisor.stdin, supervisor.stdout):
        if pipe:
            pipe.close()
