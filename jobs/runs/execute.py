"""Carry a run forward, one step at a time, writing down each event before going on."""

from typing import Any

from jobs.runs.carrying import (
    Carrying,
    Outside,
    answer,
    does_not_hold,
    failed,
    is_so,
    nobody_knows,
    settle,
)
from jobs.runs.events import Event, Expired, Finished, StepDone, StepStarted, Waits
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Ended, Run, Running, StepState, Stopped, Undoing
from jobs.runs.undo import take_back
from playbooks.core.playbook import Playbook, say
from playbooks.core.step import Do, Holds, NotYet, Prove, WaitUntil
from playbooks.core.trouble import Trouble


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
            now = carrying.now()
            await carrying.write(await answer(carrying.outside, carrying.run, press, now))


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
            return await take_back(carrying, says, unsure=unsure)
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
        await carrying.write(failed(carrying, state.says, trouble))
        return False
    await carrying.write(StepDone(at=carrying.now(), step=state.says, already=already))
    return True


async def _prove(carrying: Carrying, step: Prove[Any]) -> None:
    try:
        holds = await step.check(carrying.plan, carrying.outside.world)
    except Trouble as trouble:
        if trouble.do:
            raise
        do = say(step.otherwise, carrying.plan)
        raise Trouble(trouble.happened, left=trouble.left, do=do) from trouble
    if not holds:
        raise does_not_hold(carrying, step)


async def _do(carrying: Carrying, step: Do[Any], state: StepState, *, unsure: bool) -> bool:
    already = await is_so(carrying, step, state.says, unsure=unsure)
    if not already:
        if unsure and step.if_interrupted == "ask":
            raise nobody_knows(state.says)
        again = state.acts > 0
        await carrying.write(StepStarted(at=carrying.now(), step=state.says, again=again))
        await step.act(carrying.plan, carrying.outside.world)
    # Also where it was so already: a worker may have died between its act and its verification.
    await settle(carrying, step)
    return already


async def _wait(carrying: Carrying, step: WaitUntil[Any], state: StepState) -> bool:
    try:
        answer = await step.check(carrying.plan, carrying.outside.world)
    except Trouble as trouble:  # What is waited for may be down meanwhile; the limit still counts.
        answer = NotYet(trouble.happened)
    if isinstance(answer, Holds):
        return True
    since = state.waits_since or carrying.now()
    if carrying.now() >= since + step.within:
        raise does_not_hold(carrying, step)
    if state.status != "waits" or state.note != answer.says:
        at = carrying.now()
        await carrying.write(Waits(at=at, step=state.says, since=since, says=answer.says))
    return False
