"""The stand-in for the supervisor of the nodes."""

from dataclasses import dataclass

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.nodes import Machine
from tests.worlds.calls import Calls
from tests.worlds.machines import ToyMachines


@dataclass
class ToyNodes:
    machines: ToyMachines
    calls: Calls

    async def state(self, cluster: Name, node: Name) -> Machine:
        self.calls.ask("nodes.state", node)
        there = self.machines.node(node)
        return Machine(node=node, running=there.running, data=there.data is not None)

    async def start(self, cluster: Name, node: Name) -> None:
        self.calls.act("nodes.start", node)
        self.machines.node(node).running = True
        self.machines.settle()

    async def start_alone(self, cluster: Name, node: Name) -> None:
        there = self.machines.node(node)
        if not there.running:
            self.calls.act("nodes.start_alone", node)
            there.running = there.alone = True

    async def stop(self, cluster: Name, node: Name) -> None:
        there = self.machines.node(node)
        if there.running:
            self.calls.act("nodes.stop", node)
            self.machines.stop(there)

    async def wipe(self, cluster: Name, node: Name) -> None:
        there = self.machines.node(node)
        if there.running:
            raise Trouble(
                f"{node} still runs", left="its data is untouched", do=f"stop {node} first"
            )
        self.calls.act("nodes.wipe", node)
        there.data, there.voter, there.lags = None, False, False
