"""A step without a way back stops an undo, and says what there is instead."""

import pytest

from jobs.people import Button
from jobs.runs.state import Ended, Run, Stopped
from playbooks.core.step import CannotUndo, Instead
from tests.jobs.runs.room import SEEN, THIRD, Room, Stage, begun, playbook

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
async def test_an_undo_stops_at_it_and_takes_nothing_earlier_back(
    third: Instead | CannotUndo, says: str
) -> None:
    stage = await stopped_at_the_last_step(third)
    stage.press(Button.UNDO)
    run = await stage.to_rest()
    assert isinstance(run.stage, Stopped)
    assert run.stage.step == THIRD
    assert says in run.stage.true_now
    assert not any(act.startswith("-") for act in stage.room.acts)


@pytest.mark.parametrize(("third", "says"), NO_WAY_BACK)
async def test_trying_again_stops_there_again_and_leave_ends_it(
    third: Instead | CannotUndo, says: str
) -> None:
    stage = await stopped_at_the_last_step(third)
    for button in (Button.UNDO, Button.TRY_AGAIN):
        stage.press(button)
        assert isinstance((await stage.to_rest()).stage, Stopped)
    stage.press(Button.LEAVE)
    run: Run = await stage.to_rest()
    assert run.stage == Ended("left")
