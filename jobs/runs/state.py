"""Where a run stands, as replay builds it from events."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from jobs.people import Matter
from jobs.runs.events import Approved, GlassBroken, Ordered, Planned, PlanRefused, Refused
from playbooks.core.values import Moment


@dataclass(frozen=True)
class AwaitsApproval:
    """Nothing was done yet."""


@dataclass(frozen=True)
class Running:
    """`unsure`: the act of the next step began and its end was never written down."""

    unsure: bool = False


@dataclass(frozen=True)
class Undoing:
    """`left` are the steps still to take back, the next one first."""

    left: tuple[str, ...]
    unsure: bool = False


@dataclass(frozen=True)
class Stopped:
    """The run waits for someone to press Try again, Undo or Leave."""

    step: str | None  # None: it stopped outside of any step.
    happened: str
    true_now: str
    do: str
    before: Running | Undoing
    cancelled: bool = False  # A person stopped it, so there is nothing to try again.


Outcome: TypeAlias = Literal["done", "undone", "left", "cancelled", "denied", "expired", "void"]


@dataclass(frozen=True)
class Ended:
    """Nothing can happen any more."""

    outcome: Outcome


Stage: TypeAlias = AwaitsApproval | Running | Undoing | Stopped | Ended
StepStatus: TypeAlias = Literal[
    "todo", "started", "waits", "done", "failed", "undo started", "undone"
]


@dataclass(frozen=True)
class StepState:
    """One line of the checklist."""

    says: str
    status: StepStatus = "todo"
    started_at: Moment | None = None  # None: not begun.
    ended_at: Moment | None = None  # None: not ended.
    already: bool = False
    acts: int = 0  # How often its act began; more than 1 means it was repeated.
    waits_since: Moment | None = None  # None: it does not wait.
    note: str = ""


@dataclass(frozen=True)
class Run:
    """Everything people see of a run follows from this value alone."""

    planned: Planned
    stage: Stage
    steps: tuple[StepState, ...]
    approvals: tuple[Approved, ...] = ()
    refusals: tuple[Refused, ...] = ()
    answered: frozenset[str] = field(default_factory=frozenset)  # Inbox ids.
    started_at: Moment | None = None  # None: no step has begun.
    ended_at: Moment | None = None  # None: it has not ended.
    reason: str = ""  # Why it was denied or cancelled.
    glass: GlassBroken | None = None  # None: it was approved, or needs no approval.
    withdrawn: frozenset[str] = frozenset()  # Persons who took their approval back.
    ordered: Ordered | None = None  # None: it stands on no standing order, or not yet.
    moved_at: Moment | None = None  # None: nothing was changed since the plan.
    moves: int = 1  # Events that changed something; a signed press counts for one of them alone.

    @property
    def matter(self) -> Matter:
        """What rights to press its buttons depend on."""
        planned = self.planned
        return Matter(requester=planned.requester, cluster=planned.cluster, danger=planned.danger)

    @property
    def id(self) -> str:
        """The run's name."""
        return self.planned.run

    def next_step(self) -> StepState | None:
        """The first step that is not done; None when all are."""
        return next((step for step in self.steps if step.status != "done"), None)

    def at_step(self) -> str | None:
        """Name the step that is next, forward or backward; None at the end."""
        if isinstance(self.stage, Undoing):
            return self.stage.left[0] if self.stage.left else None
        step = self.next_step()
        return None if step is None else step.says

    def why_no_undo(self) -> str | None:
        """Say why nothing can be taken back: nothing was done, or something without a way back."""
        if not self.acted():
            return "nothing was changed, so there is nothing to undo; press Leave"
        for planned, step in zip(self.planned.steps, self.steps, strict=True):
            if planned.way_back is not None and step.status == "done" and step.acts:
                return f"“{step.says}” is done. {planned.way_back}"
        return None

    def acted(self) -> tuple[str, ...]:
        """Steps whose act began and was not taken back, the last one first."""
        begun = [step.says for step in self.steps if step.acts and step.status != "undone"]
        return tuple(reversed(begun))


@dataclass(frozen=True)
class NoRun:
    """The look refused to plan; there is nothing to carry out."""

    refused: PlanRefused
