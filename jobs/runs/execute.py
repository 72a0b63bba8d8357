"""Carry a run forward, one step at a time, writing down each event before going on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from jobs.people import People
from jobs.runs.events import (
    Event,
    Expired,
    Finished,
    StepDone,
    StepFailed,
    StepStarted,
    StepUndone,
    UndoStarted,
    Waits,
)
from jobs.runs.lifecycle import decide, replay
from jobs.runs.requests import Press
from jobs.runs.state import AwaitsApproval, Ended, Run, Running, StepState, Stopped, Undoing
from playbooks.core.plan import Plan
from playbooks.core.playbook import Playbook, say
from playbooks.core.step import (
    CannotUndo,
    Do,
    Harmless,
    Holds,
    Instead,
    NotYet,
    Prove,
    Step,
    WaitUntil,
)
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment
from playbooks.core.world.world import World

POLL: Final = timedelta(milliseconds=500)  # How often `verify` is asked while it may still settle.


class Outside(Protocol):
    """What carrying a run touches, besides the world of its steps."""

    @property
    def world(self) -> World:
        """The world of the steps."""
        ...

    @property
    def people(self) -> People:
        """Who may press what."""
        ...

    async def record(self, event: Event) -> None:
        """Write the event down. Raises if it was not, or if another worker drives this run."""
        ...

    async def presses(self) -> Iterable[Press]:
        """Read what people have pressed on this run so far, answered or not."""
        ...

    def may_go_on(self) -> bool:
        """False once this worker is to stop at the next step boundary."""
        ...

    async def pause(self, span: timedelta) -> None:
        """Wait before asking the world again."""
        ...


@dataclass
class Carrying:
    """One run in this worker's hands; `run` is replaced with every event that is written."""

    book: Playbook[Any, Any]
    plan: Plan
    run: Run
    outside: Outside
    events: list[Event]

    async def write(self, event: Event) -> None:
        """Write an event down and take it into account; it is tried before it is written."""
        after = replay([*self.events, event])
        await self.outside.record(event)
        self.events.append(event)
        if isinstance(after, Run):
            self.run = after

    def now(self) -> Moment:
        """The time, as the world tells it."""
        return self.outside.world.now()


async def carry_on(book: Playbook[Any, Any], events: list[Event], outside: Outside) -> Run:
    """Carry a run on until it ends, stops, waits, or this worker must let it go.

    Trouble stops the run and is written down; every other exception is a bug and rises.
    """
    run = replay(events)
    if not isinstance(run, Run):
        msg = "there is no run to carry on"
        raise TypeError(msg)
    plan = book.plan.model_validate(run.planned.plan)
    carrying = Carrying(book, plan, run, outside, events)
    while outside.may_go_on():
        await _hear(carrying)
        if not await _one_move(carrying):
            break
    return carrying.run


async def _hear(carrying: Carrying) -> None:
    for press in await carrying.outside.presses():
        if press.id not in carrying.run.answered:
            answer = decide(carrying.run, press, carrying.outside.people, carrying.now())
            await carrying.write(answer)


async def _one_move(carrying: Carrying) -> bool:
    """Make the next move; False where there is none to make now."""
    match carrying.run.stage:
        case AwaitsApproval():
            if carrying.now() >= carrying.run.planned.expires_at:
                await carrying.write(Expired(at=carrying.now()))
            return False
        case Stopped() | Ended():
            return False
        case Running(unsure=unsure):
            state = carrying.run.next_step()
            if state is None:
                await carrying.write(Finished(at=carrying.now(), outcome="done"))
                return False
            return await _forward(carrying, state, unsure=unsure)
        case Undoing(left=(), unsure=_):
            await carrying.write(Finished(at=carrying.now(), outcome="undone"))
            return False
        case Undoing(left=(says, *_), unsure=unsure):
            return await _backward(carrying, says, unsure=unsure)
        case _:
            return False


async def _forward(carrying: Carrying, state: StepState, *, unsure: bool) -> bool:
    step = dict(carrying.book.steps_of(carrying.plan))[state.says]
    already = False
    try:
        match step:
            case Prove():
                await _prove(carrying, step)
            case Do():
                already = await _do(carrying, step, state, unsure=unsure)
            case WaitUntil():
                if not await _wait(carrying, step, state):
                    return False
    except Trouble as trouble:
        await carrying.write(_failed(carrying, state.says, trouble))
        return False
    await carrying.write(StepDone(at=carrying.now(), step=state.says, already=already))
    return True


