"""Replace the unseal key shares: custodians give the old ones and prove the new ones."""

from datetime import timedelta
from typing import Final

from playbooks.core.ask import Ask
from playbooks.core.backup import KeyGeneration
from playbooks.core.danger import Danger
from playbooks.core.plan import NotForMe
from playbooks.core.playbook import Playbook
from playbooks.core.step import HARMLESS, CannotUndo, do, prove, wait_until
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Name
from playbooks.core.world.world import World
from playbooks.snapshot.naming import daily_key, snapshot_name
from playbooks.steps.by_hand import backups, shares
from playbooks.steps.custodians import nodes_are_unsealed
from playbooks.steps.logins import worker_can_log_in
from playbooks.steps.rotatable import Rotatable, rotatable, what_it_means
from playbooks.steps.shares import (
    SharesPlan,
    begin_rotation,
    cancel_rotation,
    is_settled,
    make_nodes_forget,
    new_shares_are_in_force,
    new_shares_are_made,
    new_shares_are_proved,
    note_rotation,
    nothing_is_left_behind,
    old_shares_are_given,
    rotation_is_begun,
    rotation_is_noted,
    settle,
)
from playbooks.steps.snapshots import Target, keep_snapshot

_SECOND: Final = timedelta(seconds=1)


class RotationPlan(SharesPlan):
    """Both backups are named in advance; their times differ by a second so that their names do."""

    cluster_id: str
    number: Count  # The key generation to be.
    before_name: Name
    before_key: str
    before_nonce: str
    after_name: Name
    after_key: str
    after_nonce: str


async def look(ask: Ask, world: World) -> RotationPlan | NotForMe:
    """Plan it where every node serves, the keys are known and no other rotation is under way."""
    cluster = world.clusters.named(ask.cluster)
    found = await rotatable(cluster.name, world)
    if isinstance(found, NotForMe):
        return found
    now, scheme = world.now(), found.newest.scheme
    return RotationPlan(
        cluster=cluster.name,
        nodes=cluster.nodes,
        mark=world.fresh(),
        scheme=scheme,
        required=scheme.threshold,
        custodians=cluster.custodians,
        fingerprints=tuple(key.fingerprint for key in found.keys),
        left_behind=found.left_behind,
        cluster_id=found.newest.cluster_id,
        number=found.newest.number + 1,
        before_name=snapshot_name(now),
        before_key=daily_key(now),
        before_nonce=world.fresh(),
        after_name=snapshot_name(now + _SECOND),
        after_key=daily_key(now + _SECOND),
        after_nonce=world.fresh(),
        tells=what_it_means(found),
    )


def something_is_left_behind(plan: RotationPlan) -> bool:
    return bool(plan.left_behind)


async def cluster_is_as_planned(plan: RotationPlan, world: World) -> bool:
    found = await rotatable(plan.cluster, world)
    return isinstance(found, Rotatable) and (
        found.newest.cluster_id,
        found.newest.number + 1,
        found.newest.scheme,
        tuple(key.fingerprint for key in found.keys),
        set(found.left_behind) <= set(plan.left_behind),
    ) == (plan.cluster_id, plan.number, plan.scheme, plan.fingerprints, True)


async def shares_are_as_recorded(plan: RotationPlan, world: World) -> bool:
    """A rotation that was made by hand shows nowhere else."""
    newest = (await world.backups.generations(plan.cluster))[-1]
    present = await world.vault.shares_mark(plan.cluster)
    if newest.shares_mark in {None, present}:
        return True
    raise Trouble(
        f"The shares of {plan.cluster} were changed, and that is recorded nowhere",
        left="nothing was begun",
        do=f"run `vault-responder adopt {plan.cluster}` on a worker, then ask again",
    )


async def backup_of_before_is_kept(plan: RotationPlan, world: World) -> bool:
    return await _is_kept(_before(plan), world)


async def keep_backup_of_before(plan: RotationPlan, world: World) -> None:
    await _keep(_before(plan), world)


async def backup_of_after_is_kept(plan: RotationPlan, world: World) -> bool:
    return await _is_kept(_after(plan), world)


async def keep_backup_of_after(plan: RotationPlan, world: World) -> None:
    await _keep(_after(plan), world)


def _before(plan: RotationPlan) -> Target:
    generation, nonce = plan.number - 1, plan.before_nonce
    return Target(plan.cluster, plan.before_name, "backup", (plan.before_key,), nonce, generation)


def _after(plan: RotationPlan) -> Target:
    generation, nonce = plan.number, plan.after_nonce
    return Target(plan.cluster, plan.after_name, "backup", (plan.after_key,), nonce, generation)


async def _is_kept(target: Target, world: World) -> bool:
    entry = await world.backups.find(target.cluster, target.name)
    return entry is not None and entry.generation == target.generation


