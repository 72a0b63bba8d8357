"""What people are told of a run, as plain sentences; how they are drawn is the bot's part."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

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
from jobs.runs.state import NoRun, Run

Urgency: TypeAlias = Literal["progress", "approval", "failure", "end"]


@dataclass(frozen=True)
class Line:
    """One line of the thread. Where `who` is set, the sentence goes on after their name."""

    icon: str  # The name of a Slack emoji, without colons.
    says: str
    urgency: Urgency
    who: Answered | None = None  # None: nobody pressed anything.


def thread_line(event: Event, run: Run | NoRun) -> Line | None:
    """Tell one event; `run` is the run as it stands after it. None: it needs no line."""
    return Line("information_source", event.kind, "progress")


def refusal(event: Refused) -> str:
    """Answer the person whose press counted for nothing."""
    return f"{event.button.value} did not count: {event.why}. Nothing was changed."


def call_for_approval(run: Run, link: str | None) -> str:
    """Ask an approver, in a direct message; `link` leads to the card."""
    return headline(run)


def reminder(run: Run, link: str | None) -> str:
    """Ask an approver again who has not answered yet."""
    return headline(run)


def title(run: Run) -> str:
    """Name what a run does, such as "Restore backup on prod"."""
    return f"{run.planned.playbook.replace('_', ' ').capitalize()} on {run.planned.cluster}"


def headline(run: Run | NoRun) -> str:
    """Say where a run stands, in words."""
    if isinstance(run, NoRun):
        return f"{run.refused.word.capitalize()}: no plan was made"
    return title(run)
