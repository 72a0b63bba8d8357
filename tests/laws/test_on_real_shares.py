"""Seal, unseal and a rotation of the shares on a real cluster, with workers that die in between."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.compose import adopt
from deploy.demo.cluster.layout import Shape
from jobs.runs.events import Event, StepDone, Waits
from jobs.runs.state import Ended
from playbooks.backups import rebuild_from_backup, restore_backup, take_backup
from playbooks.cluster import seal, unseal
from playbooks.compromise import rotate_shares
from playbooks.core.ask import Ask
from playbooks.core.playbook import Playbook
from playbooks.core.world.world import World
from playbooks.snapshot.naming import snapshot_name
from playbooks.steps.generations import UNKNOWN, generation_of
from playbooks.steps.restoring import RestoreAsk
from tests.laws.installation import Installation, installed
from tests.laws.rehearsal import Rehearsal
from tests.systems.custodians import Custodians

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("shares"), Shape()) as made:
        yield made


async def _run(
    here: Installation, world: World, book: Playbook[Any, Any], dies_at: str = ""
) -> Rehearsal:
    """Carry a run to its end; the worker dies once, after the step that begins so."""
    custodians = Custodians(here.cluster)

    async def meanwhile() -> None:
        await here.custodians_come()
        await custodians.step()

    died: list[str] = []

    def dies(event: Event, side: str) -> bool:
        is_there = isinstance(event, StepDone) and event.step.startswith(dies_at)
        if not dies_at or died or side != "before" or not is_there:
            return False
        died.append(dies_at)
        return True

    rehearsal = Rehearsal(world, book, meanwhile, dies=dies)
    await rehearsal.plan()
    rehearsal.approve()
    run = await rehearsal.despite_questions()
    assert run.stage == Ended("done"), run.stage
    return rehearsal


async def test_a_cluster_that_was_sealed_is_opened_again_by_its_custodians(
    installation: Installation,
) -> None:
    async with installation.world() as world:
        await _run(installation, world, seal.PLAYBOOK, "Seal every node")
        kinds = [installation.cluster.health(node).kind for node in installation.cluster.names]
        assert kinds == ["sealed"] * 3
        await _run(installation, world, unseal.PLAYBOOK)
        assert installation.cluster.serves()


async def test_shares_are_rotated_by_the_custodians_and_every_backup_says_which_open_it(
    installation: Installation,
) -> None:
    old = installation.cluster.keys
    async with installation.world() as world:
        rehearsal = await _run(installation, world, rotate_shares.PLAYBOOK, "Begin the rotation")
        said = [event.says for event in rehearsal.events if isinstance(event, Waits)]
        nonce = said[0].split()[1]
        assert [line.removeprefix(f"Rotation {nonce} ") for line in said] == [
            "0 of 3 custodians gave their share",
            "1 of 3 custodians gave their share",
            "2 of 3 custodians gave their share",
            "0 of 3 proved the new share",
            "1 of 3 proved the new share",
            "2 of 3 proved the new share",
        ]
        entries = await world.backups.all("prod")
        assert sorted(entry.generation for entry in entries) == [1, 2]
        assert [each.number for each in await world.backups.generations("prod")] == [1, 2]
        assert not set(old) & set(installation.cluster.keys)
        await _run(installation, world, seal.PLAYBOOK)
        await _run(installation, world, unseal.PLAYBOOK)
    assert "recorded already" in await asyncio.to_thread(adopt, installation.settings, "prod")


async def test_a_rotation_made_by_hand_is_noticed_and_adopted(installation: Installation) -> None:
    async with installation.world() as world:
        keys = tuple(key.key for key in Custodians(installation.cluster).keys)
        active = installation.cluster.active()
        assert active is not None
        await world.vault.start_rotation("prod", active, keys, 3)
        by_hand = (await world.vault.rotating("prod")).now
        assert by_hand is not None
        refused = await rotate_shares.look(Ask(), world)
        assert "no run of this bot began it" in str(refused)
        await Custodians(installation.cluster).carry(by_hand.nonce)
        # Nobody has recorded it yet: a backup says so, and no restore pretends to know the keys.
        await _run(installation, world, take_backup.PLAYBOOK)
        between = (await world.backups.all("prod"))[0]
        assert between.generation == UNKNOWN
        assert between.shares_mark == await world.vault.shares_mark("prod")
        for book in (restore_backup, rebuild_from_backup):
            refused = await book.look(RestoreAsk(), world)
            assert "no record says which shares open" in str(refused)
            assert "vault-responder adopt prod" in str(refused)
    assert "key generation 3" in await asyncio.to_thread(adopt, installation.settings, "prod")
    async with installation.world() as world:
        while snapshot_name(world.now()) == between.name:  # A backup is named after its second.
            await world.pause(timedelta(milliseconds=100))
        await _run(installation, world, take_backup.PLAYBOOK)
        newest = (await world.backups.all("prod"))[0]
        assert (newest.name == between.name, newest.generation) == (False, 3)
        assert (await generation_of(between, world)).number == 3
        plan = await restore_backup.look(RestoreAsk(name=between.name), world)
        assert "key generation 3" in str(plan)
    assert "recorded already" in await asyncio.to_thread(adopt, installation.settings, "prod")
