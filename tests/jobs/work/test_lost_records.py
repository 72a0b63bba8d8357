"""Laws of what is done when Redis and the object store disagree."""

from dataclasses import replace
from typing import Any

import pytest

from jobs.people import Button
from jobs.records.board import Board
from jobs.records.journal import Entry
from jobs.runs.events import Event, StepDone, StepStarted
from jobs.runs.state import Ended, Stopped
from jobs.work.drive import Driver
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import ALL, RUN, Died, approve, begin, drive
from tests.servers import Valkey


async def test_a_destructive_step_is_in_the_store_before_it_is_in_redis(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)

    def die(driver: Driver) -> None:
        append = driver.records.journal.append

        async def dying(history: Any, entry: Entry, epoch: int) -> Any:
            if '"step started"' in entry.body:
                raise Died
            return await append(history, entry, epoch)

        driver.records.journal.append = dying  # type: ignore[method-assign]  # the kill

    with pytest.raises(Died):
        await drive(place, RUN, change=die)
    in_redis = len((await place.history(RUN)).entries)
    assert len(await place.objects().list(f"journal/{RUN}/")) == in_redis + 1
    assert place.effects(RUN) == []
    # The next driver adopts that very event and follows `if_interrupted`.
    orphan = await place.objects().get(f"journal/{RUN}/{in_redis + 1:06d}.json")
    await drive(place, RUN)
    history = await place.history(RUN)
    assert history.entries[in_redis].model_dump_json().encode() == orphan
    assert isinstance((await place.state(RUN)).stage, Ended)
    assert place.effects(RUN) == ALL


async def test_a_destructive_step_does_not_begin_while_the_store_is_away(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)

    def break_store(driver: Driver) -> None:
        for _ in range(1):
            (place.folder / "store" / "journal").rename(place.folder / "away")
            (place.folder / "store" / "journal").touch()  # No folder can be made here now.

    await drive(place, RUN, change=break_store)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "store" in state.stage.happened
    assert place.effects(RUN) == []


@pytest.mark.parametrize("wrong", ["previous", "kind", "signature"])
async def test_only_a_step_that_follows_redis_head_is_adopted(place: Place, wrong: str) -> None:
    await begin(place, waits=True)
    history = await place.history(RUN)
    async with opened(place.workshop("act")) as records:
        event: Event = StepStarted(at=now(), step="Write one", again=False)
        if wrong == "kind":
            event = StepDone(at=now(), step="Prove that the folder is there", already=False)
        base = replace(history, entries=(), events=()) if wrong == "previous" else history
        entry = records.journal.seal(base, event, 1)
        if wrong == "previous":
            entry = entry.model_copy(update={"number": 2})
        if wrong == "signature":
            entry = entry.model_copy(update={"signature": "AAAA"})
    await place.objects().create(f"journal/{RUN}/000002.json", entry.model_dump_json().encode())
    assert not await drive(place, RUN)
    assert await place.kinds(RUN) == ["planned"]
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    why = "is not signed" if wrong == "signature" else "The object store knows another event"
    assert why in note.says


async def test_a_store_that_is_ahead_by_more_than_one_stops_every_worker(
    place: Place, valkey: Valkey
) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    admin = valkey.admin()
    entries: Any = admin.xrange(f"journal:{RUN}")
    for id, _ in entries[3:]:
        admin.xdel(f"journal:{RUN}", id)
    admin.hset(f"run:{RUN}", mapping={"length": 3, "head": entries[2][1]["hash"]})
    assert not await drive(place, RUN)
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "Redis has lost what happened" in note.says
    assert len((await place.history(RUN)).entries) == 3


async def test_no_run_goes_on_by_itself_on_another_redis(place: Place, valkey: Valkey) -> None:
    await begin(place, waits=True)
    await drive(place, RUN)
    valkey.admin().set("generation", "another")
    before = await place.kinds(RUN)
    assert not await drive(place, RUN)
    assert await place.kinds(RUN) == before
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "not the one that the object store knows" in note.says


async def test_an_altered_journal_stops_every_worker(place: Place, valkey: Valkey) -> None:
    await begin(place, waits=True)
    await drive(place, RUN)
    valkey.admin().xadd(f"journal:{RUN}", {"body": "forged"})
    assert not await drive(place, RUN)
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "Event" in note.says
