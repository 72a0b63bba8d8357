"""The scenes in which playbooks are tried: how the world is before, and what must be true after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from playbooks.backups import rebuild_from_backup, restore_backup, take_backup
from playbooks.cluster import seal, unseal
from playbooks.compromise import rotate_shares
from playbooks.core.playbook import Playbook
from tests.laws.rehearsal import Rehearsal, in_toy
from tests.worlds.machines import NONCE_PATH
from tests.worlds.toy import NODES, ToyWorld

LATER: Final = "vps/tenant-99/written_after_the_backup"


@dataclass(frozen=True)
class Scene:
    """`before` makes a world, `holds` says if the goal is reached in it.

    `needs` is a call that it cannot do without.
    """

    name: str
    book: Playbook[Any, Any]
    before: Callable[[], Awaitable[ToyWorld]]
    holds: Callable[[ToyWorld], Awaitable[bool]]
    needs: str = "backups.open"

    async def begin(self) -> tuple[ToyWorld, Rehearsal]:
        """A run that is planned and approved, with nothing done yet."""
        toy = await self.before()
        rehearsal = in_toy(toy, self.book)
        await rehearsal.plan()
        rehearsal.approve()
        toy.calls.acts.clear()
        return toy, rehearsal


async def backed_up(*, auto: bool = False) -> ToyWorld:
    """A cluster with one backup, and a secret that was written after it."""
    toy = ToyWorld(auto=auto)
    first = in_toy(toy, take_backup.PLAYBOOK)
    await first.plan()
    await first.to_its_end()
    toy.clock += timedelta(hours=13, minutes=22)
    toy.write(LATER, "lost")
    return toy


async def _destroyed() -> ToyWorld:
    toy = await backed_up()
    toy.destroy()
    return toy


async def _destroyed_auto() -> ToyWorld:
    toy = await backed_up(auto=True)
    toy.destroy()
    return toy


async def _lagging() -> ToyWorld:
    toy = await backed_up()
    toy.machines.node("n3").lags = True
    return toy


async def _other_keys() -> ToyWorld:
    toy = await backed_up()
    toy.rotate_shares()
    return toy


async def _fresh() -> ToyWorld:
    return ToyWorld()


async def _auto() -> ToyWorld:
    return await backed_up(auto=True)


async def _all_sealed() -> ToyWorld:
    toy = await backed_up()
    return _sealed(toy, *NODES)


async def _sealed_auto() -> ToyWorld:
    toy = await _auto()
    return _sealed(toy, *NODES)


async def _one_sealed_one_stopped() -> ToyWorld:
    toy = await backed_up()
    toy.kill("n3")
    return _sealed(toy, "n1")


async def _one_silent() -> ToyWorld:
    toy = await backed_up()
    toy.machines.silenced.add("n3")
    return toy


async def _broken_off() -> ToyWorld:
    """An earlier rotation was begun on n1, and then n2 took over."""
    toy = await backed_up()
    first = in_toy(toy, rotate_shares.PLAYBOOK)
    first.meanwhile = nobody_comes
    await first.plan()
    first.approve()
    await first.carry()
    toy.machines.leader_name = "n2"
    return toy


async def nobody_comes() -> None:
    """No custodian does anything."""


def _sealed(toy: ToyWorld, *nodes: str) -> ToyWorld:
    for node in nodes:
        toy.machines.seal(toy.machines.node(node))
    return toy


async def _nobody_is_served(toy: ToyWorld) -> bool:
    return all(not node.running or not node.open for node in toy.machines.nodes.values())


async def _everybody_is_served(toy: ToyWorld) -> bool:
    kinds = [toy.machines.kind(node) for node in toy.machines.nodes.values()]
    return sorted(kinds) == ["active", "standby", "standby"]


async def _the_new_shares_are_recorded(toy: ToyWorld) -> bool:
    """And nothing is left of any rotation; each backup says which shares open it."""
    entries = await toy.backups.all("prod")
    generations = sorted(entry.generation for entry in entries)
    held = {node.data.generation for node in toy.machines.nodes.values() if node.data}
    return (
        [known.number for known in toy.backups.known] == [1, 2]
        and held == {2}
        and {1, 2} == set(generations)
        and generations.count(2) == 1
        and all(note.settled for note in toy.backups.kept_notes.values())
        and not any(node.rotation for node in toy.machines.nodes.values())
        and toy.backups.known[-1].shares_mark == await toy.vault.shares_mark("prod")
    )


async def _a_backup_is_listed(toy: ToyWorld) -> bool:
    listed = await toy.backups.all("prod")
    return len(listed) == 1 and listed[0].object_keys[0] in toy.backups.objects


async def _the_backup_is_served(toy: ToyWorld) -> bool:
    backup = next(each for each in await toy.backups.all("prod") if each.kind == "backup")
    state = await toy.balancer.state("prod")
    served = []
    for node in NODES:
        data = toy.machines.node(node).data
        served.append(
            data is not None
            and data.secrets[NONCE_PATH].value == backup.nonce
            and LATER not in data.secrets
            and await toy.vault.marks("prod", node) == backup.canaries
        )
    return all(served) and state.open and state.active is not None


SCENES: Final = (
    Scene("take_backup", take_backup.PLAYBOOK, _fresh, _a_backup_is_listed, "backups.find"),
    Scene("restore_backup", restore_backup.PLAYBOOK, backed_up, _the_backup_is_served),
    Scene("restore_backup, auto-unseal", restore_backup.PLAYBOOK, _auto, _the_backup_is_served),
    Scene(
        "restore_backup, a standby lags", restore_backup.PLAYBOOK, _lagging, _the_backup_is_served
    ),
    Scene("rebuild, empty", rebuild_from_backup.PLAYBOOK, _destroyed, _the_backup_is_served),
    Scene(
        "rebuild, empty, auto-unseal",
        rebuild_from_backup.PLAYBOOK,
        _destroyed_auto,
        _the_backup_is_served,
    ),
    Scene("rebuild, other keys", rebuild_from_backup.PLAYBOOK, _other_keys, _the_backup_is_served),
    Scene("seal", seal.PLAYBOOK, backed_up, _nobody_is_served, "vault.state"),
    Scene("seal, a node is silent", seal.PLAYBOOK, _one_silent, _nobody_is_served, "vault.state"),
    Scene("seal, auto-unseal", seal.PLAYBOOK, _auto, _nobody_is_served, "vault.state"),
    Scene("unseal", unseal.PLAYBOOK, _all_sealed, _everybody_is_served, "vault.marks"),
    Scene(
        "unseal, one stopped",
        unseal.PLAYBOOK,
        _one_sealed_one_stopped,
        _everybody_is_served,
        "vault.marks",
    ),
    Scene(
        "unseal, auto-unseal", unseal.PLAYBOOK, _sealed_auto, _everybody_is_served, "vault.marks"
    ),
    Scene(
        "rotate_shares",
        rotate_shares.PLAYBOOK,
        backed_up,
        _the_new_shares_are_recorded,
        "vault.rotating",
    ),
    Scene(
        "rotate_shares, one broke off",
        rotate_shares.PLAYBOOK,
        _broken_off,
        _the_new_shares_are_recorded,
        "vault.rotating",
    ),
)