async def _keep(target: Target, world: World) -> None:
    entry = await world.backups.find(target.cluster, target.name)
    if entry is not None and entry.generation != target.generation:
        raise Trouble(
            f"{target.name} is the name of a backup under other shares",
            left="that backup is as it was",
            do="press Leave, then take one with `/vault backup`",
        )
    await keep_snapshot(target, world)


async def generation_is_recorded(plan: RotationPlan, world: World) -> bool:
    generations = await world.backups.generations(plan.cluster)
    return generations[-1].number >= plan.number and await is_settled(plan, world)


async def record_generation(plan: RotationPlan, world: World) -> None:
    if (await world.backups.generations(plan.cluster))[-1].number < plan.number:
        await world.backups.enter_generation(
            KeyGeneration(
                cluster=plan.cluster,
                cluster_id=plan.cluster_id,
                number=plan.number,
                scheme=plan.scheme,
                custodians=plan.custodians,
                since=world.now(),
                shares_mark=await world.vault.shares_mark(plan.cluster),
            )
        )
    await settle(plan, world)


# One step an entry, in the order of the printed runbook. It destroys: what the custodians hold now
# is worth nothing afterwards, and there is no way back to it.
# fmt: off
PLAYBOOK: Final[Playbook[Ask, RotationPlan]] = Playbook(
    name="rotate_shares", word="rotate-shares", usage="[on CLUSTER] [reason …]",
    about="Gives the custodians new unseal key shares, proved before the old ones stop to count",
    ask=Ask, look=look, plan=RotationPlan, danger=lambda _: Danger.DESTROYS, objective=None,
    holds=lambda plan: (f"cluster:{plan.cluster}",), steps=(
    prove("Prove that {cluster} and its custodians' keys are as planned", cluster_is_as_planned,
        otherwise="ask again for a fresh look, something has changed since the plan was made",
        by_hand=shares.AS_PLANNED),
    prove("Prove that {cluster} knows this worker's login", worker_can_log_in,
        otherwise="install the JWT role and its policy, then press Try again",
        by_hand=backups.WORKER_MAY_LOG_IN),
    prove("Prove that the present shares of {cluster} are those that are recorded",
        shares_are_as_recorded, otherwise="run `vault-responder adopt {cluster}` on a worker",
        by_hand=shares.AS_RECORDED),
    do("Keep a backup under the old shares, as {before_name}",
        check=backup_of_before_is_kept, act=keep_backup_of_before, undo=HARMLESS,
        if_interrupted="act again",
        by_hand=shares.BACKUP_BEFORE),
    do("Make the nodes of {cluster} forget a rotation that broke off",
        only_if=something_is_left_behind, check=nothing_is_left_behind, act=make_nodes_forget,
        undo=HARMLESS, if_interrupted="act again",
        by_hand=shares.FORGET),
    wait_until("Wait until the custodians have unsealed what was sealed for it", nodes_are_unsealed,
        only_if=something_is_left_behind, within=timedelta(minutes=30),
        otherwise="call the custodians, then press Try again",
        by_hand=shares.UNSEAL_SEALED),
    do("Begin the rotation of the shares of {cluster}",
        check=rotation_is_begun, act=begin_rotation, undo=cancel_rotation,
        if_interrupted="act again",
        by_hand=shares.BEGIN),
    do("Note which rotation is this run's",
        check=rotation_is_noted, act=note_rotation, undo=HARMLESS, if_interrupted="act again",
        by_hand=shares.NOTE),
    wait_until("Wait until {required} custodians have given their old shares", old_shares_are_given,
        within=timedelta(hours=1), otherwise="call the custodians and press Try again, or press"
        " Undo: that cancels the rotation, and the old shares count as before",
        by_hand=shares.OLD_SHARES),
    prove("Prove that the new shares are made", new_shares_are_made,
        otherwise="press Undo, then ask again",
        by_hand=shares.NEW_SHARES_MADE),
    wait_until("Wait until {scheme.threshold} custodians have proved their new shares",
        new_shares_are_proved,
        within=timedelta(hours=1), otherwise="call the custodians and press Try again, or press"
        " Undo: that cancels the rotation, and the old shares count as before",
        by_hand=shares.NEW_SHARES_PROVED),
    prove("Prove that the new shares are in force", new_shares_are_in_force,
        otherwise="press Undo, then ask again",
        by_hand=shares.IN_FORCE),
    do("Record key generation {number} of {cluster}",
        check=generation_is_recorded, act=record_generation, if_interrupted="act again",
        undo=CannotUndo("the old shares open only the backups that were made before"),
        by_hand=shares.RECORD),
    do("Keep a backup under the new shares, as {after_name}",
        check=backup_of_after_is_kept, act=keep_backup_of_after, undo=HARMLESS,
        if_interrupted="act again",
        by_hand=shares.BACKUP_AFTER),
))
# fmt: on
