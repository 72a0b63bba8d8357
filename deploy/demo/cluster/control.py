"""How to ask a cluster's supervisor: one JSON line there, one back. Standard library only."""

import json
import socket
from pathlib import Path
from typing import Final

ACTIONS: Final = ("start", "start-alone", "stop", "kill", "wipe", "state")
# A start waits 30 s for its port and a stop 10 s; then the supervisor itself is broken.
_PATIENCE_SECONDS: Final = 60.0


class NotDone(Exception):  # noqa: N818 -- it is what the person reads
    """The supervisor's own sentence, or that there is none."""


def socket_file(root: Path) -> Path:
    """Holds the socket's path, which is elsewhere when the folder's is too long for a socket."""
    return root / "supervisor.where"


def ask(root: Path, action: str, node: str) -> dict[str, object]:
    """Return what the supervisor answers. Raises NotDone."""
    try:
        place = socket_file(root).read_text(encoding="utf-8")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_PATIENCE_SECONDS)
            line.connect(place)
            line.sendall(json.dumps({"action": action, "node": node}).encode() + b"\n")
            answer = json.loads(line.makefile("rb").readline())
    except (OSError, ValueError) as error:
        raise NotDone(_no_supervisor(root)) from error
    if not answer.pop("ok"):
        raise NotDone(answer["error"])
    return dict(answer)


def _no_supervisor(root: Path) -> str:
    return (
        f"No supervisor answers for {root}; its nodes are as they were;"
        f" start it with `python -m deploy.demo.cluster.supervisor {root}`."
    )
