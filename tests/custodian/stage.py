"""A cluster of three nodes, its five custodians at their machines, and who starts rotations."""

from dataclasses import dataclass
from pathlib import Path

from deploy.demo.cluster.local import LocalCluster
from playbooks.custodian.desk import Desk
from playbooks.custodian.opening import Opener, read_message
from tests.custodian.machines import Machine, Starter


@dataclass(frozen=True)
class Stage:
    cluster: LocalCluster
    starter: Starter
    people: dict[str, Machine]
    folder: Path

    def share(self, name: str) -> str:
        """What this custodian holds now: the first share, or the one of the last rotation."""
        kept = sorted(self.people[name].folder.glob("share-prod-*.asc"))
        if not kept:
            return self.cluster.layout.share_file(name).read_text().strip()
        opener = Opener(self.cluster.layout.pgp_key_file(name))
        return opener.open(read_message(kept[-1]), Desk()).for_vault()

    def shares(self) -> tuple[str, ...]:
        return tuple(self.share(name) for name in self.cluster.layout.custodians)

    def restart(self, *nodes: str) -> None:
        for node in nodes:
            self.cluster.kill(node)
        for node in nodes:
            self.cluster.start(node)

    def open_with(self, keys: tuple[str, ...], *nodes: str) -> None:
        self.cluster.keys = keys
        for node in nodes:
            self.cluster.unseal_when_it_waits(node)
        self.cluster.wait_until(self.cluster.serves, "all nodes serve")

    def step_down(self) -> None:
        before = self.cluster.active()
        assert before is not None
        endpoint = self.cluster.endpoint(before)
        endpoint.call("PUT", "sys/step-down", {}, token=self.cluster.root_token)
        self.cluster.wait_until(
            lambda: self.cluster.serves() and self.cluster.active() != before, "another node leads"
        )

    def given(self) -> int:
        """How many old shares the rotation under way has."""
        leader = self.cluster.active()
        assert leader is not None
        endpoint = self.cluster.endpoint(leader)
        body = endpoint.call("GET", "sys/rotate/root/init", token=self.cluster.root_token).body
        data = body["data"]
        assert isinstance(data, dict)
        return int(data["progress"])