async def _prove(carrying: Carrying, step: Prove[Any]) -> None:
    if not await step.check(carrying.plan, carrying.outside.world):
        raise _does_not_hold(carrying, step)


async def _do(carrying: Carrying, step: Do[Any], state: StepState, *, unsure: bool) -> bool:
    already = await step.check(carrying.plan, carrying.outside.world)
    if not already:
        if unsure and step.if_interrupted == "ask":
            raise _nobody_knows(state.says)
        again = state.acts > 0
        await carrying.write(StepStarted(at=carrying.now(), step=state.says, again=again))
        await step.act(carrying.plan, carrying.outside.world)
    # Also where it was so already: a worker may have died between its act and its verification.
    await _settle(carrying, step)
    return already


async def _settle(carrying: Carrying, step: Do[Any]) -> None:
    give_up = carrying.now() + step.within
    while True:
        try:
            if await step.verify(carrying.plan, carrying.outside.world):
                return
            trouble = _does_not_hold(carrying, step)
        except Trouble as error:  # A node that just took a snapshot answers nothing for seconds.
            trouble = error
        if carrying.now() >= give_up:
            raise trouble
        await carrying.outside.pause(POLL)


async def _wait(carrying: Carrying, step: WaitUntil[Any], state: StepState) -> bool:
    try:
        answer = await step.check(carrying.plan, carrying.outside.world)
    except Trouble as trouble:  # What is waited for may be down meanwhile; the limit still counts.
        answer = NotYet(trouble.happened)
    if isinstance(answer, Holds):
        return True
    since = state.waits_since or carrying.now()
    if carrying.now() >= since + step.within:
        raise _does_not_hold(carrying, step)
    if state.status != "waits" or state.note != answer.says:
        at = carrying.now()
        await carrying.write(Waits(at=at, step=state.says, since=since, says=answer.says))
    return False


async def _backward(carrying: Carrying, says: str, *, unsure: bool) -> bool:
    step = dict(carrying.book.steps_of(carrying.plan))[says]
    already = False
    try:
        match step:
            case Do(undo=Harmless()):
                already = True
            case Do(undo=Instead(ask=ask)):
                raise _no_way_back(says, f"to go back, {say(ask, carrying.plan)}")
            case Do(undo=CannotUndo(reason=reason)):
                raise _no_way_back(says, say(reason, carrying.plan))
            case Do():
                already = await _take_back(carrying, step, says, unsure=unsure)
            case _:
                already = True
    except Trouble as trouble:
        await carrying.write(_failed(carrying, says, trouble))
        return False
    await carrying.write(StepUndone(at=carrying.now(), step=says, already=already))
    return True


async def _take_back(carrying: Carrying, step: Do[Any], says: str, *, unsure: bool) -> bool:
    if isinstance(step.undo, Harmless | Instead | CannotUndo):
        return True
    world = carrying.outside.world
    if not await step.check(carrying.plan, world):
        return True
    if unsure and step.if_interrupted == "ask":
        raise _nobody_knows(says)
    await carrying.write(UndoStarted(at=carrying.now(), step=says, again=unsure))
    await step.undo(carrying.plan, world)
    give_up = carrying.now() + step.within
    while await step.check(carrying.plan, world):
        if carrying.now() >= give_up:
            raise _does_not_hold(carrying, step)
        await carrying.outside.pause(POLL)
    return False


def _failed(carrying: Carrying, says: str, trouble: Trouble) -> StepFailed:
    return StepFailed(
        at=carrying.now(), step=says, happened=trouble.happened, left=trouble.left, do=trouble.do
    )


def _does_not_hold(carrying: Carrying, step: Step[Any]) -> Trouble:
    return Trouble(
        f"“{say(step.says, carrying.plan)}” does not hold",
        left="later steps were not begun",
        do=say(step.otherwise, carrying.plan),
    )


def _nobody_knows(says: str) -> Trouble:
    return Trouble(
        f"The worker died in the middle of “{says}”",
        left="nobody knows how far it got, and it was not repeated",
        do="look at the cluster, then press Try again, Undo or Leave",
    )


def _no_way_back(says: str, reason: str) -> Trouble:
    return Trouble(
        f"“{says}” cannot be undone",
        left=reason,
        do="press Leave, then decide with the owner of the cluster how to go on",
    )
