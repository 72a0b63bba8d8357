"""The stand-in for the balancer."""

from dataclasses import dataclass

from playbooks.core.values import Name
from playbooks.core.world.balancer import BalancerState
from tests.worlds.calls import Calls
from tests.worlds.machines import ToyMachines


@dataclass
class ToyBalancer:
    machines: ToyMachines
    calls: Calls
    open: bool = True

    async def state(self, cluster: Name) -> BalancerState:
        self.calls.ask("balancer.state", cluster)
        leader = self.machines.leader() if self.open else None
        return BalancerState(
            address="127.0.0.1:8200", open=self.open, active=leader.name if leader else None
        )

    async def cut_off(self, cluster: Name) -> None:
        self.calls.act("balancer.cut_off", cluster)
        self.open = False

    async def let_back(self, cluster: Name) -> None:
        self.calls.act("balancer.let_back", cluster)
        self.open = True

    async def refuses(self, cluster: Name) -> bool:
        self.calls.ask("balancer.refuses", cluster)
        return not self.open or self.machines.leader() is None
