"""What would show that someone touched the cluster, its balancer, or let a run go on."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.stories.demo import Demo
from tests.stories.people import Json

# Whatever changes a cluster in a run begins with one of these.
_TELLING: Final = (
    "auth/vault-responder/login",
    "sys/storage/raft/snapshot",
    "sys/storage/raft/snapshot-force",
    "sys/seal",
    "sys/step-down",
    "vps/data/test-tenant-id/backup_nonce",
)


@dataclass(frozen=True)
class Evidence:
    """Two of them are alike where nothing was touched in between."""

    requests: Counter[tuple[str, str]]  # Node and path, from Vault's own audit log.
    at: int  # When the balancer was last opened or closed.
    open: bool
    nodes: tuple[tuple[str, str], ...]


def evidence(demo: Demo) -> Evidence:
    state = demo.world.state()
    switch = demo.folder / "balancer" / "state.json"
    return Evidence(
        requests=Counter((node, path) for node, path in _audited(demo) if path in _TELLING),
        at=switch.stat().st_mtime_ns if switch.exists() else 0,
        open=state["balancer"]["open"],
        nodes=tuple((node["name"], node["state"]) for node in state["nodes"]),
    )


def _audited(demo: Demo) -> Iterator[tuple[str, str]]:
    for log in sorted((demo.folder / "cluster" / "nodes").glob("*/audit.log")):
        for line in log.read_text(encoding="utf-8").splitlines():
            entry: Json = json.loads(line)
            if entry["type"] == "request":
                yield log.parent.name, str(entry["request"]["path"])
