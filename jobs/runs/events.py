"""What can happen to a run. Only workers write events, and nobody ever changes one."""

from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue, TypeAdapter

from jobs.people import Button, Who
from jobs.runs.proofs import ProofKind
from playbooks.core.danger import Danger
from playbooks.core.objective import Objective
from playbooks.core.values import Count, Digest, Frozen, Moment, Name


class _Happened(Frozen):
    at: Moment


class Answered(Frozen):
    """The press that an event answers; each press is answered exactly once."""

    id: Name  # Of the request in the inbox.
    by: str  # The person, as jobs/people names them.
    account: str  # The Slack id, or the login name at a terminal.


class _Answer(_Happened):
    press: Answered


class PlannedStep(Frozen):
    """`says` is the step's name in every later event."""

    says: str
    verb: Literal["prove", "do", "wait until"]
    way_back: str | None  # What approvers must know about undoing it. None: nothing.


class Planned(_Happened):
    """A look found what to do; nothing is done before `needs` people approved `digest`."""

    kind: Literal["planned"] = "planned"
    run: Name
    word: str
    playbook: Name
    ask: dict[str, JsonValue]
    who: Who
    requester: str
    reason: str
    cluster: Name
    channel: str | None
    plan: dict[str, JsonValue]
    table: Digest
    steps: tuple[PlannedStep, ...]
    danger: Danger
    needs: Count
    proof: ProofKind = ProofKind.CLICK  # The least that an approval must bring.
    break_glass: bool = False  # One approver alone may start it, and everyone is told.
    holds: tuple[str, ...]
    tells: tuple[str, ...]
    loses: timedelta | None
    objective: Objective | None
    clock_from: Moment
    expires_at: Moment
    digest: Digest
    again: Name | None

    @property
    def standing_order(self) -> str | None:
        """Name the standing order that this run stands on; None where people are asked."""
        return self.who.id if self.who.standing == "schedule" else None


class PlanRefused(_Happened):
    """No playbook of the word fits what the look found; nothing was changed."""

    kind: Literal["plan refused"] = "plan refused"
    run: Name
    word: str
    who: Who
    channel: str | None
    reasons: tuple[str, ...]


class Approved(_Answer):
    kind: Literal["approved"] = "approved"
    digest: Digest
    proof: ProofKind = ProofKind.CLICK
    signature: str = ""  # Over the plan's text, armoured; empty for a click or a code.


class Withdrawn(_Answer):
    """An approval that was given no longer counts."""

    kind: Literal["withdrawn"] = "withdrawn"
    why: str


class GlassBroken(_Answer):
    """One approver started a run alone; `skipped` are the persons who were not asked."""

    kind: Literal["glass broken"] = "glass broken"
    digest: Digest
    reason: str
    skipped: tuple[str, ...]
    proof: ProofKind = ProofKind.CLICK
    signature: str = ""  # As in Approved, over a text of its own.


class Signed(Frozen):
    """One person's armoured signature."""

    by: str
    signature: str


class Ordered(_Happened):
    """A standing order was due and in force, so this plan is approved by those who signed it."""

    kind: Literal["ordered"] = "ordered"
    order: Name
    digest: Digest
    text: str  # As they signed it, so that the record proves it without the configuration.
    signatures: tuple[Signed, ...]


class OrderVoid(_Happened):
    """The standing order of this run does not hold, so nothing is begun."""

    kind: Literal["order void"] = "order void"
    order: Name
    why: str


class Refused(_Answer):
    """A press that counted for nothing."""

    kind: Literal["refused"] = "refused"
    button: Button
    why: str
    wrong_code: bool = False


class Expired(_Happened):
    kind: Literal["expired"] = "expired"


class Chosen(_Answer):
    """Someone with the right to it said how a stopped run goes on."""

    kind: Literal["chosen"] = "chosen"
    button: Literal[Button.TRY_AGAIN, Button.UNDO]


class Cancelled(_Answer):
    """An approver's Deny before the start, or a Cancel between two steps."""

    kind: Literal["cancelled"] = "cancelled"
    button: Literal[Button.DENY, Button.CANCEL]
    reason: str


class StepStarted(_Happened):
    """Written before the act. `again`: this act may have run before."""

    kind: Literal["step started"] = "step started"
    step: str
    again: bool


class StepDone(_Happened):
    """`already`: it was so before the act, which therefore did not run this time."""

    kind: Literal["step done"] = "step done"
    step: str
    already: bool


class Waits(_Happened):
    """Written at the first wait, and whenever what it says changes."""

    kind: Literal["waits"] = "waits"
    step: str
    since: Moment
    says: str


class StepFailed(_Happened):
    kind: Literal["step failed"] = "step failed"
    step: str
    happened: str
    left: str
    do: str


class UndoStarted(_Happened):
    kind: Literal["undo started"] = "undo started"
    step: str
    again: bool


class StepUndone(_Happened):
    kind: Literal["step undone"] = "step undone"
    step: str
    already: bool


class Broke(_Happened):
    """A bug of ours: the run stops, and `error_id` finds it in the worker's log."""

    kind: Literal["broke"] = "broke"
    step: str | None  # None: outside of any step.
    error_id: Name


class Finished(_Happened):
    """`press` is the Leave that ended it; None where the run came to its end by itself."""

    kind: Literal["finished"] = "finished"
    outcome: Literal["done", "undone", "left"]
    press: Answered | None = None


Event: TypeAlias = Annotated[
    Planned
    | PlanRefused
    | Approved
    | Withdrawn
    | GlassBroken
    | Ordered
    | OrderVoid
    | Refused
    | Expired
    | Chosen
    | Cancelled
    | StepStarted
    | StepDone
    | Waits
    | StepFailed
    | UndoStarted
    | StepUndone
    | Broke
    | Finished,
    Field(discriminator="kind"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
