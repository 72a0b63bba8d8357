"""The balancer between clients and a cluster."""

from typing import Protocol

from playbooks.core.values import Address, Frozen, Name


class BalancerState(Frozen):
    """`open`: clients are let through to the active node, where there is one."""

    address: Address
    open: bool
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
