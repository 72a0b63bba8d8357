"""Take a backup of a running cluster: nothing of it is a backup until it was read back."""

from typing import Final

from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import NotForMe, Plan
from playbooks.core.playbook import Playbook
from playbooks.core.step import HARMLESS, do, prove
from playbooks.core.values import Count, Name
from playbooks.core.world.world import World
from playbooks.snapshot.naming import daily_key, monthly_key, snapshot_name
from playbooks.steps.by_hand import backups
from playbooks.steps.generations import UNKNOWN, generation_of
from playbooks.steps.logins import worker_can_log_in
from playbooks.steps.situation import Between, Empty, active_node, situation
from playbooks.steps.snapshots import Target, draft_lies_there, draft_reads_back, store_snapshot


class BackupPlan(Plan):
    """The canary's nonce is no secret: it only tells one backup from another."""

    name: Name
    key: str
    monthly_key: str | None  # None: this is not the first day of a month.
    nonce: str
    generation: Count


async def look(ask: Ask, world: World) -> BackupPlan | NotForMe:
    """Plan a backup of whichever node is active when the snapshot is taken."""
    cluster = world.clusters.named(ask.cluster)
    found = await situation(cluster, world)
    if isinstance(found, Between):
        return found.refusal
    if isinstance(found, Empty):
        return NotForMe(
            why=f"no node of {cluster.name} holds any data",
            do="restore a backup first with `/vault restore`",
        )
    generations = await world.backups.generations(cluster.name)
    if not generations or generations[-1].cluster_id != found.active.cluster_id:
        return NotForMe(
            why=f"the store does not know the keys of the {cluster.name} that runs now",
            do=f"run `vault-responder adopt {cluster.name}` on a worker",
        )
    now = world.now()
    return BackupPlan(
        cluster=cluster.name,
        name=snapshot_name(now),
        key=daily_key(now),
        monthly_key=monthly_key(now) if now.day == 1 else None,
        nonce=world.fresh(),
        generation=generations[-1].number,
        tells=await _about_shares(cluster.name, world),
    )


async def _about_shares(cluster: Name, world: World) -> tuple[str, ...]:
    """The last backup tells whether somebody made new shares by hand; this look cannot see them."""
    last = next(iter(await world.backups.all(cluster)), None)
    if last is None or last.generation != UNKNOWN:
        return ()
    if (await generation_of(last, world)).number != UNKNOWN:
        return ()
    told = (
        f"The shares of {cluster} were made by hand, and no record says who holds them: run"
        f" `vault-responder adopt {cluster}` on a worker"
    )
    return (told,)


async def canary_is_written(plan: BackupPlan, world: World) -> bool:
    active = await active_node(plan.cluster, world)
    return await world.vault.nonce(plan.cluster, active.node) == plan.nonce


async def write_canary(plan: BackupPlan, world: World) -> None:
    await world.vault.write_nonce(plan.cluster, plan.nonce)


async def snapshot_is_stored(plan: BackupPlan, world: World) -> bool:
    if await backup_is_entered(plan, world):
        return True  # Two were asked for in one second. An entry is final: this is both's backup.
    draft = await world.backups.draft(plan.cluster, plan.name)
    if draft is None or draft.nonce != plan.nonce:
        return False
    return await world.backups.holds(plan.cluster, plan.key)


async def take_snapshot(plan: BackupPlan, world: World) -> None:
    keys = (plan.key, plan.monthly_key) if plan.monthly_key else (plan.key,)
    target = Target(plan.cluster, plan.name, "backup", keys, plan.nonce, plan.generation)
    await store_snapshot(target, world)


async def backup_reads_back(plan: BackupPlan, world: World) -> bool:
    await draft_reads_back(plan.cluster, plan.name, world)
    return True


async def monthly_is_kept(plan: BackupPlan, world: World) -> bool:
    if plan.monthly_key is None or not await world.backups.holds(plan.cluster, plan.monthly_key):
        return False
    daily = await world.backups.fingerprint(plan.cluster, plan.key)
    return await world.backups.fingerprint(plan.cluster, plan.monthly_key) == daily


async def keep_monthly(plan: BackupPlan, world: World) -> None:
    if plan.monthly_key is not None:
        await world.backups.duplicate(plan.cluster, plan.key, plan.monthly_key)


async def backup_is_entered(plan: BackupPlan, world: World) -> bool:
    return await world.backups.find(plan.cluster, plan.name) is not None


async def enter_backup(plan: BackupPlan, world: World) -> None:
    """The step before has decrypted it to its end; here it only must still be the same object."""
    await world.backups.enter(await draft_lies_there(plan.cluster, plan.name, world))


def first_of_month(plan: BackupPlan) -> bool:
    return plan.monthly_key is not None


# One step an entry, in the order of the printed runbook.
# fmt: off
PLAYBOOK: Final[Playbook[Ask, BackupPlan]] = Playbook(
    name="take_backup", word="backup", usage="[on CLUSTER] [reason …]",
    about="Takes a snapshot of a cluster, proves it whole, encrypts it and reads it back",
    ask=Ask, look=look, plan=BackupPlan, danger=lambda _: Danger.READS, objective=None,
    holds=lambda plan: (f"cluster:{plan.cluster}",), steps=(
    prove("Prove that {cluster} knows this worker's login", worker_can_log_in,
        otherwise="install the JWT role and its policy, without them no restore could go on",
        by_hand=backups.WORKER_MAY_LOG_IN),
    do("Write a fresh canary to {cluster}",
        check=canary_is_written, act=write_canary, undo=HARMLESS, if_interrupted="act again",
        by_hand=backups.WRITE_CANARY),
    do("Store an encrypted snapshot of {cluster} as {name}",
        check=snapshot_is_stored, act=take_snapshot, undo=HARMLESS, if_interrupted="act again",
        by_hand=backups.STORE_SNAPSHOT),
    prove("Read {name} back from the store", backup_reads_back,
        otherwise="look at the store, then press Try again",
        by_hand=backups.READ_BACK),
    do("Keep {name} as the backup of its month too", only_if=first_of_month,
        check=monthly_is_kept, act=keep_monthly, undo=HARMLESS, if_interrupted="act again",
        by_hand=backups.KEEP_MONTHLY),
    do("Enter {name} in the catalogue",
        check=backup_is_entered, act=enter_backup, undo=HARMLESS, if_interrupted="act again",
        by_hand=backups.ENTER),
))
# fmt: on
