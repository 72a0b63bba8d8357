"""Laws of a Redis whose disk is gone: nothing goes on by itself, nothing is lost, all is told."""

import shutil
from datetime import timedelta
from typing import Final

import pytest

from jobs.people import Button
from jobs.records.entering import enter
from jobs.records.journal import Entered, Fenced, History
from jobs.records.lease import held
from jobs.records.standing import standing
from jobs.runs.events import Waits
from jobs.runs.state import Ended, Run
from jobs.work.release import release
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import ALL, RUN, approve, begin, drive, look_at
from tests.jobs.work.losing import (
    accepted,
    entered,
    halfway,
    knock,
    note,
    open_runs,
    stands_still,
)
from tests.jobs.work.test_reconciler import Rounds
from tests.servers import Valkey

NEXT: Final = "run-2"
STEP: Final = "Wait until two people have knocked"


async def test_a_run_of_a_lost_redis_is_entered_as_it_was_and_never_goes_on(
    place: Place, valkey: Valkey
) -> None:
    before = await halfway(place)
    valkey.admin().flushall()
    history = await entered(place)
    assert history.entries == before.entries
    assert history.entered is not None
    assert open_runs(valkey) == set()
    stage = stands_still(history)
    assert stage.happened == "Redis was lost or replaced while this run was under way"
    waited = f"it was waiting at “{STEP}” (0 of 2 knocks), and nobody carries it on"
    assert stage.true_now == waited
    assert "`vault-responder release-lock cluster:toy`" in stage.do
    assert "press Ask again" in stage.do
    await knock(place)
    for _ in range(2):  # Neither before the new Redis is accepted, nor afterwards.
        assert not await drive(place, RUN)
        assert place.effects(RUN) == ["one", "two"]
        await accepted(place)
    assert await place.objects().get(f"left-behind/{RUN}.json")


async def test_a_press_on_an_entered_run_moves_nothing(place: Place, valkey: Valkey) -> None:
    await halfway(place)
    valkey.admin().flushall()
    await accepted(place)
    before = await entered(place)
    for button in Button:
        await place.press(RUN, button, "bob")
    assert not await drive(place, RUN)
    assert await place.history(RUN) == before
    told = await note(place)
    assert told is not None
    assert "was left behind when Redis was lost" in told.says


async def test_a_run_that_had_ended_is_entered_with_its_end(place: Place, valkey: Valkey) -> None:
    await begin(place)
    await drive(place, RUN)
    before = await place.history(RUN)
    valkey.admin().flushall()
    history = await entered(place)
    assert history.entries == before.entries
    run = standing(history)
    assert isinstance(run, Run)
    assert run.stage == Ended("done")
    assert place.effects(RUN) == ALL
    assert await entered(place) == history
    assert valkey.admin().xlen("feed") == 1
    assert await place.objects().get(f"left-behind/{RUN}.json") is None


async def test_a_plan_that_was_not_approved_cannot_be_approved_any_more(
    place: Place, valkey: Valkey
) -> None:
    await begin(place, danger=Danger.DESTROYS)
    valkey.admin().flushall()
    await accepted(place)
    run = standing(await entered(place))
    assert isinstance(run, Run)
    assert run.stage == Ended("expired")
    await approve(place)
    assert not await drive(place, RUN)
    assert place.effects(RUN) == []


async def test_the_same_request_again_does_not_begin_a_run_that_redis_forgot(
    place: Place, valkey: Valkey
) -> None:
    await begin(place)
    await drive(place, RUN)
    valkey.admin().flushall()
    await accepted(place)
    await place.ask(RUN)  # Slack delivers an envelope again.
    assert (await look_at(place, RUN)).events == ()
    assert valkey.admin().exists(f"rq:rung:history:{RUN}")
    assert (await entered(place)).events[-1].kind == "finished"
    assert place.effects(RUN) == ALL


async def test_what_a_lost_run_holds_keeps_others_from_planning_until_it_is_freed(
    place: Place, valkey: Valkey
) -> None:
    await halfway(place)
    valkey.admin().flushall()
    await accepted(place)
    await entered(place)
    await place.ask(NEXT, danger=Danger.DESTROYS)
    refused = (await look_at(place, NEXT)).events[0]
    assert "vault-responder release-lock cluster:toy" in str(refused)
    shop = place.workshop("act")
    async with opened(shop) as records:
        assert f"run {RUN} was left behind" in await release(shop, records, "cluster:toy")
    await place.ask("run-3", danger=Danger.DESTROYS)
    assert (await look_at(place, "run-3")).events[0].kind == "planned"


async def test_a_run_is_not_ended_by_a_redis_that_nobody_accepted(
    place: Place, valkey: Valkey
) -> None:
    """A process that was pointed at another Redis must not end what the true one carries on."""
    await halfway(place)
    valkey.admin().flushall()
    await entered(place)
    assert await place.objects().list("left-behind/") == ()


