"""Keep what a cluster holds before a restore replaces it."""

from playbooks.core.world.world import World
from playbooks.steps.generations import UNKNOWN
from playbooks.steps.restoring import RestorePlan
from playbooks.steps.situation import active_node
from playbooks.steps.snapshots import Target, keep_snapshot


async def copy_is_kept(plan: RestorePlan, world: World) -> bool:
    return await world.backups.find(plan.cluster, plan.copy_name) is not None


async def keep_copy(plan: RestorePlan, world: World) -> None:
    """The copy has a nonce of its own, so that a load can be told from none."""
    newest = (await world.backups.generations(plan.cluster))[-1]
    active = await active_node(plan.cluster, world)
    known = newest.cluster_id == active.cluster_id
    target = Target(
        plan.cluster,
        plan.copy_name,
        "copy",
        (plan.copy_key,),
        plan.copy_nonce,
        newest.number if known else UNKNOWN,
    )
    await keep_snapshot(target, world)
