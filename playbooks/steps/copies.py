"""Keep what a cluster holds before a restore replaces it."""

from typing import Final

from playbooks.core.world.world import World
from playbooks.steps.restoring import RestorePlan
from playbooks.steps.situation import active_node
from playbooks.steps.snapshots import Target, draft_reads_back, store_snapshot

UNKNOWN: Final = 0  # The key generation of a cluster that nobody adopted; counting begins at 1.


async def copy_is_kept(plan: RestorePlan, world: World) -> bool:
    return await world.backups.find(plan.cluster, plan.copy_name) is not None


async def keep_copy(plan: RestorePlan, world: World) -> None:
    """Write the copy's own nonce first, so that a load can be told from none."""
    if await copy_is_kept(plan, world):
        return  # A catalogue entry is final, and a second snapshot would not be the one it names.
    await world.vault.write_nonce(plan.cluster, plan.copy_nonce)
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
    await store_snapshot(target, world)
    await world.backups.enter(await draft_reads_back(plan.cluster, plan.copy_name, world))
