"""Whatever people press and however steps go, the engine never writes what it cannot read."""

import random
from datetime import timedelta

import pytest

from jobs.people import Button, Standing, Who
from jobs.runs.events import Approved, Event, Finished
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Ended, Run, Stopped
from playbooks.core.step import CannotUndo, Harmless, Instead
from tests.jobs.runs.room import Died, Room, Stage, begin, playbook

ACCOUNTS = ("UALICE", "UBOB", "UBOBTWO", "UCAROL", "UDAVE", "UEVE")
STANDINGS: tuple[Standing, ...] = ("member",) * 12 + ("guest", "stranger", "deleted", "bot")
THIRDS = (None, Harmless(), Instead("ask again"), CannotUndo("it was seen"))
# How often each is pressed.
WEIGHTS = {
    Button.APPROVE: 6,
    Button.DENY: 1,
    Button.CANCEL: 1,
    Button.TRY_AGAIN: 5,
    Button.UNDO: 3,
    Button.LEAVE: 1,
    Button.ASK_AGAIN: 1,
    Button.WITHDRAW: 1,
    Button.BREAK_GLASS: 1,
}
LAMPS = ("first", "second", "third")


def some_press(stage: Stage, chance: random.Random) -> None:
    account = chance.choice(ACCOUNTS)
    changes: dict[str, object] = {
        "who": Who(id=account, standing=chance.choice(STANDINGS)),
        "reason": chance.choice(("", "no")),
    }
    if chance.random() < 0.05:
        changes["digest"] = "0" * 64
    if stage.pressed and chance.random() < 0.1:
        changes["id"] = chance.choice(stage.pressed).id  # Slack delivers it once more.
    stage.press(chance.choices(list(WEIGHTS), [*WEIGHTS.values()])[0], account, **changes)


def some_weather(stage: Stage, chance: random.Random) -> None:
    room = stage.room
    room.empty = chance.random() < 0.9
    room.watchers = chance.choice((0, 1, 2, 2))
    room.fails = {lamp for lamp in LAMPS if chance.random() < 0.15}
    room.dark = {lamp for lamp in LAMPS if chance.random() < 0.1}
    room.stuck = {lamp for lamp in LAMPS if chance.random() < 0.1}
    if chance.random() < 0.1:
        room.lit ^= {chance.choice(LAMPS)}  # Somebody else was here.
    stage.toy.clock += timedelta(seconds=chance.choice((1, 20, 400, 1_500)))


async def walk(seed: int) -> Stage:
    chance = random.Random(seed)
    room = Room()
    stage = begin(room, playbook(room, third=chance.choice(THIRDS)))
    stage.dies = lambda _event, _side: chance.random() < 0.06
    for _ in range(40):
        if chance.random() < 0.6:
            some_press(stage, chance)
        some_weather(stage, chance)
        try:
            await stage.carry()
        except Died:
            continue
    return stage


def prefixes(stage: Stage) -> list[tuple[list[Event], Run]]:
    found = []
    for place in range(1, len(stage.events) + 1):
        run = replay(stage.events[:place])
        assert isinstance(run, Run)
        found.append((stage.events[:place], run))
    return found


@pytest.mark.parametrize("seed", range(60))
async def test_every_walk_ends_or_stops_and_people_can_always_end_it(seed: int) -> None:
    stage = await walk(seed)
    stage.dies = lambda _event, _side: False
    stage.room.watchers = 0
    run = await stage.to_rest()
    for _ in range(3):
        if isinstance(run.stage, AwaitsApproval):
            stage.press(Button.DENY, "UDAVE")
        elif isinstance(run.stage, Stopped):
            stage.press(Button.LEAVE, "UDAVE")
        run = await stage.to_rest()
    assert isinstance(run.stage, Ended)


@pytest.mark.parametrize("seed", range(60))
async def test_no_walk_breaks_a_rule(seed: int) -> None:
    stage = await walk(seed)
    for events, run in prefixes(stage):
        approvers = {event.press.by for event in events if isinstance(event, Approved)}
        if run.acted() or run.started_at:
            assert len(approvers) >= 2
        assert "alice" not in approvers
    ends = [event for event in stage.events if isinstance(event, Finished)]
    assert len(ends) <= 1
    answers = [press.id for event in stage.events if (press := getattr(event, "press", None))]
    assert len(answers) == len({*answers})


@pytest.mark.parametrize("seed", range(40))
async def test_the_lamps_are_as_the_journal_says(seed: int) -> None:
    """Without strangers in the room, an act happens only after its start was written down."""
    chance = random.Random(seed)
    stage = begin(Room())
    stage.dies = lambda _event, _side: chance.random() < 0.1
    stage.approve()
    for _ in range(30):
        stage.room.fails = {lamp for lamp in LAMPS if chance.random() < 0.2}
        stage.room.watchers = chance.choice((1, 2))
        if isinstance(stage.run.stage, Stopped):
            stage.press(chance.choice((Button.TRY_AGAIN, Button.UNDO)), "UBOB")
        try:
            await stage.carry()
        except Died:
            continue
        finally:
            starts = stage.kinds().count("step started")
            assert len([act for act in stage.room.acts if act in LAMPS]) <= starts
            undos = stage.kinds().count("undo started")
            assert len([act for act in stage.room.acts if act not in LAMPS]) <= undos
