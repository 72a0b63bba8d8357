"""Laws of the locks that a run holds while it is under way."""

import json

from jobs.people import Button
from jobs.runs.events import Event, StepDone
from jobs.runs.state import Ended, Stopped
from jobs.work.drive import Driver
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import RUN, approve, begin, drive, look_at


async def test_the_locks_are_taken_before_the_first_step_and_freed_at_the_end(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)
    held_by: list[object] = []

    def watch(driver: Driver) -> None:
        record = driver.record

        async def watching(event: Event) -> None:
            if isinstance(event, StepDone):
                held_by.append((await driver.records.locks.last("cluster:toy")) is not None)
            await record(event)

        driver.record = watching  # type: ignore[method-assign]  # looks, then writes as before

    await drive(place, RUN, change=watch)
    assert held_by == [True] * 4
    assert await place.objects().list("locks/") == (
        "locks/cluster:toy/000001.freed.json",
        "locks/cluster:toy/000001.json",
    )


async def test_a_second_run_on_the_same_cluster_waits_for_the_first(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.ask("run-2", danger=Danger.DISRUPTS)
    await look_at(place, "run-2")  # Planned before the first one holds anything.
    await place.press(RUN, Button.APPROVE, "bob")
    await place.press("run-2", Button.APPROVE, "bob")
    await drive(place, RUN)
    await drive(place, "run-2")
    state = await place.state("run-2")
    assert isinstance(state.stage, Stopped)
    assert "Run run-1 holds cluster:toy" in state.stage.happened
    assert place.effects("run-2") == []
    for name in ("knock-1", "knock-2"):
        (place.folder / "work" / RUN / name).touch()
    await drive(place, RUN)
    await place.press("run-2", Button.TRY_AGAIN, "alice")
    await drive(place, "run-2")
    assert isinstance((await place.state("run-2")).stage, Ended)


async def test_a_lock_left_behind_by_an_ended_run_is_taken_over(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")

    def forget(driver: Driver) -> None:
        async def free(_name: str, _run: str) -> None:
            """Die before anything is freed."""

        driver.records.locks.free = free  # type: ignore[method-assign, assignment]  # the kill

    await drive(place, RUN, change=forget)
    await place.ask("run-2", danger=Danger.DISRUPTS)
    await look_at(place, "run-2")
    await place.press("run-2", Button.APPROVE, "bob")
    await drive(place, "run-2")
    assert isinstance((await place.state("run-2")).stage, Ended)
    lock = json.loads(await place.objects().get("locks/cluster:toy/000002.json") or b"")
    assert (lock["run"], lock["left_behind"]) == ("run-2", RUN)


async def test_a_run_whose_lock_was_taken_over_begins_nothing_more(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)

    def take_over(driver: Driver) -> None:
        record = driver.record

        async def taking(event: Event) -> None:
            await record(event)
            if isinstance(event, StepDone) and event.step == "Write one":
                await driver.records.locks.take("cluster:toy", "run-9", now(), over=RUN)

        driver.record = taking  # type: ignore[method-assign]  # another run takes over meanwhile

    await drive(place, RUN, change=take_over)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "does not hold cluster:toy any more" in state.stage.happened
    assert place.effects(RUN) == ["one"]


async def test_a_lock_of_a_run_that_nobody_knows_is_not_taken_over(place: Place) -> None:
    async with opened(place.workshop("act")) as records:
        await records.locks.take("cluster:toy", "run-9", now(), over=None)
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "Run run-9 holds cluster:toy" in state.stage.happened
