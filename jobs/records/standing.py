"""Where a run of the records stands for people: what nobody carries on any more never goes on."""

from dataclasses import replace
from typing import Final

from jobs.records.journal import Entered, History, is_open
from jobs.runs.state import AwaitsApproval, Ended, NoRun, Run, Running, Stopped, Undoing
from playbooks.core.trouble import Trouble

_LOST: Final = "Redis was lost or replaced while this run was under way"


def goes_on(history: History) -> bool:
    """Say if a worker may still carry this run on."""
    return history.entered is None and is_open(history.events)


def check_goes_on(history: History) -> None:
    """Raise Trouble for a run that is history: no worker would answer a press on it."""
    if history.entered is not None:
        raise Trouble(
            f"Run {history.run} is history: Redis was lost since, and nobody carries it on",
            left="pressing this changed nothing",
            do="read on its card where it stood, then ask again for a fresh look",
        )


def standing(history: History) -> Run | NoRun | None:
    """Give the state of a run; one that was open when Redis was lost stands still for good."""
    run = history.state
    if history.entered is None or not isinstance(run, Run):
        return run
    return _stands_still(run, history.entered)


def _stands_still(run: Run, entered: Entered) -> Run:
    do = _what_to_do(run)
    match run.stage:
        case Ended():
            return run
        case AwaitsApproval():
            return replace(run, stage=Ended("expired"), ended_at=entered.at)
        case Stopped() as stopped:
            now = f"{stopped.true_now}; Redis was lost since then, and nobody carries this run on"
            return replace(run, stage=replace(stopped, true_now=now, do=do))
        case Running() | Undoing() as before:
            says = run.at_step()
            now = f"{_how_far(run, says, before)}, and nobody carries it on"
            return replace(run, stage=Stopped(says, _LOST, now, do, before))


def _how_far(run: Run, says: str | None, stage: Running | Undoing) -> str:
    step = next((step for step in run.steps if step.says == says), None)
    if step is None:
        return "it stood after its last step"
    if step.status == "waits":
        return f"it was waiting at “{says}” ({step.note})"
    if not stage.unsure:
        return f"it stood before “{says}”"
    what = "taking back " if isinstance(stage, Undoing) else ""
    return f"{what}“{says}” had begun, nobody knows how far it came"


def _what_to_do(run: Run) -> str:
    held = " and ".join(f"`vault-responder release-lock {name}`" for name in run.planned.holds)
    free = f", free what this run holds with {held} as the worker" if held else ""
    return f"look at {run.planned.cluster} and at its balancer{free}, then press Ask again"
