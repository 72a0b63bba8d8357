"""Laws of driving a run, with the real records and no process in between."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.people import Button
from jobs.records.lease import held
from jobs.runs.events import Event, StepDone, StepFailed, StepStarted, Waits
from jobs.runs.state import Ended, Running, Stopped
from jobs.work.drive import Driver
from playbooks.core.danger import Danger
from tests.jobs.bench import Place
from tests.jobs.work.hands import ALL, RUN, Died, approve, begin, dies_at, drive


async def test_a_run_that_only_reads_needs_nobody_and_holds_nothing(place: Place) -> None:
    await begin(place)
    await drive(place, RUN)
    assert isinstance((await place.state(RUN)).stage, Ended)
    assert place.effects(RUN) == ALL
    assert await place.objects().list("locks/") == ()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("kind", [StepStarted, StepDone])
@pytest.mark.parametrize("danger", [Danger.READS, Danger.DESTROYS])
async def test_a_run_whose_worker_died_ends_the_same(
    place: Place, kind: type[Event], danger: Danger, *, before: bool
) -> None:
    await begin(place, danger=danger)
    await approve(place)
    with pytest.raises(Died):
        await drive(place, RUN, change=dies_at(kind, before=before, step="Write two"))
    await drive(place, RUN)
    assert isinstance((await place.state(RUN)).stage, Ended)
    assert place.effects(RUN) == ALL


async def test_two_workers_on_one_run_and_one_drives(place: Place) -> None:
    await begin(place, pause=0.1)
    answers = await asyncio.gather(*(drive(place, RUN) for _ in range(4)))
    assert answers.count(True) == 1
    assert place.effects(RUN) == ALL


async def test_a_worker_that_lost_its_lease_begins_no_other_step(place: Place) -> None:
    await begin(place)

    def lose(driver: Driver) -> None:
        record = driver.record

        async def losing(event: Event) -> None:
            await record(event)
            driver.lease.lost = isinstance(event, StepDone) and event.step == "Write one"

        driver.record = losing  # type: ignore[method-assign]  # writes, then loses the lease

    await drive(place, RUN, change=lose)
    assert place.effects(RUN) == ["one"]
    assert isinstance((await place.state(RUN)).stage, Running)


async def test_already_so_is_still_verified(place: Place) -> None:
    await begin(place)
    for name in ("three", "one"):
        (place.folder / "work" / RUN / f"{name}.mark").touch()
    await drive(place, RUN)
    assert place.effects(RUN) == ["two", "verified three"]
    done = {step.says: step.already for step in (await place.state(RUN)).steps}
    assert done["Write three"]
    assert done["Write one"]
    assert not done["Write two"]


async def test_already_so_that_does_not_verify_stops_the_run(place: Place) -> None:
    await begin(place)
    for name in ("three.mark", "bad"):
        (place.folder / "work" / RUN / name).touch()
    await drive(place, RUN)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert state.stage.step == "Write three"


async def test_a_cancel_is_heard_between_two_steps(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")

    def cancel(driver: Driver) -> None:
        record = driver.record

        async def cancelling(event: Event) -> None:
            await record(event)
            if isinstance(event, StepStarted) and event.step == "Write two":
                await place.press(RUN, Button.CANCEL, "alice")

        driver.record = cancelling  # type: ignore[method-assign]  # presses a button meanwhile

    await drive(place, RUN, change=cancel)
    assert place.effects(RUN) == ["one", "two"]
    assert (await place.kinds(RUN))[-1] == "cancelled"
    # A stopped run keeps what it holds.
    assert await place.objects().list("locks/") == ("locks/cluster:toy/000001.json",)


async def test_undo_is_journaled_before_it_acts(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    await place.press(RUN, Button.CANCEL, "alice")
    await drive(place, RUN)
    await place.press(RUN, Button.UNDO, "bob")
    seen: list[list[str]] = []

    def watch(driver: Driver) -> None:
        record = driver.record

        async def watching(event: Event) -> None:
            await record(event)
            if event.kind == "undo started":
                seen.append(place.effects(RUN))

        driver.record = watching  # type: ignore[method-assign]  # writes, then looks

    await drive(place, RUN, change=watch)
    assert seen == [["one", "two"], ["one", "two", "undo two"]]
    assert place.effects(RUN) == ["one", "two", "undo two", "undo one"]
    assert (await place.state(RUN)).stage == Ended("undone")


async def test_waiting_gives_the_worker_back_and_its_limit_survives_restarts(
    place: Place,
) -> None:
    await begin(place, waits=True)
    await drive(place, RUN)
    folder: Path = place.folder / "work" / RUN
    [first] = [event for event in (await place.history(RUN)).events if isinstance(event, Waits)]
    assert first.says == "0 of 2 knocks"
    (folder / "knock-1").touch()
    await drive(place, RUN)
    await drive(place, RUN)
    waits = [event for event in (await place.history(RUN)).events if isinstance(event, Waits)]
    assert [(event.says, event.since) for event in waits] == [
        ("0 of 2 knocks", first.since),
        ("1 of 2 knocks", first.since),
    ]
    late = place.workshop("act")
    assert late.now() - first.since < timedelta(seconds=4)
    async with asyncio.timeout(8):
        while isinstance((await place.state(RUN)).stage, Running):
            await drive(place, RUN)
    [failed] = [e for e in (await place.history(RUN)).events if isinstance(e, StepFailed)]
    assert timedelta(seconds=4) <= failed.at - first.since < timedelta(seconds=6)
    # Try again begins a new wait; the run goes on as soon as it is over.
    (folder / "knock-2").touch()
    await place.press(RUN, Button.TRY_AGAIN, "alice")
    await drive(place, RUN)
    assert isinstance((await place.state(RUN)).stage, Ended)


async def test_a_run_in_other_hands_is_not_touched(place: Place) -> None:
    await begin(place)
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, f"lease:{RUN}", "other"):
        assert not await drive(place, RUN)
    await connection.close()
    assert await place.kinds(RUN) == ["planned"]


async def test_a_worker_that_is_told_to_stop_stops_between_two_steps(place: Place) -> None:
    await begin(place)
    await drive(place, RUN, stop=lambda: len(place.effects(RUN)) >= 1)
    assert place.effects(RUN) == ["one"]
    await drive(place, RUN)
    assert place.effects(RUN) == ALL
