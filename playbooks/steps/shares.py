"""Rotate the unseal key shares of a cluster: which rotation is this run's, and how far it is.

Vault names a rotation itself and forgets it once it is over, completed or not. So a note in the
store says which one a run has begun, and a mark of the shares says whether they have changed.
"""

from typing import Final

from playbooks.core.backup import RotationNote, SealScheme
from playbooks.core.plan import NodesPlan
from playbooks.core.step import Holds, NotYet
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Fingerprint, Name
from playbooks.core.world.rotation import Rotation
from playbooks.core.world.world import World
from playbooks.steps.listing import listed
from playbooks.steps.situation import active_node, node_states

_OLD_ONES_STAY: Final = "the old shares open the cluster as before, and no new one counts"


class SharesPlan(NodesPlan):
    """`mark` is where the store keeps which rotation is this run's."""

    mark: Name
    scheme: SealScheme  # Of the new shares.
    required: Count  # How many old ones it takes.
    custodians: tuple[Name, ...]
    fingerprints: tuple[Fingerprint, ...]  # Of their keys, in the same order.
    left_behind: tuple[Name, ...]  # Marks of earlier rotations that a node may remember.


async def nothing_is_left_behind(plan: SharesPlan, world: World) -> bool:
    notes = await world.backups.notes(plan.cluster)
    return not any(note.mark in plan.left_behind and not note.settled for note in notes)


async def make_nodes_forget(plan: SharesPlan, world: World) -> None:
    """Cancel what earlier runs left where its node leads; elsewhere the node is sealed.

    A node takes an old rotation up whenever it leads again, and if custodians then complete it,
    the shares of every later one are dead. It can be cancelled only while that node leads.
    """
    for note in await world.backups.notes(plan.cluster):
        if note.mark not in plan.left_behind or note.settled:
            continue
        active = await active_node(plan.cluster, world)
        running = (await world.vault.rotating(plan.cluster)).now
        if active.node != note.leader:
            await _seal_safely(plan, note.leader, world)
        elif running is not None and _is_of(note, running):
            await world.vault.cancel_rotation(plan.cluster, running.nonce)
        await world.backups.keep_note(note.model_copy(update={"settled": True}))


async def rotation_is_begun(plan: SharesPlan, world: World) -> bool:
    """Also where it is complete by now: custodians may be faster than a worker that died."""
    note = await _note(plan, world)
    if note is None:
        return False
    running = (await world.vault.rotating(plan.cluster)).now
    if running is not None:
        return _is_of(note, running)
    return await world.vault.shares_mark(plan.cluster) != note.shares_mark


async def begin_rotation(plan: SharesPlan, world: World) -> None:
    """Write down first that this run begins one: whoever carries on knows it by what it is for."""
    if await rotation_is_begun(plan, world):
        return
    running = (await world.vault.rotating(plan.cluster)).now
    if running is not None:
        raise Trouble(
            f"Rotation {running.nonce} of the shares of {plan.cluster} is under way, and somebody"
            " else began it",
            left="it was not touched, and no other one was begun",
            do="find out who began it; once it is over, press Try again",
        )
    keys = world.clusters.custodian_keys(plan.cluster)
    if tuple(key.fingerprint for key in keys) != plan.fingerprints:
        raise Trouble(
            f"The keys of the custodians of {plan.cluster} are not those that were approved",
            left="no rotation was begun",
            do="find out who changed them, then ask again for a fresh plan",
        )
    active = await active_node(plan.cluster, world)
    await _remember_another_leader(plan, active.node, world)
    await world.backups.keep_note(
        RotationNote(
            cluster=plan.cluster,
            mark=plan.mark,
            fingerprints=plan.fingerprints,
            shares_mark=await world.vault.shares_mark(plan.cluster),
            leader=active.node,
        )
    )
    sent = tuple(key.key for key in keys)
    await world.vault.start_rotation(plan.cluster, active.node, sent, plan.scheme.threshold)


async def _remember_another_leader(plan: SharesPlan, leader: Name, world: World) -> None:
    """A worker died, and then another node took over: the first one may have begun a rotation."""
    note = await _note(plan, world)
    if note is not None and note.leader != leader:
        aside = note.model_copy(update={"mark": f"{note.mark}-{note.leader}"})
        await world.backups.keep_note(aside)


async def cancel_rotation(plan: SharesPlan, world: World) -> None:
    note, running = await _note(plan, world), (await world.vault.rotating(plan.cluster)).now
    if note is None or running is None or not _is_of(note, running):
        raise Trouble(
            f"The rotation of the shares of {plan.cluster} is complete",
            left="only the new shares open it, the old ones open the backups of before",
            do=f"press Leave, then run `vault-responder adopt {plan.cluster}` on a worker",
        )
    await world.vault.cancel_rotation(plan.cluster, running.nonce)
    await world.backups.keep_note(note.model_copy(update={"settled": True}))


