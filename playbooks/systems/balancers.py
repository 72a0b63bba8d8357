"""The balancers of all clusters, each through its own driver."""

from collections.abc import Mapping

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.balancer import Balancer, BalancerState


class Balancers:
    """Passes every call on to the driver of the cluster."""

    def __init__(self, drivers: Mapping[Name, Balancer]) -> None:
        self._drivers = drivers

    async def state(self, cluster: Name) -> BalancerState:
        return await self._of(cluster).state(cluster)

    async def cut_off(self, cluster: Name) -> None:
        await self._of(cluster).cut_off(cluster)

    async def let_back(self, cluster: Name) -> None:
        await self._of(cluster).let_back(cluster)

    async def refuses(self, cluster: Name) -> bool:
        return await self._of(cluster).refuses(cluster)

    def _of(self, cluster: Name) -> Balancer:
        if cluster not in self._drivers:
            raise Trouble(
                f"No balancer is configured for {cluster}",
                left="nothing was changed",
                do="name its driver in the configuration",
            )
        return self._drivers[cluster]
