"""ToyWorld: everything a playbook may touch, in memory, with a clock that can be moved."""

from datetime import UTC, datetime, timedelta
from typing import Final

from playbooks.core.backup import KeyGeneration, SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment
from playbooks.core.world.clusters import Cluster
from playbooks.core.world.world import World
from tests.worlds.backups import ToyBackups
from tests.worlds.balancer import ToyBalancer
from tests.worlds.calls import Calls
from tests.worlds.ceremony import ToyCeremony
from tests.worlds.clusters import ToyClusters
from tests.worlds.machines import AUTO, CANARIES, SHAMIR, ToyNode, serving
from tests.worlds.nodes import ToyNodes
from tests.worlds.vault import ToyVault, mark_of

CUSTODIANS: Final = ("erin", "frank", "grace", "heidi", "ivan")
NODES: Final = ("n1", "n2", "n3")


class ToyWorld:
    """One cluster, prod, of three nodes that serve. Look inside through the fields."""

    def __init__(self, *, auto: bool = False, node_driver: bool = True) -> None:
        self.clock = datetime(2026, 11, 25, 15, 22, tzinfo=UTC)
        self.counter = 0
        self.scheme: SealScheme = AUTO if auto else SHAMIR
        self.calls = Calls(now=self.now)
        self.machines = serving(NODES, self.scheme, self.clock)
        self.vault = ToyVault(self.machines, self.calls)
        self.nodes = ToyNodes(self.machines, self.calls)
        self.balancer = ToyBalancer(self.machines, self.calls)
        self.backups = ToyBackups(self.calls)
        self.cluster = Cluster(
            name="prod",
            nodes=NODES,
            addresses=tuple(f"https://{node}.example:8200" for node in NODES),
            canaries=CANARIES,
            custodians=() if auto else CUSTODIANS,
            node_driver=node_driver,
        )
        self.clusters = ToyClusters(self.cluster)
        self.held = {custodian: {1} for custodian in CUSTODIANS}  # Generations of their shares.
        self.ceremony = ToyCeremony(self.machines, self.held)
        self.backups.known.append(self.generation(1))

    def world(self) -> World:
        """The value that playbooks are given."""
        return World(
            now=self.now,
            pause=self.pause,
            fresh=self.fresh,
            clusters=self.clusters,
            vault=self.vault,
            backups=self.backups,
            balancer=self.balancer,
            nodes=self.nodes,
        )

    def now(self) -> Moment:
        return self.clock

    async def pause(self, span: timedelta) -> None:
        """Waiting is free here: the clock jumps."""
        self.clock += span

    def fresh(self) -> str:
        """Make 32 hexadecimal digits that were not given before."""
        self.counter += 1
        return f"{self.counter:032x}"

    def generation(self, number: int) -> KeyGeneration:
        """A key generation of prod that all five custodians hold."""
        return KeyGeneration(
            cluster="prod",
            cluster_id="toy-cluster-id",
            number=number,
            scheme=self.scheme,
            custodians=self.cluster.custodians,
            since=self.clock,
            shares_mark=None if self.scheme.kind == "auto" else mark_of(number),
        )

    def rotate_shares(self) -> None:
        """Give the cluster a new key generation, which every custodian then holds too."""
        number = len(self.backups.known) + 1
        self.backups.known.append(self.generation(number))
        for shares in self.held.values():
            shares.add(number)
        for node in self.machines.nodes.values():
            if node.data is not None:
                node.data = node.data.model_copy(update={"generation": number})

    def write(self, path: str, value: str) -> None:
        """A client writes a secret."""
        self.machines.write(path, value, self.clock)

    def unseal(self, *nodes: str) -> None:
        """Let as many custodians as are needed give their shares to each of these nodes."""
        for node in nodes:
            for custodian in CUSTODIANS[: self.scheme.threshold]:
                self.give_share(node, custodian)

    def give_share(self, name: str, custodian: str) -> None:
        """One custodian gives one share. Raises Trouble where Vault refuses it."""
        node = self.machines.node(name)
        if self.machines.kind(node) != "sealed":
            raise Trouble(f"{name} is not sealed", left="the share is unused", do="look at it")
        node.given.add(custodian)
        if len(node.given) < self.scheme.threshold:
            return
        if node.stale_memory or not self._opens(node):
            node.given = set()
            raise Trouble(f"{name} refused the shares", left="it is sealed", do="try the others")
        self.machines.unlock(node)

    def destroy(self) -> None:
        """Every process and every disk of the cluster is gone; the store stays."""
        for node in self.machines.nodes.values():
            self.machines.stop(node)
            node.data, node.voter, node.coming = None, False, None

    def kill(self, *nodes: str) -> None:
        """Stop processes; their disks stay."""
        for node in nodes:
            self.machines.stop(self.machines.node(node))

    def _opens(self, node: ToyNode) -> bool:
        leader = self.machines.leader()
        data = node.data or (leader.data if leader else None)
        if data is None:
            return False
        return all(data.generation in self.held[custodian] for custodian in node.given)
