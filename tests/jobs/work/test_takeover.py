"""Laws of taking a cluster over from a Redis that is gone, and from whoever still works with it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from deploy.redis_users import USERS
from jobs.people import Button
from jobs.records.board import Board
from jobs.records.journal import Entry, History
from jobs.records.keys import make_key, ring_of
from jobs.records.locks import Locks
from jobs.runs.events import StepStarted
from jobs.runs.lifecycle import replay
from jobs.runs.state import Ended, Run, Stopped
from jobs.work.drive import Driver
from jobs.work.history import enter_run
from jobs.work.takeover import all_is_kept, take_over, what_stands
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from playbooks.core.trouble import Trouble
from tests.jobs.bench import Place, now
from tests.jobs.processes import horses, running, wait_for
from tests.jobs.work.hands import ALL, RUN, approve, begin, drive, look_at
from tests.servers import Valkey

CLUSTER: Final = "toy"
NEXT: Final = "run-2"


@pytest.fixture
def here(place: Place, own_valkey: Valkey) -> Place:
    """The same keys and the same store, with another Redis."""
    return Place(place.folder, {user: own_valkey.url(user) for user in USERS})


async def taken_over(place: Place) -> str:
    shop = place.workshop("act")
    async with opened(shop) as records:
        return await take_over(shop, records, CLUSTER)


async def stands(place: Place) -> str:
    shop = place.workshop("act")
    async with opened(shop) as records:
        return await what_stands(records, CLUSTER)


async def run_next(place: Place) -> Run:
    """Ask, approve twice, carry out."""
    await place.ask(NEXT, danger=Danger.DESTROYS)
    await look_at(place, NEXT)
    await place.press(NEXT, Button.APPROVE, "bob")
    await place.press(NEXT, Button.APPROVE, "carol")
    await drive(place, NEXT)
    return await place.state(NEXT)


def at_step(step: str, moment: str, do: Callable[[], Awaitable[Any]]) -> Callable[[Driver], None]:
    """Do something at one moment of how a driver begins a step."""

    def is_it(body: str) -> bool:
        return '"step started"' in body and step in body

    def change(driver: Driver) -> None:
        record, put = driver.record, driver.records.archive.put
        append = driver.records.journal.append

        async def recording(event: Any) -> None:
            begins = isinstance(event, StepStarted) and event.step == step
            if moment == "before it is checked" and begins:
                await do()
            await record(event)

        async def putting(entry: Entry, history: History) -> Entry:
            if moment == "before it is in the store" and is_it(entry.body):
                await do()
            return await put(entry, history)

        async def appending(history: History, entry: Entry, epoch: int) -> History:
            if moment == "before it is in Redis" and is_it(entry.body):
                await do()
            return await append(history, entry, epoch)

        driver.record = recording  # type: ignore[method-assign]  # the moment
        driver.records.archive.put = putting  # type: ignore[method-assign]  # as above
        driver.records.journal.append = appending  # type: ignore[method-assign]  # as above

    return change


@pytest.mark.parametrize(
    "moment", ["before it is checked", "before it is in the store", "before it is in Redis"]
)
async def test_a_worker_of_the_old_redis_begins_no_step_after_a_take_over(
    place: Place, here: Place, moment: str
) -> None:
    said: list[str] = []

    async def take() -> None:
        said.append(await taken_over(here))

    await begin(place, danger=Danger.DESTROYS)
    await approve(place)
    await drive(place, RUN, change=at_step("Write two", moment, take))
    assert place.effects(RUN) == ["one"]
    stopped = (await place.state(RUN)).stage
    assert isinstance(stopped, Stopped)
    assert "does not hold cluster:toy any more" in stopped.happened
    # Whoever took over was told how far it came, by the word of the store at that moment.
    begun = "“Write two” had begun, and nobody knows how far it came"
    assert (begun in said[0]) is (moment == "before it is in Redis")
    assert f"taken over from run {RUN}" in said[0]
    assert isinstance((await run_next(here)).stage, Ended)
    assert here.effects(NEXT) == ALL


async def test_a_frozen_worker_of_the_old_redis_never_acts_again(place: Place, here: Place) -> None:
    await begin(place, danger=Danger.DESTROYS, pause=0.5)
    await approve(place)
    with running(place, "act") as [worker]:
        async with opened(place.workshop("act")) as records:
            await records.bell.ring_act(RUN)
        await asyncio.to_thread(wait_for, lambda: place.effects(RUN) == ["one", "two"])
        [horse] = horses(worker)
        horse.suspend()
        said = await taken_over(here)
        assert "“Write two” had begun" in said
        assert isinstance((await run_next(here)).stage, Ended)
        horse.resume()
        await asyncio.to_thread(wait_for, lambda: not horses(worker))
    assert place.effects(RUN) == ["one", "two"]
    last = (await place.history(RUN)).events[-1]
    assert last.kind == "step failed", last
    assert not await drive(place, RUN), "the generation of the old Redis still counts"
    async with opened(place.workshop("act")) as records:
        note = await Board(records.connection).note(RUN)
    assert note is not None
    assert "Redis is not the one that the object store knows" in note.says


async def test_a_run_left_behind_never_goes_on_even_when_its_redis_is_accepted(
    place: Place, here: Place
) -> None:
    """Its Redis was only out of reach: in there the run is still under way, and approved."""
    await begin(place, danger=Danger.DESTROYS, waits=True)
    await approve(place)
    await drive(place, RUN)
    assert place.effects(RUN) == ["one", "two"]
    await taken_over(here)
    assert isinstance((await run_next(here)).stage, Ended)
    async with opened(place.workshop("act")) as records:
        await records.generation.accept()
    for knock in ("knock-1", "knock-2"):
        (place.folder / "work" / RUN / knock).touch()
    await drive(place, RUN)
    assert place.effects(RUN) == ["one", "two"]
    async with opened(place.workshop("act")) as records:
        note = await Board(records.connection).note(RUN)
    assert note is not None
    assert "was left behind" in note.says


async def test_the_history_of_the_run_left_behind_holds_nothing(place: Place, here: Place) -> None:
    await begin(place, danger=Danger.DESTROYS, waits=True)
    await approve(place)
    await drive(place, RUN)
    await taken_over(here)
    shop = here.workshop("act")
    async with opened(shop) as records:
        await enter_run(shop, records, RUN)
    assert (await here.history(RUN)).entered is not None
    assert isinstance((await run_next(here)).stage, Ended)


async def test_a_second_take_over_fences_the_first(place: Place, here: Place) -> None:
    await taken_over(here)
    await here.ask(RUN, danger=Danger.DESTROYS)
    await look_at(here, RUN)
    await approve(here)

    async def take() -> None:
        assert f"taken over from run {RUN}" in await taken_over(place)

    await drive(here, RUN, change=at_step("Write two", "before it is checked", take))
    assert here.effects(RUN) == ["one"]
    assert not await drive(here, RUN)
    assert isinstance((await run_next(place)).stage, Ended)


async def test_of_two_take_overs_at_once_one_counts(place: Place, here: Place) -> None:
    await begin(place, danger=Danger.DESTROYS, waits=True)
    await approve(place)
    await drive(place, RUN)
    answers = await asyncio.gather(taken_over(place), taken_over(here), return_exceptions=True)
    assert all(isinstance(answer, str | Trouble) for answer in answers), answers
    counts = []
    for each in (place, here):
        async with opened(each.workshop("act")) as records:
            try:
                await records.generation.check()
            except Trouble:
                continue
            counts.append(each)
    assert len(counts) == 1
    await taken_over(counts[0])
    assert isinstance((await run_next(counts[0])).stage, Ended)


async def test_what_stands_is_told_before_anything_is_changed(place: Place, here: Place) -> None:
    assert await stands(here) == "No run holds toy."
    await begin(place, danger=Danger.DESTROYS, waits=True)
    await approve(place)
    await drive(place, RUN)
    said = await stands(here)
    assert f"Run {RUN} holds toy since" in said
    assert "waited: 0 of 2 knocks" in said
    async with opened(place.workshop("act")) as records:
        await records.generation.check()
    assert "was left behind" in await taken_over(here)
    assert await stands(here) == "No run holds toy."


async def test_a_lock_that_no_worker_signed_is_taken_over_too(place: Place, here: Place) -> None:
    foreign = make_key(place.folder / "foreign.key")
    async with opened(place.workshop("act")) as records:
        locks = Locks(records.connection, place.objects(), ring_of([foreign.public], []), foreign)
        await locks.take("cluster:toy", "run-forged", now(), over=None)
    assert "taken over from run run-forged" in await taken_over(here)
    assert isinstance((await run_next(here)).stage, Ended)


async def test_the_whole_record_is_in_the_store_at_the_end(place: Place) -> None:
    await begin(place)
    await drive(place, RUN)
    history = await place.history(RUN)
    assert isinstance(replay(history.events), Run)
    kept = place.folder / "store" / "journal" / RUN / "000003.json"
    kept.unlink()
    shop = place.workshop("act")
    async with opened(shop) as records:
        assert RUN in await all_is_kept(shop, records)
    assert kept.exists()
    kept.unlink()
    kept.parent.rename(place.folder / "away")
    kept.parent.touch()  # No folder can be made here now.
    async with opened(shop) as records:
        with pytest.raises(Trouble):
            await all_is_kept(shop, records)


async def test_a_run_left_behind_between_its_reading_and_its_locks_does_not_go_on(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)
    await drive(place, RUN, stop=lambda: bool(place.effects(RUN)))
    said: list[str] = []

    def taken_over_just_before_its_locks(driver: Driver) -> None:
        take_locks = driver._take_locks

        async def late() -> Trouble | None:
            said.append(await taken_over(place))
            return await take_locks()

        driver._take_locks = late  # type: ignore[method-assign]  # the moment

    await drive(place, RUN, change=taken_over_just_before_its_locks)
    assert "was left behind" in said[0]
    assert place.effects(RUN) == ["one"]
    assert await stands(place) == f"No run holds {CLUSTER}."
