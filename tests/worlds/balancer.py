"""The stand-in for the balancer."""

from dataclasses import dataclass, field

from playbooks.core.values import Name
from playbooks.core.world.balancer import BalancerState
from tests.worlds.calls import Calls
from tests.worlds.machines import ToyMachines


@dataclass
class ToyBalancer:
    machines: ToyMachines
    calls: Calls
    maintenance: set[str] = field(default_factory=set)

    async def state(self, cluster: Name) -> BalancerState:
        self.calls.ask("balancer.state", cluster)
        return BalancerState(
            address="127.0.0.1:8200",
            open=not self.maintenance,
            closed=self.maintenance == set(self.machines.nodes),
            active=self._active(),
        )

    async def cut_off(self, cluster: Name) -> None:
        self.calls.act("balancer.cut_off", cluster)
        self.maintenance = set(self.machines.nodes)

    async def let_back(self, cluster: Name) -> None:
        self.calls.act("balancer.let_back", cluster)
        self.maintenance = set()

    async def refuses(self, cluster: Name) -> bool:
        self.calls.ask("balancer.refuses", cluster)
        return self._active() is None

    def _active(self) -> str | None:
        leader = self.machines.leader()
        return None if leader is None or leader.name in self.maintenance else leader.name