async def rotation_is_noted(plan: SharesPlan, world: World) -> bool:
    note = await _note(plan, world)
    return note is not None and note.nonce is not None


async def note_rotation(plan: SharesPlan, world: World) -> None:
    note, running = await _note(plan, world), (await world.vault.rotating(plan.cluster)).now
    if note is None or running is None or not _is_of(note, running):
        raise await _gone(plan, world)
    await world.backups.keep_note(note.model_copy(update={"nonce": running.nonce}))


async def old_shares_are_given(plan: SharesPlan, world: World) -> Holds | NotYet:
    """Go on too where the rotation is gone: the next step finds out what became of it."""
    running = await _mine(plan, world)
    if running is None or running.proving:
        return Holds()
    return NotYet(
        f"Rotation {running.nonce}: {running.given} of {running.required} custodians gave their"
        " share"
    )


async def new_shares_are_proved(plan: SharesPlan, world: World) -> Holds | NotYet:
    """Go on too where the rotation is gone, as above."""
    running = await _mine(plan, world)
    if running is None:
        return Holds()
    return NotYet(
        f"Rotation {running.nonce}: {running.proved} of {plan.scheme.threshold} proved the new"
        " share"
    )


async def new_shares_are_made(plan: SharesPlan, world: World) -> bool:
    running = await _mine(plan, world)
    return (running is not None and running.proving) or await new_shares_are_in_force(plan, world)


async def new_shares_are_in_force(plan: SharesPlan, world: World) -> bool:
    """Vault itself does not say whether a rotation that is over was completed or broke off."""
    note = await _note(plan, world)
    if note is None or await world.vault.shares_mark(plan.cluster) == note.shares_mark:
        raise await _gone(plan, world)
    return True


async def is_settled(plan: SharesPlan, world: World) -> bool:
    note = await _note(plan, world)
    return note is not None and note.settled


async def settle(plan: SharesPlan, world: World) -> None:
    """Nothing of this rotation is left in any node's memory."""
    note = await _note(plan, world)
    if note is not None:
        await world.backups.keep_note(note.model_copy(update={"settled": True}))


def is_noted(running: Rotation, notes: tuple[RotationNote, ...]) -> bool:
    """Say if a run of this installation began this rotation."""
    return any(_is_of(note, running) for note in notes if not note.settled)


async def _mine(plan: SharesPlan, world: World) -> Rotation | None:
    note, running = await _note(plan, world), (await world.vault.rotating(plan.cluster)).now
    is_mine = note is not None and running is not None and _is_of(note, running)
    return running if is_mine else None


async def _note(plan: SharesPlan, world: World) -> RotationNote | None:
    notes = await world.backups.notes(plan.cluster)
    return next((note for note in notes if note.mark == plan.mark), None)


def _is_of(note: RotationNote, running: Rotation) -> bool:
    """By its nonce; before that is known by its keys, as none was under way when it was noted."""
    if note.nonce is not None:
        return running.nonce == note.nonce
    return running.fingerprints == note.fingerprints and running.verified


async def _gone(plan: SharesPlan, world: World) -> Trouble:
    """It ends where another node leads, where its node restarts, and where somebody cancels it."""
    note = await _note(plan, world)
    active = await active_node(plan.cluster, world)
    remembers = note is not None and note.leader != active.node
    where = (
        f"; {note.leader} led then and takes it up if it leads again" if remembers and note else ""
    )
    return Trouble(
        f"The rotation of the shares of {plan.cluster} broke off",
        left=f"{_OLD_ONES_STAY}{where}",
        do="press Undo or Leave, then ask again: the next rotation clears what is left of this one",
    )


async def _seal_safely(plan: SharesPlan, node: Name, world: World) -> None:
    """Only while all the others serve, so that no quorum is lost."""
    states = await node_states(plan.cluster, plan.nodes, world)
    others = [state.node for state in states if state.kind not in {"active", "standby"}]
    if node in others or node not in plan.nodes:
        return  # Sealed or restarted, it has forgotten; and it serves nobody now.
    if others:
        raise Trouble(
            f"{node} must be sealed to forget a rotation, and {listed(others)} do not serve",
            left="it was not sealed, since the cluster would lose its quorum",
            do="bring the others back first, then press Try again",
        )
    await world.vault.seal(plan.cluster, node)
