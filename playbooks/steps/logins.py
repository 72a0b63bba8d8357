"""Prove that this worker is let in."""

from playbooks.core.plan import Plan
from playbooks.core.world.world import World


async def worker_can_log_in(plan: Plan, world: World) -> bool:
    """No token outlives a load: this is a new login, by the JWT role that the data holds."""
    return await world.vault.can_log_in(plan.cluster)
