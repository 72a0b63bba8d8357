"""The same playbooks on real three-node clusters, with workers that die where it hurts most."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import pytest

from deploy.demo.cluster.layout import Shape
from jobs.runs.events import Event, StepDone, StepStarted
from jobs.runs.state import Ended
from playbooks.backups import rebuild_from_backup, restore_backup, take_backup
from playbooks.core.playbook import Playbook
from playbooks.core.world.world import World
from tests.laws.installation import Installation, installed
from tests.laws.rehearsal import Rehearsal

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

# The act has begun; the act is over but not written down; the next step has not begun.
IN_A_RESTORE: Final = {
    "first": "after StepStarted Load",
    "second": "before StepDone Load",
    "third": "after StepDone Load",
}
IN_A_REBUILD: Final = IN_A_RESTORE | {"third": "before StepDone Start"}
SHAPES: Final = {"shamir": Shape(), "auto-unseal": Shape(seal="static")}


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One cluster of each kind of seal, with one backup of it."""
    with installed(tmp_path_factory.mktemp("real"), SHAPES[request.param]) as made:
        yield made


async def _run(
    here: Installation, world: World, book: Playbook[Any, Any], killed_at: str = ""
) -> Rehearsal:
    """Plan, approve and carry a run to its end; the worker dies once, where `killed_at` says."""
    rehearsal = Rehearsal(world, book, here.custodians_come)
    await rehearsal.plan()
    rehearsal.approve()
    rehearsal.dies = _once(killed_at)
    run = await rehearsal.despite_questions()
    assert run.stage == Ended("done"), run.stage
    return rehearsal


def _once(where: str) -> Any:  # a callback
    """Die before or after the first event that is named so, such as "after StepStarted Load"."""
    died: list[str] = []

    def dies(event: Event, side: str) -> bool:
        if not where or died or not isinstance(event, StepStarted | StepDone):
            return False
        if where == f"{side} {type(event).__name__} {event.step.split()[0]}":
            died.append(where)
            return True
        return False

    return dies


async def _every_node_shows(here: Installation, world: World, nonce: str) -> None:
    """A standby may be a moment behind what the active node has acknowledged."""
    async with asyncio.timeout(10):
        while {await world.vault.nonce("prod", node) for node in here.cluster.names} != {nonce}:
            await asyncio.sleep(0.1)


async def test_a_backup_is_whole_listed_and_opened_by_nobody_else(
    installation: Installation,
) -> None:
    async with installation.world() as world:
        await _run(installation, world, take_backup.PLAYBOOK)
        (backup,) = await world.backups.all("prod")
        await _every_node_shows(installation, world, backup.nonce)
        assert len(backup.canaries) == len(world.clusters.named("prod").canaries)
        stored = installation.house.store / backup.object_keys[0]
        assert stored.stat().st_size == backup.object_bytes
        assert not stored.read_bytes().startswith(b"\x1f\x8b")  # No gzip: it is encrypted.


@pytest.mark.parametrize("kill", ["first", "second", "third"])
async def test_a_restore_ends_the_same_wherever_the_worker_dies(
    installation: Installation, kill: str
) -> None:
    async with installation.world() as world:
        (backup,) = [each for each in await world.backups.all("prod") if each.kind == "backup"]
        await world.vault.write_nonce("prod", "written after the backup")
        await _run(installation, world, restore_backup.PLAYBOOK, IN_A_RESTORE[kill])
        await _every_node_shows(installation, world, backup.nonce)
        assert (await world.balancer.state("prod")).open


@pytest.mark.parametrize("kill", ["first", "second", "third"])
async def test_a_rebuild_ends_the_same_wherever_the_worker_dies(
    installation: Installation, kill: str
) -> None:
    async with installation.world() as world:
        (backup,) = [each for each in await world.backups.all("prod") if each.kind == "backup"]
        installation.cluster.destroy()
        await _run(installation, world, rebuild_from_backup.PLAYBOOK, IN_A_REBUILD[kill])
        await _every_node_shows(installation, world, backup.nonce)
        assert len((await world.vault.raft("prod")).voters) == len(installation.cluster.names)
        assert (await world.balancer.state("prod")).open
