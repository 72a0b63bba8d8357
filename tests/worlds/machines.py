"""Three Vault nodes as state machines: processes, disks, seals, peers and one leader."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment
from playbooks.core.world.vault import NodeKind
from tests.worlds.rotation import ToyRotation

SHAMIR: Final = SealScheme(shares=5, threshold=3)
AUTO: Final = SealScheme(kind="auto", shares=5, threshold=3)
MADE_FOR_A_LOAD: Final = SealScheme(shares=1, threshold=1)
CANARIES: Final = (
    "vps/test-tenant-id/admin_ssh",
    "smtp/test-tenant-id/admin",
    "api_keys/test-tenant-id/test-key-id",
)
NONCE_PATH: Final = "vps/test-tenant-id/backup_nonce"


class ToySecret(Frozen):
    value: str
    written_at: Moment


class ToyData(Frozen):
    """What a node's disk holds; a snapshot is exactly this."""

    cluster_id: str
    generation: int
    scheme: SealScheme
    secrets: dict[str, ToySecret]
    index: int = 100
    role: bool = True  # The worker's JWT role exists.

    def with_secret(self, path: str, value: str, at: Moment) -> "ToyData":
        """Write one secret."""
        secrets = self.secrets | {path: ToySecret(value=value, written_at=at)}
        return self.model_copy(update={"secrets": secrets, "index": self.index + 1})


@dataclass
class ToyNode:
    name: str
    running: bool = True
    data: ToyData | None = None  # None: an empty disk.
    joined: bool = False  # An empty disk that has found its leader: sealed, no data yet.
    alone: bool = False  # Started without peers to join.
    open: bool = False
    given: set[str] = field(default_factory=set)
    voter: bool = False
    # Loaded while empty: takes no share, and lets no peer join, until it is restarted.
    stale_memory: bool = False
    coming: ToyData | None = None  # A load that takes effect after `polls` more questions.
    polls: int = 0
    closed: bool = False  # Sealed on purpose: it does not open itself until it is restarted.
    lags: bool = False  # Keeps old data at the next load until it is restarted.
    rotation: ToyRotation | None = None  # Of the shares, in this node's memory.


@dataclass
class ToyMachines:
    """The cluster behind the stand-ins of vault, nodes and balancer."""

    nodes: dict[str, ToyNode]
    scheme: SealScheme
    leader_name: str | None = None
    silenced: set[str] = field(default_factory=set)  # Nodes that run but do not answer.

    def node(self, name: str) -> ToyNode:
        """Find a node by its name."""
        return self.nodes[name]

    def leader(self) -> ToyNode | None:
        """Elect a leader where a quorum of the voters is open; the present one stays."""
        voters = [node for node in self.nodes.values() if node.voter]
        able = [node for node in voters if node.running and node.open and node.data]
        if not able or len(able) <= len(voters) // 2:
            self.leader_name = None
            return None
        if self.leader_name not in {node.name for node in able}:
            self.leader_name = able[0].name
        return self.nodes[self.leader_name] if self.leader_name else None

    def settle(self) -> None:
        """Let empty nodes find their leader, as retry_join does, and auto-sealed ones open."""
        leader = self.leader()
        for node in self.nodes.values():
            if not node.running:
                continue
            if node.data is None and leader and not leader.stale_memory and not node.alone:
                node.joined = True
            can_open = (node.data or node.joined) and not node.open and not node.closed
            if self.scheme.kind == "auto" and can_open:
                self.unlock(node)

    def unlock(self, node: ToyNode) -> None:
        """Open a node: it catches up with its leader, where there is one."""
        leader = self.leader()
        if leader is not None and leader is not node:
            node.data, node.joined, node.lags = leader.data, False, False
        node.open, node.closed, node.given = True, False, set()
        if leader is None and not any(other.voter for other in self.nodes.values()):
            node.voter = True

    def kind(self, node: ToyNode) -> NodeKind:
        """What the node answers to a health check."""
        self.settle()
        if not node.running or node.name in self.silenced:
            return "silent"
        if node.data is None and not node.joined:
            return "uninitialised"
        if not node.open:
            return "sealed"
        return "active" if self.leader() is node else "standby"

    def write(self, path: str, value: str, at: Moment) -> None:
        """Write a secret through the leader to every open node."""
        leader = self.leader()
        if leader is None or leader.data is None:
            raise Trouble(
                "No node of prod is active",
                left="nothing was written",
                do="see `/vault status`",
            )
        after = leader.data.with_secret(path, value, at)
        for node in self.nodes.values():
            if node.open and node.running:
                node.data = after

    def seal(self, node: ToyNode) -> None:
        """Close a node, which then knows nothing that was in its memory; it keeps running."""
        node.open, node.given, node.rotation, node.closed = False, set(), None, True

    def stop(self, node: ToyNode) -> None:
        """Stop a process; what was in memory is gone."""
        self.seal(node)
        node.running, node.closed = False, False
        node.stale_memory, node.alone, node.joined = False, False, False
        if node.coming is not None:
            node.data, node.coming = node.coming, None


def serving(names: tuple[str, ...], scheme: SealScheme, now: Moment) -> ToyMachines:
    """Three nodes that serve, with the canaries written a day before now."""
    before = now - timedelta(days=1)
    secrets = {
        path: ToySecret(value=f"canary {path}", written_at=before)
        for path in (*CANARIES, "vps/tenant-01/admin_ssh", "dkim/tenant-01.example/s1")
    }
    data = ToyData(cluster_id="toy-cluster-id", generation=1, scheme=scheme, secrets=secrets)
    nodes = {name: ToyNode(name, data=data, open=True, voter=True) for name in names}
    return ToyMachines(nodes, scheme, leader_name=names[0])
