"""Backups that were asked for in one second share a name, since names are exact to a second."""

from jobs.runs.state import Ended
from playbooks.backups import take_backup
from tests.laws.rehearsal import Rehearsal, in_toy
from tests.worlds.toy import ToyWorld


async def test_a_second_backup_of_one_second_never_touches_the_first() -> None:
    toy = ToyWorld()
    first, second = await _planned(toy), await _planned(toy)
    assert (await first.to_its_end()).stage == Ended("done")
    objects, entries = dict(toy.backups.objects), dict(toy.backups.entries)
    toy.write("vps/tenant-99/meanwhile", "changed")
    assert (await second.to_its_end()).stage == Ended("done")
    assert toy.backups.objects == objects
    assert toy.backups.entries == entries


async def _planned(toy: ToyWorld) -> Rehearsal:
    rehearsal = in_toy(toy, take_backup.PLAYBOOK)
    await rehearsal.plan()
    return rehearsal
