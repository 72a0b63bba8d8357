"""The balancer between clients and a cluster."""

from typing import Protocol

from playbooks.core.values import Address, Frozen, Name


class BalancerState(Frozen):
    """`open` and `closed` are both false while some backends are in maintenance and some are not.

    A balancer that is half open works until the next failover, so it counts as neither.
    """

    address: Address
    open: bool  # No backend is in maintenance.
    closed: bool = False  # Every backend is in maintenance.
    active: Name | None  # None: the balancer sends clients nowhere.


class Balancer(Protocol):
    """Every call raises Trouble where the balancer does not answer."""

    async def state(self, cluster: Name) -> BalancerState:
        """Ask the balancer what it does now."""
        ...

    async def cut_off(self, cluster: Name) -> None:
        """Put every backend in maintenance and end the connections that are open."""
        ...

    async def let_back(self, cluster: Name) -> None:
        """Take every backend out of maintenance."""
        ...

    async def refuses(self, cluster: Name) -> bool:
        """Try to reach Vault through the balancer's own port; true if nothing answers there."""
        ...
