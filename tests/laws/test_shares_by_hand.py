"""Shares that people made by hand: no backup pretends to open with the recorded ones."""

import pytest

from bot.blocks.backups import backups
from jobs.runs.state import Ended
from jobs.runs.views import ClusterView
from playbooks.backups import rebuild_from_backup, restore_backup, take_backup
from playbooks.core.ask import Ask
from playbooks.core.backup import Backup
from playbooks.core.plan import NotForMe
from playbooks.steps.generations import UNKNOWN, generation_of, to_record
from playbooks.steps.restoring import RestoreAsk
from playbooks.steps.snapshots import OtherShares, Target, store_archive
from tests.laws.rehearsal import in_toy
from tests.laws.scenes import backed_up
from tests.worlds.toy import ToyWorld
from tests.worlds.vault import mark_of


def rotate_by_hand(toy: ToyWorld, generation: int) -> None:
    """Nobody tells the store."""
    for node in toy.machines.nodes.values():
        if node.data is not None:
            node.data = node.data.model_copy(update={"generation": generation})
    for shares in toy.held.values():
        shares.add(generation)


async def backup(toy: ToyWorld) -> Backup:
    rehearsal = in_toy(toy, take_backup.PLAYBOOK)
    await rehearsal.plan()
    assert (await rehearsal.to_its_end()).stage == Ended("done")
    return (await toy.backups.all("prod"))[0]


async def tells(toy: ToyWorld) -> tuple[str, ...]:
    """What the next backup's plan says."""
    plan = await take_backup.look(Ask(), toy.world())
    assert isinstance(plan, take_backup.BackupPlan)
    return plan.tells


def adopt(toy: ToyWorld, number: int) -> list[int]:
    made = to_record(
        toy.generation(number), toy.backups.known, toy.backups.entries.values(), rotated=False
    )
    toy.backups.known += made
    return [each.number for each in made]


async def test_a_backup_under_shares_made_by_hand_says_that_nobody_recorded_them() -> None:
    toy = await backed_up()
    rotate_by_hand(toy, 2)
    made = await backup(toy)
    assert (made.generation, made.shares_mark) == (UNKNOWN, mark_of(2))
    assert "run `vault-responder adopt prod`" in (await tells(toy))[0]
    view = ClusterView(cluster="prod", at=toy.clock, nodes=(), balancer=None, backups=(made,))
    assert "its shares are recorded nowhere: run" in str(backups(view, toy.clock))
    for book in (restore_backup, rebuild_from_backup):
        refused = await book.look(RestoreAsk(), toy.world())
        assert isinstance(refused, NotForMe)
        assert "run `vault-responder adopt prod`" in refused.do


async def test_once_the_keys_are_recorded_that_backup_is_restored_like_any_other() -> None:
    toy = await backed_up()
    rotate_by_hand(toy, 2)
    made = await backup(toy)
    assert adopt(toy, 2) == [2]
    assert (await generation_of(made, toy.world())).number == 2
    assert await tells(toy) == ()
    rehearsal = in_toy(toy, restore_backup.PLAYBOOK)
    await rehearsal.plan((made.name,))
    rehearsal.approve()
    assert (await rehearsal.to_its_end()).stage == Ended("done")


async def test_each_rotation_that_only_a_backup_tells_of_gets_a_number_of_its_own() -> None:
    toy = await backed_up()
    rotate_by_hand(toy, 2)
    between = await backup(toy)
    rotate_by_hand(toy, 3)
    assert adopt(toy, 3) == [2, 3]
    assert adopt(toy, 3) == []
    assert (await generation_of(between, toy.world())).number == 2
    assert toy.backups.known[1].since == between.taken_at


async def test_what_is_left_of_a_lost_cluster_is_restored_although_nobody_recorded_its_keys() -> (
    None
):
    """Nothing runs that could be adopted; approvers are told to ask before anything is loaded."""
    toy = await backed_up()
    rotate_by_hand(toy, 2)
    await backup(toy)
    toy.destroy()
    plan = await rebuild_from_backup.look(RestoreAsk(), toy.world())
    assert isinstance(plan, rebuild_from_backup.RebuildPlan)
    assert any("no record says who holds them: ask erin" in line for line in plan.tells)


async def test_a_backup_of_a_cluster_that_went_back_to_older_shares_names_those() -> None:
    toy = await backed_up()
    toy.rotate_shares()
    rotate_by_hand(toy, 1)  # As a rebuild from an old backup leaves it.
    made = await backup(toy)
    assert (made.generation, made.shares_mark) == (1, mark_of(1))


async def test_an_archive_handed_in_by_hand_is_not_stored_under_another_number() -> None:
    toy = await backed_up()
    rotate_by_hand(toy, 2)
    target = Target("prod", "handed-in", "backup", ("handed-in",), "n", 1)
    await toy.vault.write_nonce("prod", "n")
    with pytest.raises(OtherShares, match="recorded nowhere, not of generation 1"):
        await store_archive(target, toy.vault.snapshot("prod", "n1"), toy.world())
    assert await toy.backups.draft("prod", "handed-in") is None
