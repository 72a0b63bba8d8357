"""Keep what a cluster holds before a restore replaces it."""

from playbooks.core.world.world import World
from playbooks.steps.restoring import RestorePlan
from playbooks.steps.snapshots import Target, draft_reads_back, store_snapshot


async def copy_is_kept(plan: RestorePlan, world: World) -> bool:
    return await world.backups.find(plan.cluster, plan.copy_name) is not None


async def keep_copy(plan: RestorePlan, world: World) -> None:
    """Write the copy's own nonce first, so that a load can be told from none."""
    if await copy_is_kept(plan, world):
        return  # A catalogue entry is final, and a second snapshot would not be the one it names.
    await world.vault.write_nonce(plan.cluster, plan.copy_nonce)
    generations = await world.backups.generations(plan.cluster)
    target = Target(
        plan.cluster,
        plan.copy_name,
        "copy",
        (plan.copy_key,),
        plan.copy_nonce,
        generations[-1].number,
    )
    await store_snapshot(target, world)
    await world.backups.enter(await draft_reads_back(plan.cluster, plan.copy_name, world))