@pytest.mark.parametrize("wrong", ["edited", "foreign", "gone", "torn"])
async def test_a_run_that_cannot_be_believed_is_not_entered_and_a_note_says_so(
    place: Place, valkey: Valkey, wrong: str
) -> None:
    await halfway(place)
    folder = place.folder / "store" / "journal" / RUN
    match wrong:
        case "edited":
            text = (folder / "000003.json").read_text().replace("carol", "alice")
            (folder / "000003.json").write_text(text)
        case "foreign":
            shutil.copytree(folder, folder.with_name("other"))
        case "gone":
            (folder / "000002.json").unlink()
        case _:
            (folder / "000002.json").write_text("{")
    run = "other" if wrong == "foreign" else RUN
    valkey.admin().flushall()
    assert (await entered(place, run)).events == ()
    told = await note(place, run)
    assert told is not None
    assert f"of run {run}" in told.says
    assert "so it was not entered from there" in told.says


async def test_whoever_lost_the_lease_while_entering_enters_nothing(
    place: Place, valkey: Valkey
) -> None:
    kept = await halfway(place)
    valkey.admin().flushall()
    address = place.address("worker")
    connection = address.connect()
    mark = Entered(at=now(), before=0)
    async with held(connection, address, f"lease:{RUN}", "old") as old:
        assert old is not None
        valkey.admin().hset(f"lease:{RUN}", "until", 0)
        async with held(connection, address, f"lease:{RUN}", "new") as new:
            assert new is not None
            with pytest.raises(Fenced):
                await enter(connection, History(RUN), kept, mark, old.epoch)
            await enter(connection, History(RUN), kept, mark, new.epoch)
            with pytest.raises(Fenced):  # Nor on something else than was read.
                await enter(connection, History(RUN), kept, mark, new.epoch)
    assert (await place.history(RUN)).entries == kept.entries
    await connection.close()


async def test_where_redis_and_the_store_have_parted_nothing_is_entered(place: Place) -> None:
    before = await halfway(place)
    async with opened(place.workshop("act")) as records:
        told = before
        for says in ("1 of 2 knocks", "2 of 2 knocks"):
            event = Waits(at=now(), step=STEP, since=now(), says=says)
            entry = records.journal.seal(told, event, 1)
            told = told.longer(entry, event)
            await records.archive.copy(entry)
    (place.folder / "work" / RUN / "knock-1").touch()
    await drive(place, RUN)  # It says how it is: Redis is behind.
    async with opened(place.workshop("act")) as records:
        shop = place.workshop("act")
        async with held(records.connection, shop.redis, f"lease:{RUN}", "w") as lease:
            assert lease is not None
            event = Waits(at=now(), step=STEP, since=now(), says="another word")
            entry = records.journal.seal(before, event, lease.epoch)
            await records.journal.append(before, entry, lease.epoch)
    history = await entered(place)
    assert history.entered is None
    assert len(history.entries) == len(before.entries) + 1
    said = await note(place)
    assert said is not None
    assert f"another event {len(history.entries)} of run {RUN} than Redis does" in said.says


async def test_a_run_in_somebodys_hands_is_not_entered(place: Place, valkey: Valkey) -> None:
    await halfway(place)
    valkey.admin().flushall()
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, f"lease:{RUN}", "a worker"):
        assert (await entered(place)).events == ()
    await connection.close()


async def test_runs_that_redis_lost_are_found_at_once_and_in_the_order_they_began(
    place: Place, valkey: Valkey
) -> None:
    for run in ("run-b", "run-a"):
        await place.ask(run)
        await look_at(place, run)
        await drive(place, run)
    valkey.admin().flushall()
    rounds = Rounds(place, valkey)
    assert await rounds.rung(now()) == {"history:run-b", "history:run-a"}
    assert rounds.in_order == ["run-b", "run-a"]
    for run in ("run-b", "run-a"):
        await entered(place, run)
    later = now() + timedelta(minutes=2)
    assert await rounds.rung(later) == set()
    assert await rounds.rung(later + timedelta(days=121)) == set()
    await rounds.connection.close()


async def test_what_is_under_way_is_not_held_up_by_history(place: Place, valkey: Valkey) -> None:
    names = [f"run-{number}" for number in range(3)]
    for run in names:
        await place.ask(run)
        await look_at(place, run)
        await drive(place, run)
    valkey.admin().flushall()
    await accepted(place)
    await begin_another(place)
    rounds = Rounds(place, valkey)
    rung = await rounds.rung(now())
    assert len([each for each in rung if each.startswith("history:")]) == 1
    await rounds.connection.close()


async def begin_another(place: Place) -> None:
    await place.ask("run-new", danger=Danger.DESTROYS)
    await look_at(place, "run-new")
