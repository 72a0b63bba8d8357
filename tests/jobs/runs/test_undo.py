"""Undo takes back switches, the last one first, and stops where there is no way back."""

import pytest

from jobs.people import Button
from jobs.runs.state import Ended, Stopped, Undoing
from playbooks.core.step import CannotUndo, Instead
from tests.jobs.runs.deaths import once
from tests.jobs.runs.room import FIRST, SECOND, SEEN, THIRD, Died, Room, Stage, begun, playbook

NO_WAY_BACK = [
    (Instead("ask for `/vault restore copy-1`"), "ask for `/vault restore copy-1`"),
    (CannotUndo("light that was seen stays seen"), "light that was seen stays seen"),
]


async def stopped_at_the_last_step(third: Instead | CannotUndo) -> Stage:
    room = Room()
    stage = begun(room, playbook(room, third=third))
    await stage.carry_until(THIRD)
    room.lit.discard("second")
    await stage.to_rest()
    assert isinstance(stage.run.stage, Stopped)
    assert stage.run.stage.step == SEEN
    return stage


@pytest.mark.parametrize(("third", "says"), NO_WAY_BACK)
async def test_it_is_told_before_approval(third: Instead | CannotUndo, says: str) -> None:
    stage = begun(Room(), playbook(Room(), third=third))
    step = next(step for step in stage.run.planned.steps if step.says == THIRD)
    assert step.way_back is not None
    assert says in step.way_back


@pytest.mark.parametrize(("third", "says"), NO_WAY_BACK)
async def test_an_undo_is_refused_after_it_and_says_what_to_do_instead(
    third: Instead | CannotUndo, says: str
) -> None:
    stage = await stopped_at_the_last_step(third)
    stage.press(Button.UNDO)
    run = await stage.to_rest()
    assert says in run.refusals[-1].why
    assert isinstance(run.stage, Stopped)
    assert run.stage.step == SEEN
    assert not any(act.startswith("-") for act in stage.room.acts)


@pytest.mark.parametrize(("third", "says"), NO_WAY_BACK)
async def test_an_undo_passes_it_where_it_was_begun_and_nothing_happened(
    third: Instead | CannotUndo, says: str
) -> None:
    room = Room(fails={"third"})
    stage = begun(room, playbook(room, third=third))
    await stage.to_rest()
    stage.press(Button.UNDO)
    run = await stage.to_rest()
    assert run.stage == Ended("undone")
    assert says not in str(run.refusals)
    assert room.lit == {"second"}


@pytest.mark.parametrize(("third", "says"), NO_WAY_BACK)
async def test_after_a_refused_undo_the_run_can_still_go_on(
    third: Instead | CannotUndo, says: str
) -> None:
    stage = await stopped_at_the_last_step(third)
    stage.press(Button.UNDO)
    assert isinstance((await stage.to_rest()).stage, Stopped)
    stage.room.lit.add("second")
    stage.press(Button.TRY_AGAIN)
    assert (await stage.to_rest()).stage == Ended("done")
    assert says in str(stage.run.refusals)


async def test_undo_takes_back_the_last_step_first() -> None:
    room = Room(fails={"third"})
    stage = begun(room)
    await stage.to_rest()
    stage.press(Button.UNDO)
    run = await stage.to_rest()
    assert run.stage == Ended("undone")
    assert room.acts == ["first", "second", "third", "-first"]  # The third stayed dark.
    assert room.lit == {"second"}  # Its undo is harmless: nothing is left to take back.
    undone = [step.says for step in run.steps if step.status == "undone"]
    assert undone == [FIRST, SECOND, THIRD]


async def test_undo_is_written_down_before_it_acts() -> None:
    stage = begun(Room(fails={"second"}))
    await stage.to_rest()
    stage.press(Button.UNDO)
    stage.dies = lambda event, side: event.kind == "undo started" and side == "before"
    with pytest.raises(Died):
        await stage.carry()
    assert "-first" not in stage.room.acts


@pytest.mark.parametrize("side", ["before", "after"])
async def test_an_undo_ends_the_same_wherever_its_worker_dies(side: str) -> None:
    for place in range(1, 12):
        stage = begun(Room(fails={"third"}))
        await stage.to_rest()
        stage.press(Button.UNDO)
        stage.dies = once(place, side)
        assert (await stage.to_rest()).stage == Ended("undone")
        assert stage.room.lit == {"second"}


async def test_an_undo_that_does_not_take_stops_and_can_be_tried_again() -> None:
    stage = begun(Room(fails={"second"}, stuck={"first"}))
    await stage.to_rest()
    stage.press(Button.UNDO)
    run = await stage.to_rest()
    assert isinstance(run.stage, Stopped)
    assert isinstance(run.stage.before, Undoing)
    stage.room.stuck.clear()
    stage.press(Button.TRY_AGAIN)
    assert (await stage.to_rest()).stage == Ended("undone")


async def test_nothing_is_undone_by_itself() -> None:
    stage = begun(Room(fails={"third"}))
    for _ in range(3):
        await stage.to_rest()
    assert not any(act.startswith("-") for act in stage.room.acts)
