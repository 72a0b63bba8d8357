"""Take one step back: itself a step, written down first, verified, and stopped by Trouble."""

from dataclasses import replace
from typing import Any

from jobs.runs.carrying import POLL, Carrying, failed, is_so, nobody_knows, settle
from jobs.runs.events import StepUndone, UndoStarted
from playbooks.core.plan import Plan
from playbooks.core.playbook import way_back
from playbooks.core.step import CannotUndo, Check, Do, Harmless, Instead
from playbooks.core.trouble import Trouble
from playbooks.core.world.world import World


async def take_back(carrying: Carrying, says: str, *, unsure: bool) -> bool:
    """Undo one step; False where that stopped the run."""
    step = dict(carrying.book.steps_of(carrying.plan))[says]
    already = False
    try:
        match step:
            case Do(undo=Harmless()):
                already = True
            case Do(undo=Instead() | CannotUndo()):
                already = await _never_happened(carrying, step, says)
            case Do():
                already = await _switch_back(carrying, step, says, unsure=unsure)
            case _:
                already = True
    except Trouble as trouble:
        await carrying.write(failed(carrying, says, trouble))
        return False
    await carrying.write(StepUndone(at=carrying.now(), step=says, already=already))
    return True


async def _never_happened(carrying: Carrying, step: Do[Any], says: str) -> bool:
    """True where the act was begun and changed nothing; raises where there is something to undo.

    What was accepted may show only after a while, so it is watched for as long as it may take.
    """
    state = next(state for state in carrying.run.steps if state.says == says)
    begun = state.ended_at or state.started_at or carrying.now()
    while True:
        if await step.check(carrying.plan, carrying.outside.world):
            raise _no_way_back(says, way_back(step, carrying.plan) or "")
        if carrying.now() >= begun + step.within:
            return True
        await carrying.outside.pause(POLL)


async def _switch_back(carrying: Carrying, step: Do[Any], says: str, *, unsure: bool) -> bool:
    if isinstance(step.undo, Harmless | Instead | CannotUndo):
        return True
    world = carrying.outside.world
    if not await is_so(carrying, step, says, unsure=unsure):
        return True
    if unsure and step.if_interrupted == "ask":
        raise nobody_knows(says)
    await carrying.write(UndoStarted(at=carrying.now(), step=says, again=unsure))
    await step.undo(carrying.plan, world)
    await settle(carrying, replace(step, verify=_turned_round(step)))
    return False


def _turned_round(step: Do[Any]) -> Check[Any]:
    async def is_not_so(plan: Plan, world: World) -> bool:
        return not await step.check(plan, world)

    return is_not_so


def _no_way_back(says: str, reason: str) -> Trouble:
    return Trouble(
        f"“{says}” cannot be undone",
        left=reason,
        do="press Leave, then decide with the owner of the cluster how to go on",
    )
