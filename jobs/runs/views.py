"""What the bot knows of the world: last answers with their age, written by the looker."""

from datetime import timedelta
from typing import Final

from playbooks.core.backup import Backup
from playbooks.core.values import Frozen, Moment, Name
from playbooks.core.world.balancer import BalancerState
from playbooks.core.world.vault import NodeState

STALE_AFTER: Final = timedelta(seconds=30)  # Older answers are "unknown since HH:MM", never green.


class ClusterView(Frozen):
    """One cluster as the looker last saw it. A part that could not be asked is None."""

    cluster: Name
    at: Moment
    nodes: tuple[NodeState, ...]
    balancer: BalancerState | None
    backups: tuple[Backup, ...] | None  # Newest first, copies included.
    trouble: tuple[str, ...] = ()  # Why parts of it are None.
    # Share rotations that runs began: their shares may come into force, or have, with no record.
    rotations: tuple[Name, ...] = ()

    def is_stale(self, now: Moment) -> bool:
        """Say if this is too old to be called the present."""
        return now - self.at > STALE_AFTER
