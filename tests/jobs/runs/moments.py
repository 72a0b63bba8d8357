"""One run at each stage, and one event of each kind, to try every pair of them."""

from datetime import timedelta
from typing import Final

from jobs.people import Button, Who
from jobs.runs.events import (
    Answered,
    Approved,
    Broke,
    Cancelled,
    Chosen,
    Event,
    Expired,
    Finished,
    PlanRefused,
    Refused,
    StepDone,
    StepFailed,
    StepStarted,
    StepUndone,
    UndoStarted,
    Waits,
)
from tests.jobs.runs.room import EMPTY, FIRST, SECOND, START, STEPS, Room, plan, playbook

PLANNED: Final = plan(playbook(Room()))
LATER: Final = START + timedelta(minutes=1)


def by(person: str, id: str) -> Answered:
    return Answered(id=id, by=person, account=f"U{person.upper()}")


def approved(person: str) -> Approved:
    return Approved(at=LATER, press=by(person, f"ok-{person}"), digest=PLANNED.digest)


def started(step: str) -> StepStarted:
    return StepStarted(at=LATER, step=step, again=False)


def done(step: str) -> StepDone:
    return StepDone(at=LATER, step=step, already=False)


def failed(step: str) -> StepFailed:
    return StepFailed(at=LATER, step=step, happened="it broke", left="it is dark", do="look")


def chosen(button: Button) -> Chosen:
    if button is Button.TRY_AGAIN:
        return Chosen(at=LATER, press=by("bob", "again"), button=Button.TRY_AGAIN)
    return Chosen(at=LATER, press=by("bob", "undo"), button=Button.UNDO)


def cancelled() -> Cancelled:
    return Cancelled(at=LATER, press=by("alice", "stop"), button=Button.CANCEL, reason="")


def denied() -> Cancelled:
    return Cancelled(at=LATER, press=by("bob", "deny"), button=Button.DENY, reason="no")


def left() -> Finished:
    return Finished(at=LATER, outcome="left", press=by("bob", "leave"))


_RUNNING: Final[tuple[Event, ...]] = (PLANNED, approved("bob"), approved("carol"))
_FIRST_LIT: Final[tuple[Event, ...]] = (*_RUNNING, done(EMPTY), started(FIRST), done(FIRST))
_STOPPED: Final[tuple[Event, ...]] = (*_FIRST_LIT, started(SECOND), failed(SECOND))
_UNDOING: Final[tuple[Event, ...]] = (*_STOPPED, chosen(Button.UNDO))
_UNDO_STARTED: Final = UndoStarted(at=LATER, step=SECOND, again=False)
_ALL_DONE: Final[tuple[Event, ...]] = (*_RUNNING, *(done(step) for step in STEPS))
_TAKEN_BACK: Final[tuple[Event, ...]] = (
    *_UNDOING,
    StepUndone(at=LATER, step=SECOND, already=False),
    StepUndone(at=LATER, step=FIRST, already=False),
)

# Every stage of a run, by the events that lead to it.
STAGES: Final[dict[str, tuple[Event, ...]]] = {
    "awaits approval": (PLANNED,),
    "one approval": (PLANNED, approved("dave")),
    "running": _RUNNING,
    "in the middle of an act": (*_FIRST_LIT, started(SECOND)),
    "between two steps": _FIRST_LIT,
    "every step is done": _ALL_DONE,
    "stopped": _STOPPED,
    "stopped by a bug": (*_FIRST_LIT, Broke(at=LATER, step=SECOND, error_id="e-1")),
    "cancelled halfway": (*_FIRST_LIT, cancelled()),
    "undoing": _UNDOING,
    "in the middle of an undo": (*_UNDOING, _UNDO_STARTED),
    "all is taken back": _TAKEN_BACK,
    "done": (*_ALL_DONE, Finished(at=LATER, outcome="done")),
    "undone": (*_TAKEN_BACK, Finished(at=LATER, outcome="undone")),
    "left": (*_STOPPED, left()),
    "denied": (PLANNED, denied()),
    "cancelled": (PLANNED, cancelled()),
    "expired": (PLANNED, Expired(at=PLANNED.expires_at)),
}
OVER: Final = ("done", "undone", "left", "denied", "cancelled", "expired")

# One event of each kind; those of steps are about the step in hand.
EVENTS: Final[dict[str, Event]] = {
    "a second plan": PLANNED,
    "a refusal to plan": PlanRefused(
        at=LATER,
        run="r-1",
        word="light",
        who=Who(id="UALICE", standing="member"),
        channel=None,
        reasons=("no",),
    ),
    "approved": approved("bob").model_copy(update={"press": by("bob", "ok-2")}),
    "denied": denied().model_copy(update={"press": by("bob", "deny-2")}),
    "cancelled": cancelled().model_copy(update={"press": by("alice", "stop-2")}),
    "expired": Expired(at=PLANNED.expires_at),
    "try again": chosen(Button.TRY_AGAIN).model_copy(update={"press": by("bob", "again-2")}),
    "undo": chosen(Button.UNDO).model_copy(update={"press": by("bob", "undo-2")}),
    "left": left().model_copy(update={"press": by("bob", "leave-2")}),
    "finished, done": Finished(at=LATER, outcome="done"),
    "finished, undone": Finished(at=LATER, outcome="undone"),
    "broke": Broke(at=LATER, step=None, error_id="e-2"),
    "refused": Refused(at=LATER, press=by("eve", "no"), button=Button.APPROVE, why="no"),
    "started": started(SECOND),
    "done": done(SECOND),
    "waits": Waits(at=LATER, step=SECOND, since=LATER, says="1 of 2"),
    "failed": failed(SECOND),
    "undo started": _UNDO_STARTED,
    "undone": StepUndone(at=LATER, step=SECOND, already=False),
}
_FORWARD: Final = {"started", "done", "waits", "failed"}
_BACKWARD: Final = {"undo started", "undone", "failed"}

# What may come next. Everything else is impossible.
MAY_FOLLOW: Final[dict[str, set[str]]] = {
    "awaits approval": {"approved", "denied", "cancelled", "expired"},
    "one approval": {"approved", "denied", "cancelled", "expired"},
    "running": {"cancelled", "broke"},
    "in the middle of an act": {"cancelled", "broke", *_FORWARD},
    "between two steps": {"cancelled", "broke", *_FORWARD},
    "every step is done": {"cancelled", "broke", "finished, done"},
    "stopped": {"try again", "undo", "left"},
    "stopped by a bug": {"try again", "undo", "left"},
    "cancelled halfway": {"undo", "left"},
    "undoing": {"cancelled", "broke", *_BACKWARD},
    "in the middle of an undo": {"cancelled", "broke", *_BACKWARD},
    "all is taken back": {"cancelled", "broke", "finished, undone"},
    **{stage: set() for stage in OVER},
}
