"""What may happen next in a run: replay tells where it is, decide what a press leads to.

Everything that moves a run from one stage to another lives in this file, and this file does no
input or output, so every sequence of events can be tried in a test.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from jobs.people import Button, People, why_not
from jobs.runs.events import (
    Answered,
    Approved,
    Broke,
    Cancelled,
    Chosen,
    Event,
    Expired,
    Finished,
    Planned,
    PlanRefused,
    Refused,
    StepDone,
    StepFailed,
    StepStarted,
    StepUndone,
    UndoStarted,
    Waits,
)
from jobs.runs.requests import Press
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
        run = _begin(event) if run is None else _after(run, event)
    return run


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
    run = replace(run, answered=seen)
    match event:
        case Refused():
            return replace(run, refusals=(*run.refusals, event))
        case Approved() | Expired() | Cancelled() | Chosen() | Finished():
            return _after_people(run, event)
        case StepStarted() | StepDone() | Waits() | StepFailed() | UndoStarted() | StepUndone():
            return _after_step(run, event)
        case Broke():
            return _after_bug(run, event)
        case Planned() | PlanRefused():
            raise _out_of_place(run, event)
        case _:
            assert_never(event)


def _after_people(run: Run, event: Approved | Expired | Cancelled | Chosen | Finished) -> Run:
    match run.stage, event:
        case AwaitsApproval(), Approved() if _counts(run, event):
            approvals = (*run.approvals, event)
            stage = Running() if len(approvals) >= run.planned.needs else run.stage
            return replace(run, approvals=approvals, stage=stage)
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


def _counts(run: Run, event: Approved) -> bool:
    not_again = {run.planned.requester, *_approved_by(run)}
    return event.digest == run.planned.digest and event.press.by not in not_again


def _approved_by(run: Run) -> set[str]:
    return {given.press.by for given in run.approvals}


def _ended(run: Run, outcome: Outcome, at: Moment) -> Run:
    return replace(run, stage=Ended(outcome), ended_at=at)


def _out_of_place(run: Run, event: Event) -> Impossible:
    return Impossible(f"the journal of {run.id} holds {event.kind!r} while it is {run.stage!r}")


def decide(run: Run, press: Press, people: People, at: Moment) -> Event:
    """Answer one press with one event; whoever may not press gets Refused, with the reason."""
    by = people.person(press.who)
    why = why_not(people, press.who, run.planned.requester, press.button) or _why_not_now(
        run, press, by, at
    )
    said = Answered(id=press.id, by=by, account=press.who.id)
    if why is not None:
        return Refused(at=at, press=said, button=press.button, why=why)
    match press.button:
        case Button.APPROVE:
            return Approved(at=at, press=said, digest=press.digest)
        case Button.DENY | Button.CANCEL:
            return Cancelled(at=at, press=said, button=press.button, reason=press.reason)
        case Button.TRY_AGAIN | Button.UNDO:
            return Chosen(at=at, press=said, button=press.button)
        case Button.LEAVE:
            return Finished(at=at, outcome="left", press=said)
        case Button.ASK_AGAIN:
            return Refused(at=at, press=said, button=press.button, why="Ask again begins a new run")
        case _:
            assert_never(press.button)


def _why_not_now(  # noqa: C901, PLR0912 -- one match over button and stage
    run: Run, press: Press, by: str, at: Moment
) -> str | None:
    match press.button, run.stage:
        case _, Ended():
            return "this run has ended"
        case _ if press.digest != run.planned.digest:
            return "this button belongs to another plan; read the plan that stands now"
        case Button.APPROVE, AwaitsApproval() if at >= run.planned.expires_at:
            return "the plan has expired; press Ask again for a fresh look"
        case Button.APPROVE, AwaitsApproval() if by in _approved_by(run):
            return "you have approved this already, and one person counts once"
        case ((Button.APPROVE | Button.DENY), AwaitsApproval()):
            return None
        case ((Button.APPROVE | Button.DENY), _):
            return "this run no longer waits for approval"
        case Button.CANCEL, Stopped():
            return "it has stopped already; press Try again, Undo or Leave"
        case Button.TRY_AGAIN, Stopped(cancelled=True):
            return "this run was cancelled; ask for a new one"
        case Button.UNDO, Stopped():
            return run.why_no_undo()
        case ((Button.TRY_AGAIN | Button.LEAVE), Stopped()):
            return None
        case ((Button.TRY_AGAIN | Button.UNDO | Button.LEAVE), _):
            return "this run has not stopped"
        case _:
            return None
