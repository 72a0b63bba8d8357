"""Where a run is: replay tells it from events, `after` from one event more.

Everything that moves a run from one stage to another lives in this file, and this file does no
input or output, so every sequence of events can be tried in a test. What a press leads to is in
jobs/runs/decisions.py.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from jobs.people import Button
from jobs.runs.approving import approved_by, counts, stands_on
from jobs.runs.events import (
    Answered,
    Approved,
    Broke,
    Cancelled,
    Chosen,
    Event,
    Expired,
    Finished,
    GlassBroken,
    Ordered,
    OrderVoid,
    Planned,
    PlanRefused,
    Refused,
    StepDone,
    StepFailed,
    StepStarted,
    StepUndone,
    UndoStarted,
    Waits,
    Withdrawn,
)
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
from playbooks.core.values import Moment


class Impossible(ValueError):  # noqa: N818 -- says what it is
    """The journal holds an event where it cannot be: it was altered, or written by a bug."""


def replay(events: Iterable[Event]) -> Run | NoRun | None:
    """Build the state of a run; None without events. Raises Impossible."""
    run: Run | NoRun | None = None
    for event in events:
        run = after(run, event)
    return run


def after(run: Run | NoRun | None, event: Event) -> Run | NoRun:
    """Take one event more into account; `run` is None before the first. Raises Impossible."""
    return _begin(event) if run is None else _after(run, event)


def _begin(event: Event) -> Run | NoRun:
    match event:
        case PlanRefused():
            return NoRun(event)
        case Planned():
            stage = AwaitsApproval() if event.needs else Running()
            steps = tuple(StepState(step.says) for step in event.steps)
            return Run(event, stage, steps)
        case _:
            msg = f"a journal begins with {event.kind!r}"
            raise Impossible(msg)


def _after(run: Run | NoRun, event: Event) -> Run:
    if isinstance(run, NoRun) or (isinstance(run.stage, Ended) and not isinstance(event, Refused)):
        msg = f"the journal goes on with {event.kind!r} after its end"
        raise Impossible(msg)
    press: Answered | None = getattr(event, "press", None)
    seen = run.answered | {press.id} if press else run.answered
    moved = not isinstance(event, Refused | Waits)
    at = event.at if moved else run.moved_at
    run = replace(run, answered=seen, moves=run.moves + moved, moved_at=at)
    match event:
        case Refused():
            return replace(run, refusals=(*run.refusals, event))
        case Approved() | Withdrawn() | GlassBroken():
            return _after_approvers(run, event)
        case Expired() | Cancelled() | Chosen() | Finished():
            return _after_people(run, event)
        case Ordered() | OrderVoid():
            return _after_order(run, event)
        case StepStarted() | StepDone() | Waits() | StepFailed() | UndoStarted() | StepUndone():
            return _after_step(run, event)
        case Broke():
            return _after_bug(run, event)
        case Planned() | PlanRefused():
            raise _out_of_place(run, event)
        case _:
            assert_never(event)


def _after_approvers(run: Run, event: Approved | Withdrawn | GlassBroken) -> Run:
    match run.stage, event:
        case AwaitsApproval(), Approved() if counts(run, event):
            approvals = (*run.approvals, event)
            stage = Running() if len(approvals) >= run.planned.needs else run.stage
            return replace(run, approvals=approvals, stage=stage)
        case AwaitsApproval(), GlassBroken(digest=run.planned.digest) if run.planned.break_glass:
            return replace(run, glass=event, stage=Running())
        case ((AwaitsApproval() | Running() | Undoing() | Stopped()), Withdrawn(press=press)) if (
            press.by in approved_by(run)
        ):
            return _after_withdrawal(run, event)
        case _:
            raise _out_of_place(run, event)


def _after_withdrawal(run: Run, event: Withdrawn) -> Run:
    """Before the first step it waits for approval anew; later it stops where it stands."""
    left = tuple(given for given in run.approvals if given.press.by != event.press.by)
    glass = run.glass if run.glass is None or run.glass.press.by != event.press.by else None
    withdrawn = run.withdrawn | {event.press.by}
    run = replace(run, approvals=left, glass=glass, withdrawn=withdrawn)
    if not isinstance(run.stage, Running) or run.planned.needs == 0:
        return run  # Taking back needs no approval, and what stands still is asked again later.
    if run.started_at is None:
        return replace(run, stage=AwaitsApproval())
    stopped = Stopped(
        None,
        f"{event.press.by} no longer approves this run: {event.why}",
        "the steps above with a tick are done, the others were not begun",
        "press Undo or Leave, then ask again for a fresh plan",
        run.stage,
    )
    return replace(run, stage=stopped)


def _after_order(run: Run, event: Ordered | OrderVoid) -> Run:
    match run.stage, event:
        case AwaitsApproval(), Ordered() if stands_on(run, event):
            return replace(run, ordered=event, stage=Running())
        case AwaitsApproval(), OrderVoid(order=run.planned.standing_order):
            return _ended(replace(run, reason=event.why), "void", event.at)
        case _:
            raise _out_of_place(run, event)


def _after_people(run: Run, event: Expired | Cancelled | Chosen | Finished) -> Run:
    match run.stage, event:
        case AwaitsApproval(), Expired():
            return _ended(run, "expired", event.at)
        case ((AwaitsApproval() | Running() | Undoing()), Cancelled()):
            return _after_cancel(run, event)
        case Stopped(before=before, cancelled=False), Chosen(button=Button.TRY_AGAIN):
            return replace(_retried(run), stage=replace(before, unsure=False))
        case Stopped(), Chosen(button=Button.UNDO) if run.acted():
            return replace(run, stage=Undoing(run.acted()))
        case Stopped(), Finished(outcome="left", press=Answered()):
            return _ended(run, "left", event.at)
        case Running(unsure=False), Finished(outcome="done") if run.next_step() is None:
            return _ended(run, "done", event.at)
        case Undoing(left=(), unsure=False), Finished(outcome="undone"):
            return _ended(run, "undone", event.at)
        case _:
            raise _out_of_place(run, event)


def _after_cancel(run: Run, event: Cancelled) -> Run:
    run = replace(run, reason=event.reason)
    denied = event.button is Button.DENY
    if isinstance(run.stage, AwaitsApproval):
        return _ended(run, "denied" if denied else "cancelled", event.at)
    if denied or not isinstance(run.stage, Running | Undoing):
        raise _out_of_place(run, event)
    if not run.acted() and isinstance(run.stage, Running):
        return _ended(run, "cancelled", event.at)
    stopped = Stopped(
        None,
        f"{event.press.by} cancelled this run",
        "the steps above with a tick are done, the others were not begun",
        "press Undo to take back what can be taken back, or Leave",
        run.stage,
        cancelled=True,
    )
    return replace(run, stage=stopped)


def _after_step(
    run: Run, event: StepStarted | StepDone | Waits | StepFailed | UndoStarted | StepUndone
) -> Run:
    step = next((step for step in run.steps if step.says == event.step), None)
    if step is None:
        raise _out_of_place(run, event)
    upcoming = run.next_step()
    match run.stage, event:
        case Running(), (StepStarted() | StepDone() | Waits() | StepFailed()) if (
            upcoming is not None and upcoming.says == step.says
        ):
            return _after_forward(run, step, event)
        case Undoing(left=(first, *rest)), (UndoStarted() | StepUndone() | StepFailed()) if (
            first == step.says
        ):
            return _after_backward(run, step, event, tuple(rest))
        case _:
            raise _out_of_place(run, event)


def _after_forward(
    run: Run, step: StepState, event: StepStarted | StepDone | Waits | StepFailed
) -> Run:
    begun = step.started_at or event.at
    match event:
        case StepStarted():
            new = replace(step, status="started", started_at=begun, acts=step.acts + 1)
            return _with(run, new, Running(unsure=True))
        case StepDone():
            new = replace(step, status="done", started_at=begun, ended_at=event.at, note="")
            return _with(run, replace(new, already=event.already), Running())
        case Waits():
            new = replace(step, status="waits", started_at=begun, note=event.says)
            return _with(run, replace(new, waits_since=event.since), Running())
        case StepFailed():
            return _failed(run, step, event)
        case _:
            assert_never(event)


def _after_backward(
    run: Run, step: StepState, event: UndoStarted | StepUndone | StepFailed, rest: tuple[str, ...]
) -> Run:
    match event:
        case UndoStarted():
            left = (step.says, *rest)
            return _with(run, replace(step, status="undo started"), Undoing(left, unsure=True))
        case StepUndone():
            return _with(run, replace(step, status="undone", ended_at=event.at), Undoing(rest))
        case StepFailed():
            return _failed(run, step, event)
        case _:
            assert_never(event)


def _failed(run: Run, step: StepState, event: StepFailed) -> Run:
    before = run.stage
    if not isinstance(before, Running | Undoing):
        raise _out_of_place(run, event)
    stopped = Stopped(step.says, event.happened, event.left, event.do, before)
    return _with(run, replace(step, status="failed", ended_at=event.at), stopped)


def _after_bug(run: Run, event: Broke) -> Run:
    if not isinstance(run.stage, Running | Undoing):
        raise _out_of_place(run, event)
    stopped = Stopped(
        event.step,
        f"The worker met a fault of its own (error {event.error_id})",
        "the run stands still and nothing more is changed",
        "press Try again; if it comes back, show the error id to whoever runs this bot",
        run.stage,
    )
    steps = tuple(
        replace(step, status="failed") if step.says == event.step else step for step in run.steps
    )
    return replace(run, steps=steps, stage=stopped)


def _retried(run: Run) -> Run:
    steps = tuple(
        replace(step, status="todo", ended_at=None, waits_since=None, note="")
        if step.status == "failed"
        else step
        for step in run.steps
    )
    return replace(run, steps=steps)


def _with(run: Run, new: StepState, stage: Running | Undoing | Stopped) -> Run:
    steps = tuple(new if step.says == new.says else step for step in run.steps)
    started = run.started_at or new.started_at
    return replace(run, steps=steps, stage=stage, started_at=started)


def _ended(run: Run, outcome: Outcome, at: Moment) -> Run:
    return replace(run, stage=Ended(outcome), ended_at=at)


def _out_of_place(run: Run, event: Event) -> Impossible:
    return Impossible(f"the journal of {run.id} holds {event.kind!r} while it is {run.stage!r}")
