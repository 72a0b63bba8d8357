"""A whole cluster as one value, for the demo's start and for tests. Synchronous."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from deploy.demo.cluster import api, shares
from deploy.demo.cluster.control import NotDone, ask
from deploy.demo.cluster.layout import Layout, Seal, Shape
from deploy.demo.cluster.prepare import prepare
from deploy.demo.cluster.supervision import end_supervisor, start_supervisor
from deploy.demo.cluster.vault_state import Health, Kind, ask_health
from playbooks.core.trouble import Trouble

_READY_WITHIN: Final = timedelta(seconds=60)
_ASK_AGAIN: Final = 0.1


@dataclass(frozen=True)
class NodeNow:
    name: str
    address: str
    process: Literal["running", "stopped"]
    data: bool
    state: Kind
    given: int
    needed: int


class LocalCluster:
    """Use `create`; then as a context manager, or call `close`."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.names: Final = tuple(node.name for node in layout.nodes)
        self.addresses: Final = tuple(node.address for node in layout.nodes)
        self.ca_file: Final = layout.ca_file
        # Shares of the unseal key (of the recovery key where the cluster opens itself).
        self.keys: tuple[str, ...] = ()
        # None once revoked, and in a cluster that was opened again: it is never written down.
        self.root_token: str | None = None
        self._endpoints = {
            node.name: api.endpoint(node.address, layout.ca_file) for node in layout.nodes
        }
        self._supervisor: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(
        cls,
        directory: Path,
        nodes: int = 3,
        shares: int = 5,
        threshold: int = 3,
        seal: Seal = "shamir",
    ) -> Self:
        """Make a cluster in the folder, or start the one that is there; returns when all answer."""
        shape = Shape(nodes=nodes, shares=shares, threshold=threshold, seal=seal)
        return cls.of_shape(directory, shape)

    @classmethod
    def of_shape(cls, directory: Path, shape: Shape) -> Self:
        cluster = cls(prepare(directory.resolve(), shape))
        cluster._supervisor = start_supervisor(cluster.root)
        try:
            cluster._bring_up()
        except BaseException:
            cluster.close()
            raise
        return cluster

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def root(self) -> Path:
        return self.layout.root

    def endpoint(self, node: str) -> api.Endpoint:
        return self._endpoints[node]

    def nodectl(self, node: str | None = None) -> tuple[str, ...]:
        """The command that a node driver is configured with; without a node, as a template."""
        module = "deploy.demo.cluster.nodectl"
        return (sys.executable, "-m", module, str(self.root), "{action}", node or "{node}")

    def start(self, node: str) -> None:
        ask(self.root, "start", node)

    def start_alone(self, node: str) -> None:
        ask(self.root, "start-alone", node)

    def stop(self, node: str) -> None:
        ask(self.root, "stop", node)

    def kill(self, node: str) -> None:
        ask(self.root, "kill", node)

    def wipe(self, node: str) -> None:
        ask(self.root, "wipe", node)

    def destroy(self) -> None:
        """Kill every node and delete its data; the custodians keep their shares."""
        self._on_all(self.kill)
        self._on_all(self.wipe)

    def state(self) -> tuple[NodeNow, ...]:
        with ThreadPoolExecutor(len(self.names)) as pool:
            return tuple(pool.map(self._node_now, self.names))

    def health(self, node: str) -> Health:
        return ask_health(self._endpoints[node])

    def active(self) -> str | None:
        """The name of the node that leads; None while none does."""
        return next((name for name in self.names if self.health(name).kind == "active"), None)

    def unseal(self, node: str, key: str) -> Health:
        """Give one share to one node. Raises Trouble where the node refuses it."""
        answer = self._endpoints[node].call("PUT", "sys/unseal", {"key": key})
        if answer.status != HTTPStatus.OK:
            raise Trouble(
                f"Node {node} refused a share of the unseal key (HTTP {answer.status})",
                left="it is still sealed",
                do="give it shares of its own cluster",
            )
        return self.health(node)

    def unseal_all(self) -> None:
        """Open every running node that is sealed, and wait until all of them serve."""
        for name in self.names:
            if ask(self.root, "state", name)["process"] == "running":
                self.unseal_when_it_waits(name)
        self.wait_until(self.serves, "the running nodes serve and one of them leads")

    def unseal_when_it_waits(self, node: str) -> None:
        """A joining node takes shares only after it has found the leader."""
        settled: tuple[Kind, ...] = ("sealed", "active", "standby")
        self.wait_until(lambda: self.health(node).kind in settled, f"{node} is initialised")
        if self.layout.shape.seal == "static":
            return  # It opens itself a moment after it has joined; shares would be refused.
        for key in self.keys:
            if self.health(node).kind != "sealed":
                return
            self.unseal(node, key)

    def serves(self) -> bool:
        """Every running node is active or standby, and there is exactly one active."""
        now = [node.state for node in self.state() if node.process == "running"]
        return now.count("active") == 1 and now.count("standby") == len(now) - 1

    def wait_for_voters(self) -> None:
        """Until then the cluster survives no loss of a node, although all of them serve."""
        self.wait_until(self._all_vote, "every node has a vote")

    def wait_until(
        self, holds: Callable[[], bool], what: str, within: timedelta = _READY_WITHIN
    ) -> None:
        limit = time.monotonic() + within.total_seconds()
        while not holds():
            if time.monotonic() > limit:
                raise Trouble(
                    f"After {within.total_seconds():.0f} s it is still not so that {what}",
                    left=f"the nodes are {[node.state for node in self.state()]}",
                    do=f"read nodes/*/server.log in {self.root}",
                )
            time.sleep(_ASK_AGAIN)

    def revoke_root_token(self) -> None:
        """After it only the logins that were installed lead into this cluster."""
        leader = self.active()
        if leader and self.root_token:
            self._endpoints[leader].call(
                "POST", "auth/token/revoke-self", {}, token=self.root_token
            )
        self.root_token = None

    def close(self) -> None:
        """End the supervisor, and with it every node; the data stays."""
        if self._supervisor is not None:
            end_supervisor(self._supervisor)
            self._supervisor = None

    def _bring_up(self) -> None:
        held = shares.read(self.layout)
        if held is None:
            # Nobody can open what an interrupted start left behind.
            self._on_all(self.wipe)
            self._on_all(self.start)
            self._initialise()
        else:
            self.keys = held
            with_data = [name for name in self.names if ask(self.root, "state", name)["data"]]
            # Without any data the cluster was destroyed, and stays so until somebody restores it.
            if not with_data:
                return
            self._on_all(self.start, with_data)
        self.unseal_all()

    def _initialise(self) -> None:
        shape = self.layout.shape
        kind = "secret" if shape.seal == "shamir" else "recovery"
        wanted = {f"{kind}_shares": shape.shares, f"{kind}_threshold": shape.threshold}
        body = self._endpoints[self.names[0]].call("PUT", "sys/init", wanted).body
        keys = body.get("keys" if shape.seal == "shamir" else "recovery_keys")
        token = body.get("root_token")
        if not isinstance(keys, list) or not isinstance(token, str):
            raise Trouble(
                f"Node {self.names[0]} was not initialised",
                left=f"it answered {body.get('errors')}",
                do=f"read nodes/{self.names[0]}/server.log in {self.root}",
            )
        self.keys = tuple(keys)
        self.root_token = token
        shares.write(self.layout, self.keys)
        self.unseal_when_it_waits(self.names[0])
        self.wait_until(self._autopilot_is_quick, f"{self.names[0]} leads")

    def _autopilot_is_quick(self) -> bool:
        """A new node votes 10 s after it came by default; local nodes are steady at once."""
        path, wanted = (
            "sys/storage/raft/autopilot/configuration",
            {"server_stabilization_time": "1s"},
        )
        first = self._endpoints[self.names[0]]
        answer = first.call("POST", path, wanted, token=self.root_token)
        return answer.status == HTTPStatus.NO_CONTENT

    def _all_vote(self) -> bool:
        leader = self.active()
        if leader is None:
            return False
        path = "sys/storage/raft/autopilot/state"
        body = self._endpoints[leader].call("GET", path, token=self.root_token).body
        data = body.get("data")
        voters = data.get("voters") if isinstance(data, dict) else None
        return isinstance(voters, list) and len(voters) == len(self.names)

    def _on_all(self, act: Callable[[str], None], names: list[str] | None = None) -> None:
        chosen = self.names if names is None else tuple(names)
        with ThreadPoolExecutor(len(self.names)) as pool:
            for _ in pool.map(act, chosen):
                pass

    def _node_now(self, name: str) -> NodeNow:
        try:
            machine = ask(self.root, "state", name)
        except NotDone:
            machine = {"process": "stopped", "data": False}
        health = self.health(name) if machine["process"] == "running" else Health("silent")
        return NodeNow(
            name=name,
            address=self._endpoints[name].address,
            process="running" if machine["process"] == "running" else "stopped",
            data=bool(machine["data"]),
            state=health.kind,
            given=health.given,
            needed=health.needed,
        )
