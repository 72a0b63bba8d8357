"""What each step of a run took and how it ended, gathered from its events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from jobs.runs.events import (
    Event,
    Planned,
    StepDone,
    StepFailed,
    StepStarted,
    StepUndone,
    UndoStarted,
    Waits,
)
from jobs.runs.state import Run
from playbooks.core.values import Moment


@dataclass(frozen=True)
class StepRow:
    """`took` counts from when the step was reached; `outcome` tells repeats and failures too."""

    place: int
    says: str
    started_at: Moment | None = None  # None: not begun.
    took: timedelta | None = None  # None: not ended.
    acts: int = 0
    failures: int = 0
    ended: str = "not begun"

    @property
    def outcome(self) -> str:
        repeats = f", acted {self.acts} times" if self.acts > 1 else ""
        failed = f", failed {self.failures} times before" if self.failures > 1 else ""
        if self.failures == 1 and self.ended != "failed":
            failed = ", failed once before"
        return f"{self.ended}{repeats}{failed if self.ended != 'failed' else ''}"


def step_rows(run: Run, events: Sequence[Event]) -> tuple[StepRow, ...]:
    """Make one row a step. A check has no start of its own: it began when the one before ended."""
    rows = {step.says: StepRow(place, step.says) for place, step in enumerate(run.planned.steps, 1)}
    before = events[0].at if events else run.planned.at
    for event in events:
        match event:
            case Planned():
                pass
            case StepStarted() | StepDone() | Waits() | StepFailed():
                rows[event.step] = _forward(rows[event.step], event, before)
            case UndoStarted() | StepUndone():
                rows[event.step] = _backward(rows[event.step], event)
            case _:
                pass
        before = event.at
    return tuple(rows.values())


def _forward(
    row: StepRow, event: StepStarted | StepDone | Waits | StepFailed, before: Moment
) -> StepRow:
    started = row.started_at or before
    match event:
        case StepStarted():
            return replace(row, started_at=started, acts=row.acts + 1, ended="begun")
        case Waits():
            return replace(row, started_at=started, ended=f"waited: {event.says}")
        case StepFailed():
            failures = row.failures + 1
            return replace(row, started_at=started, failures=failures, ended="failed")
        case StepDone():
            ended = "was so already" if event.already else "done"
            return replace(row, started_at=started, took=event.at - started, ended=ended)


def _backward(row: StepRow, event: UndoStarted | StepUndone) -> StepRow:
    if isinstance(event, UndoStarted):
        return replace(row, ended="taking back was begun")
    return replace(row, ended="needed no taking back" if event.already else "taken back")
