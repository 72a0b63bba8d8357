"""Everything a playbook may touch, as one value that composition builds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from playbooks.core.values import Moment
from playbooks.core.world.backups import Backups
from playbooks.core.world.balancer import Balancer
from playbooks.core.world.clusters import Clusters
from playbooks.core.world.nodes import Nodes
from playbooks.core.world.vault import Vault


@dataclass(frozen=True)
class World:
    """Names are chosen in the plan; the world looks them up and answers."""

    now: Callable[[], Moment]
    pause: Callable[[timedelta], Awaitable[None]]  # Before asking the same thing again.
    fresh: Callable[[], str]  # 32 random hexadecimal digits.
    clusters: Clusters
    vault: Vault
    backups: Backups
    balancer: Balancer
    nodes: Nodes
