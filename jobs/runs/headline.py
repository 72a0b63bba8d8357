"""Where a run stands, in a few words: the same in Slack, at a terminal and in the report."""

from typing import Final, assert_never

from jobs.runs.state import (
    AwaitsApproval,
    Ended,
    NoRun,
    Outcome,
    Run,
    Running,
    StepState,
    Stopped,
    Undoing,
)
from jobs.runs.statement import what
from playbooks.core.spans import in_words

_ENDED: Final[dict[Outcome, tuple[str, str]]] = {
    "done": ("white_check_mark", "done"),
    "undone": ("leftwards_arrow_with_hook", "undone"),
    "left": ("warning", "left as it is"),
    "cancelled": ("no_entry_sign", "cancelled, nothing was changed"),
    "denied": ("no_entry_sign", "denied, nothing was changed"),
    "expired": ("hourglass", "expired, nothing was changed"),
    "void": ("no_entry", "its standing order is void, nothing was changed"),
}


def title(run: Run) -> str:
    """Name what a run does, such as "Restore backup on prod"."""
    return what(run.planned)


def headline(run: Run | NoRun) -> str:
    """Say where a run stands, such as "Restore backup on prod: step 3 of 11"."""
    if isinstance(run, NoRun):
        return f"{run.refused.word.capitalize()}: no plan was made"
    return f"{title(run)}: {_stage(run)}"


def mark(run: Run | NoRun) -> str:
    """Name the Slack emoji that goes with the headline, without colons."""
    if isinstance(run, NoRun):
        return "no_entry"
    match run.stage:
        case AwaitsApproval():
            return "raised_hand"
        case Running():
            return "hourglass_flowing_sand"
        case Undoing():
            return "leftwards_arrow_with_hook"
        case Stopped():
            return "octagonal_sign"
        case Ended(outcome=outcome):
            return _ENDED[outcome][0]
        case _:
            assert_never(run.stage)


def _stage(run: Run) -> str:
    match run.stage:
        case AwaitsApproval() if run.planned.standing_order is not None:
            return "its standing order is looked at"
        case AwaitsApproval():
            return f"waits for approval, {len(run.approvals)} of {run.planned.needs}"
        case Running():
            return _running(run)
        case Undoing(left=left):
            return f"taking back, {len(left)} to go"
        case Stopped() as stopped:
            return _stopped(run, stopped)
        case Ended(outcome=outcome):
            took = ""
            if outcome == "done" and run.started_at and run.ended_at:
                took = f" in {in_words(run.ended_at - run.started_at)}"
            return f"{_ENDED[outcome][1]}{took}"
        case _:
            assert_never(run.stage)


def _running(run: Run) -> str:
    step = run.next_step()
    if step is None:
        return "every step is done"
    waits = f", waits: {step.note}" if step.status == "waits" else ""
    return f"step {_place(run, step.says)} of {len(run.steps)}{waits}"


def _stopped(run: Run, stopped: Stopped) -> str:
    if stopped.cancelled:
        return "cancelled halfway, waits for a decision"
    if stopped.step is None:
        return "STOPPED between two steps"
    while_ = "while taking back" if isinstance(stopped.before, Undoing) else "at"
    return f"STOPPED {while_} step {_place(run, stopped.step)} of {len(run.steps)}"


def _place(run: Run, says: str) -> int:
    return next((place for place, step in enumerate(run.steps, 1) if step.says == says), 0)


def current_step(run: Run) -> StepState | None:
    """The step in hand; None where the run does not go forward now."""
    return run.next_step() if isinstance(run.stage, Running) else None
