"""How a run is carried: every event before its consequence, wherever a worker dies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jobs.people import Button
from jobs.runs.events import StepDone, StepFailed, StepStarted, Waits
from jobs.runs.state import Ended, Running, Stopped
from playbooks.core.danger import Danger
from playbooks.core.plan import Plan
from playbooks.core.step import Do, Step, prove
from playbooks.core.world.world import World
from tests.jobs.runs.deaths import at, once
from tests.jobs.runs.room import (
    EMPTY,
    FIRST,
    SECOND,
    STEPS,
    WATCHED,
    Died,
    Room,
    begin,
    begun,
    playbook,
)


async def test_a_run_goes_from_its_first_step_to_its_end() -> None:
    stage = begun()
    run = await stage.to_rest()
    assert run.stage == Ended("done")
    assert [step.status for step in run.steps] == ["done"] * len(STEPS)
    assert stage.room.acts == ["first", "second", "third"]


async def test_a_playbook_that_only_reads_needs_nobody() -> None:
    room = Room()
    stage = begin(room, playbook(room, danger=Danger.READS))
    assert (await stage.to_rest()).stage == Ended("done")


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_run_ends_the_same_wherever_its_worker_dies(side: str) -> None:
    whole = begun()
    await whole.to_rest()
    for place in range(2, len(whole.events) + 1):
        stage = begun()
        stage.dies = once(place, side)
        run = await stage.to_rest()
        while isinstance(run.stage, Stopped):  # The second lamp asks, and people look.
            assert "died in the middle" in run.stage.happened
            stage.press(Button.TRY_AGAIN)
            run = await stage.to_rest()
        assert run.stage == Ended("done")
        assert stage.room.lit == {"first", "second", "third"}


async def test_an_act_is_written_down_before_it_happens() -> None:
    stage = begun()
    stage.dies = at(StepStarted, FIRST, "before")
    with pytest.raises(Died):
        await stage.carry()
    assert stage.room.acts == []


async def test_a_worker_that_died_after_an_act_leaves_no_second_one() -> None:
    stage = begun()
    stage.dies = at(StepDone, FIRST, "before")
    assert (await stage.to_rest()).stage == Ended("done")
    assert stage.room.acts.count("first") == 1


async def test_an_act_that_may_have_run_is_announced_when_it_runs_again() -> None:
    stage = begun()
    stage.dies = at(StepStarted, FIRST)
    await stage.to_rest()
    starts = [e for e in stage.events if isinstance(e, StepStarted) and e.step == FIRST]
    assert [start.again for start in starts] == [False, True]


async def test_an_interrupted_act_that_must_not_be_repeated_asks() -> None:
    stage = begun()
    stage.dies = at(StepStarted, SECOND)
    run = await stage.to_rest()
    assert isinstance(run.stage, Stopped)
    assert run.stage.step == SECOND
    assert "second" not in stage.room.acts
    stage.press(Button.TRY_AGAIN)
    assert (await stage.to_rest()).stage == Ended("done")
    assert stage.room.acts.count("second") == 1


async def test_acting_twice_equals_acting_once() -> None:
    room = Room()
    book = playbook(room)

    def doubled(step: Step[Plan]) -> Step[Plan]:
        if not isinstance(step, Do):
            return step
        act = step.act

        async def twice(plan: Plan, world: World) -> None:
            await act(plan, world)
            await act(plan, world)

        return replace(step, act=twice)

    stage = begun(room, replace(book, steps=tuple(doubled(step) for step in book.steps)))
    assert (await stage.to_rest()).stage == Ended("done")
    assert room.lit == {"first", "second", "third"}


async def test_what_is_so_already_is_not_done_again() -> None:
    room = Room(lit={"first"})
    stage = begun(room)
    await stage.to_rest()
    assert "first" not in room.acts
    done = next(e for e in stage.events if isinstance(e, StepDone) and e.step == FIRST)
    assert done.already


async def test_what_is_so_already_is_still_verified() -> None:
    room = Room(lit={"first"})
    book = playbook(room)

    async def never(plan: Plan, world: World) -> bool:
        return False

    doubted = tuple(
        replace(step, verify=never) if isinstance(step, Do) and step.says == FIRST else step
        for step in book.steps
    )
    run = await begun(room, replace(book, steps=doubted)).to_rest()
    assert isinstance(run.stage, Stopped)
    assert (run.stage.step, room.acts) == (FIRST, [])


async def test_a_change_that_cannot_be_verified_stops_the_run() -> None:
    room = Room(dark={"first"})
    stage = begun(room)
    before = stage.toy.clock
    run = await stage.to_rest()
    assert isinstance(run.stage, Stopped)
    assert run.stage.step == FIRST
    assert stage.toy.clock - before >= timedelta(seconds=2)  # It was given its time.
    assert room.acts == ["first"]


async def test_a_prove_that_does_not_hold_stops_before_any_change_and_says_what_to_do() -> None:
    stage = begun(Room(empty=False))
    run = await stage.to_rest()
    assert isinstance(run.stage, Stopped)
    assert (run.stage.step, run.stage.do) == (EMPTY, "send everybody out, then press Try again")
    assert stage.room.acts == []


async def test_trouble_stops_the_run_with_its_three_sentences() -> None:
    stage = begun(Room(fails={"second"}))
    run = await stage.to_rest()
    assert isinstance(run.stage, Stopped)
    said = (run.stage.happened, run.stage.true_now, run.stage.do)
    assert said == ("The second lamp broke", "it is dark", "change it")


async def test_a_stopped_run_stays_stopped_until_somebody_presses() -> None:
    stage = begun(Room(fails={"second"}))
    await stage.to_rest()
    before = len(stage.events)
    stage.room.fails.clear()
    await stage.to_rest()
    assert len(stage.events) == before


async def test_try_again_goes_on_with_the_step_that_failed() -> None:
    stage = begun(Room(fails={"second"}))
    await stage.to_rest()
    stage.room.fails.clear()
    stage.press(Button.TRY_AGAIN, "UALICE")
    assert (await stage.to_rest()).stage == Ended("done")
    assert stage.room.acts == ["first", "second", "second", "third"]


async def test_a_wait_gives_the_worker_back_and_tells_only_what_changed() -> None:
    stage = begun(Room(watchers=0))
    for watchers in (0, 0, 1, 1):
        stage.room.watchers = watchers
        run = await stage.carry()
        assert run.stage == Running()
    waits = [event.says for event in stage.events if isinstance(event, Waits)]
    assert waits == ["0 of 2 people", "1 of 2 people"]


async def test_the_limit_of_a_wait_counts_from_the_first_one_across_workers() -> None:
    stage = begun(Room(watchers=0))
    await stage.carry()
    began = stage.toy.clock
    stage.room.watchers = 1  # What it says changes, and the limit does not begin anew.
    stage.toy.clock = began + timedelta(minutes=9)
    assert (await stage.carry()).stage == Running()
    stage.toy.clock = began + timedelta(minutes=10)
    run = await stage.carry()
    assert isinstance(run.stage, Stopped)
    assert (run.stage.step, run.stage.do) == (WATCHED, "call somebody, then press Try again")
    assert {event.since for event in stage.events if isinstance(event, Waits)} == {began}


async def test_try_again_gives_a_wait_its_whole_time_again() -> None:
    stage = begun(Room(watchers=0))
    assert isinstance((await stage.to_rest()).stage, Stopped)
    stage.press(Button.TRY_AGAIN)
    assert (await stage.carry()).stage == Running()
    stage.room.watchers = 2
    assert (await stage.to_rest()).stage == Ended("done")


async def test_a_cancel_comes_between_two_steps_and_stops_the_run() -> None:
    stage = begun(Room(watchers=0))
    await stage.carry()
    stage.press(Button.CANCEL, "UALICE")
    run = await stage.to_rest()
    assert isinstance(run.stage, Stopped)
    assert run.stage.cancelled
    assert stage.room.acts == ["first", "second"]


async def test_a_cancel_before_the_first_change_ends_the_run() -> None:
    stage = begin()
    stage.press(Button.CANCEL, "UALICE")
    assert (await stage.to_rest()).stage == Ended("cancelled")


async def test_leave_ends_a_stopped_run_as_it_is() -> None:
    stage = begun(Room(fails={"third"}))
    await stage.to_rest()
    stage.press(Button.LEAVE)
    assert (await stage.to_rest()).stage == Ended("left")
    assert stage.room.lit == {"first", "second"}


async def test_a_worker_that_must_go_stops_at_the_next_step() -> None:
    stage = begun()
    moves = iter([True, True, False])
    stage.goes_on = lambda: next(moves)
    run = await stage.carry()
    assert run.stage == Running()
    assert [step.status for step in run.steps][:3] == ["done", "done", "todo"]
    stage.goes_on = lambda: True
    assert (await stage.to_rest()).stage == Ended("done")


async def test_a_fault_of_our_own_rises_to_the_worker() -> None:
    room = Room()
    book = playbook(room)

    async def faulty(plan: Plan, world: World) -> bool:
        raise ZeroDivisionError

    first = prove(EMPTY, faulty, otherwise="nothing helps")
    stage = begun(room, replace(book, steps=(first, *book.steps[1:])))
    with pytest.raises(ZeroDivisionError):
        await stage.carry()
    assert not any(isinstance(event, StepFailed) for event in stage.events)
