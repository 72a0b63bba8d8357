"""The scenes in which playbooks are tried: how the world is before, and what must be true after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from playbooks.backups import rebuild_from_backup, restore_backup, take_backup
from playbooks.core.playbook import Playbook
from tests.laws.rehearsal import Rehearsal, in_toy
from tests.worlds.machines import NONCE_PATH
from tests.worlds.toy import NODES, ToyWorld

LATER: Final = "vps/tenant-99/written_after_the_backup"


@dataclass(frozen=True)
class Scene:
    """`before` makes a world, `holds` says if the goal is reached in it."""

    name: str
    book: Playbook[Any, Any]
    before: Callable[[], Awaitable[ToyWorld]]
    holds: Callable[[ToyWorld], Awaitable[bool]]

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
    Scene("take_backup", take_backup.PLAYBOOK, _fresh, _a_backup_is_listed),
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
)
