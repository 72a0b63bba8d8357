"""Laws of an old copy of Redis, whose generation is the one that the store knows: it is behind."""

from datetime import timedelta

import pytest

from jobs.people import Button
from jobs.records.journal import is_open
from jobs.records.lease import held
from jobs.records.standing import standing
from jobs.runs.events import StepStarted
from jobs.runs.state import Ended, Run
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import ALL, RUN, approve, begin, drive
from tests.jobs.work.losing import Copy, entered, halfway, knock, note, stands_still, to_its_end
from tests.jobs.work.test_reconciler import Rounds
from tests.servers import Valkey


async def test_an_old_copy_in_the_middle_of_a_run_stops_it_and_says_where_it_stood(
    own_place: Place, own_valkey: Valkey
) -> None:
    copy = Copy(own_valkey)
    await halfway(own_place)
    copy.make()
    await knock(own_place)
    stop = iter([False, True])
    await drive(own_place, RUN, stop=lambda: next(stop, True))
    before = await own_place.history(RUN)
    assert is_open(before.events)
    copy.restore()
    assert len((await own_place.history(RUN)).entries) < len(before.entries)
    assert not await drive(own_place, RUN)
    told = await note(own_place)
    assert told is not None
    assert "Redis has lost what happened" in told.says
    history = await entered(own_place)
    assert history.entries == before.entries
    assert history.entered is not None
    assert history.entered.before > 0
    assert await note(own_place) is None
    assert "it stood before “Write three”" in stands_still(history).true_now
    await own_place.press(RUN, Button.TRY_AGAIN, "bob")
    assert not await drive(own_place, RUN)
    assert own_place.effects(RUN) == ["one", "two"]


@pytest.mark.parametrize("danger", [Danger.DESTROYS, Danger.DISRUPTS])
@pytest.mark.parametrize("caught_up", [True, False])
async def test_a_run_that_ended_does_not_start_again_where_an_old_copy_asks_for_approval(
    own_place: Place, own_valkey: Valkey, danger: Danger, *, caught_up: bool
) -> None:
    copy = Copy(own_valkey)
    await begin(own_place, danger=danger)
    copy.make()
    await approve(own_place)
    await drive(own_place, RUN)
    assert own_place.effects(RUN) == ALL
    before = await own_place.history(RUN)
    copy.restore()
    if caught_up:
        assert (await entered(own_place)).entries == before.entries
    await approve(own_place)
    assert not await drive(own_place, RUN)
    assert own_place.effects(RUN) == ALL


async def test_a_run_that_only_read_does_not_start_again_on_an_old_copy(
    own_place: Place, own_valkey: Valkey
) -> None:
    """Its events are in the store after they are in Redis, and nobody has to approve it."""
    copy = Copy(own_valkey)
    await begin(own_place)
    copy.make()
    await drive(own_place, RUN)
    copy.restore()
    assert not await drive(own_place, RUN)
    assert own_place.effects(RUN) == ALL
    assert (await entered(own_place)).events[-1].kind == "finished"


@pytest.mark.parametrize("button", [Button.DENY, Button.CANCEL])
async def test_a_plan_that_was_ended_is_not_approved_on_an_old_copy(
    own_place: Place, own_valkey: Valkey, button: Button
) -> None:
    copy = Copy(own_valkey)
    await begin(own_place, danger=Danger.DESTROYS)
    copy.make()
    await own_place.press(RUN, button, "bob")
    await drive(own_place, RUN)
    copy.restore()
    await approve(own_place)
    assert not await drive(own_place, RUN)
    run = standing(await entered(own_place))
    assert isinstance(run, Run)
    assert isinstance(run.stage, Ended)
    assert own_place.effects(RUN) == []


async def test_whoever_held_a_run_is_not_its_next_holder_on_an_old_copy(
    own_place: Place, own_valkey: Valkey
) -> None:
    copy = Copy(own_valkey)
    await halfway(own_place)
    copy.make()
    address = own_place.address("worker")
    connection = address.connect()
    async with held(connection, address, f"lease:{RUN}", "old") as old:
        assert old is not None
        copy.restore()
        async with held(connection, address, f"lease:{RUN}", "new") as new:
            assert new is not None
            assert new.epoch > old.epoch
    await connection.close()


async def test_a_redis_that_was_killed_and_kept_its_disk_goes_on(
    own_place: Place, own_valkey: Valkey
) -> None:
    before = await halfway(own_place)
    own_valkey.kill()
    own_valkey.start()
    assert await entered(own_place) == before
    await to_its_end(own_place)
    assert (await own_place.history(RUN)).entered is None


async def test_a_step_that_a_worker_died_in_is_left_to_the_next_driver(place: Place) -> None:
    """It is in the store first, so the store is ahead of Redis by it alone."""
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")
    stop = iter([True])
    await drive(place, RUN, stop=lambda: next(stop, True))
    history = await place.history(RUN)
    event = StepStarted(at=now(), step="Prove that the folder is there", again=False)
    async with opened(place.workshop("act")) as records:
        await records.archive.copy(records.journal.seal(history, event, 1))
    assert await entered(place) == history
    await drive(place, RUN)
    assert place.effects(RUN) == ALL


async def test_a_redis_behind_the_store_is_noticed_though_nobody_presses(
    own_place: Place, own_valkey: Valkey
) -> None:
    copy = Copy(own_valkey)
    await begin(own_place, danger=Danger.DESTROYS)
    copy.make()
    await approve(own_place)
    await drive(own_place, RUN)
    copy.restore()
    rounds = Rounds(own_place, own_valkey)
    assert f"history:{RUN}" in await rounds.rung(now())
    await entered(own_place)
    later = now() + timedelta(minutes=2)
    assert f"history:{RUN}" not in await rounds.rung(later)
    await rounds.connection.close()
