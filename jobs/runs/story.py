"""What people are told of a run, as plain sentences; how they are drawn is the bot's part."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias, assert_never

from jobs.people import Button
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
from jobs.runs.headline import headline, title
from jobs.runs.orders import last_day
from jobs.runs.proofs import ProofKind
from jobs.runs.state import NoRun, Run, StepState, Stopped
from jobs.runs.statement import what
from playbooks.core.spans import in_words

_SHORTEST: Final = timedelta(seconds=1)

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
    if isinstance(run, NoRun):
        return _not_planned(run.refused)
    match event:
        case Planned():
            return _planned(event)
        case PlanRefused():
            return _not_planned(event)
        case Approved() | Withdrawn() | GlassBroken():
            return _of_approvers(event, run)
        case Ordered() | OrderVoid():
            return _of_an_order(event)
        case Refused() | Chosen() | Cancelled() | Expired() | Finished():
            return _of_people(event, run)
        case StepStarted() | StepDone() | Waits() | StepFailed() | UndoStarted() | StepUndone():
            return _of_a_step(event, run)
        case Broke():
            return Line("rotating_light", _stop(run), "failure")
        case _:
            assert_never(event)


def _planned(planned: Planned) -> Line:
    steps = _count(len(planned.steps), "step")
    if planned.standing_order is not None:
        says = f"The plan has {steps} and runs by standing order {planned.standing_order}"
        return Line("clipboard", says, "progress")
    if not planned.needs:
        return Line("clipboard", f"The plan has {steps} and needs no approval", "progress")
    until = f"{planned.expires_at:%H:%M} UTC"
    people = _count(planned.needs, "approval")
    return Line("clipboard", f"The plan has {steps} and needs {people} until {until}", "approval")


def _not_planned(refused: PlanRefused) -> Line:
    return Line("no_entry", no_plan(refused), "failure")


def _of_approvers(event: Approved | Withdrawn | GlassBroken, run: Run) -> Line:
    match event:
        case Approved(press=press):
            return _approved(event, press, run)
        case Withdrawn(press=press, why=why):
            left = f"{len(run.approvals)} of {run.planned.needs} approvals are left"
            return Line(
                "leftwards_arrow_with_hook",
                f"approves this no longer: {why}. {left}",
                "approval",
                press,
            )
        case GlassBroken(press=press, reason=reason, skipped=skipped):
            not_asked = f"Not asked: {', '.join(skipped)}" if skipped else "Everybody was asked"
            says = f"broke the glass and starts the run alone: {reason}. {not_asked}"
            return Line("rotating_light", says, "failure", press)
        case _:
            assert_never(event)


def _of_an_order(event: Ordered | OrderVoid) -> Line:
    match event:
        case Ordered(order=order):
            says = f"Standing order {order} is in force: {by_order(event)}"
            return Line("+1", says, "progress")
        case OrderVoid(order=order, why=why):
            says = f"Standing order {order} does not hold: {why}. Nothing was changed"
            return Line("no_entry", says, "failure")
        case _:
            assert_never(event)


def by_order(event: Ordered, name: Callable[[str], str] = str) -> str:
    """Say on whose word a scheduled run goes; `name` tells how a person is named."""
    who = " and ".join(name(signed.by) for signed in event.signatures)
    return f"approved by {who} until the end of {last_day(event.text)}"


def _of_people(event: Refused | Chosen | Cancelled | Expired | Finished, run: Run) -> Line:
    match event:
        case Refused(press=press, button=button, why=why):
            says = f"pressed {button.value}, which did not count: {why}"
            return Line("no_entry_sign", says, "progress", press)
        case Chosen(press=press, button=Button.TRY_AGAIN):
            return Line("repeat", "pressed Try again, the run goes on", "approval", press)
        case Chosen(press=press):
            steps = _count(len(run.acted()), "step")
            says = f"pressed Undo, {steps} will be taken back, the last one first"
            return Line("leftwards_arrow_with_hook", says, "approval", press)
        case Cancelled(press=press, button=button, reason=reason):
            return _cancelled(press, button, reason, run)
        case Expired():
            says = "The plan expired without enough approvals. Nothing was changed"
            return Line("hourglass", f"{says}; press Ask again for a fresh look", "end")
        case Finished():
            return _finished(event, run)
        case _:
            assert_never(event)


_PROVEN: Final = {
    ProofKind.CLICK: "approved the plan",
    ProofKind.TOTP: "approved the plan by a code",
    ProofKind.SIGNATURE: "signed the plan",
}


def _approved(event: Approved, press: Answered, run: Run) -> Line:
    place = len(run.approvals)
    needs = run.planned.needs
    then = "the run starts" if place >= needs else f"{needs - place} more needed"
    says = f"{_PROVEN[event.proof]} ({place} of {needs}), {then}"
    return Line("+1", says, "approval", press)


def _cancelled(
    press: Answered, button: Literal[Button.DENY, Button.CANCEL], reason: str, run: Run
) -> Line:
    why = f": {reason}" if reason else ""
    if button is Button.DENY:
        says = f"denied the plan{why}. Nothing was changed"
        return Line("no_entry_sign", says, "end", press)
    if isinstance(run.stage, Stopped):
        says = f"cancelled the run{why}. It stands still now; {run.stage.do}"
        return Line("octagonal_sign", says, "failure", press)
    return Line("no_entry_sign", f"cancelled the run{why}. Nothing was changed", "end", press)


_ENDS: Final = {
    "done": ("checkered_flag", "all steps are done"),
    "undone": ("leftwards_arrow_with_hook", "everything that could be taken back is taken back"),
    "left": ("warning", "left the run as it is; what it did before it stopped stays"),
}


def _finished(event: Finished, run: Run) -> Line:
    icon, says = _ENDS[event.outcome]
    if event.press is None:  # Shown in the channel too, where it stands without its thread.
        says = f"{what(run.planned)}: {says}"
    took = event.at - run.started_at if run.started_at else None
    if took is not None and event.outcome == "done":
        says = f"{says}, {in_words(took)} after the first one began"
    return Line(icon, says, "end", event.press)


def _of_a_step(
    event: StepStarted | StepDone | Waits | StepFailed | UndoStarted | StepUndone, run: Run
) -> Line | None:
    match event:
        case StepStarted(again=True, step=step):
            says = f"“{step}” is done once more: an earlier attempt may have run already"
            return Line("repeat", says, "progress")
        case UndoStarted(again=True, step=step):
            says = f"“{step}” is taken back once more: an earlier attempt may have run already"
            return Line("repeat", says, "progress")
        case StepStarted() | UndoStarted():
            return None
        case StepDone(step=step, already=True):
            return Line("fast_forward", f"{step}: it was so already", "progress")
        case StepDone(step=step):
            done = next((each for each in run.steps if each.says == step), None)
            took = took_in_words(done) if done is not None else ""
            return Line("white_check_mark", f"{step} ({took})" if took else step, "progress")
        case Waits(step=step, says=says):
            return Line("hourglass_flowing_sand", f"{step}: {says}", "progress")
        case StepFailed():
            return Line("x", _stop(run), "failure")
        case StepUndone(step=step, already=already):
            says = "Nothing to take back of" if already else "Taken back:"
            return Line("leftwards_arrow_with_hook", f"{says} “{step}”", "progress")
        case _:
            assert_never(event)


def took_in_words(step: StepState) -> str:
    """Say how long a step took; nothing of one that has not ended, or was over at once."""
    if step.started_at is None or step.ended_at is None:
        return ""
    took = step.ended_at - step.started_at
    # A check that answers at once has no duration worth reading.
    return in_words(took) if took >= _SHORTEST else ""


def _stop(run: Run) -> str:
    match run.stage:
        case Stopped(happened=happened, true_now=true_now, do=do):
            return f"{happened}. Now: {true_now}. What to do: {do}"
        case _:  # The run went on since; its later lines say how.
            return f"The run stopped, and went on later: {headline(run)}"


def no_plan(refused: PlanRefused) -> str:
    """Say why a request led to no plan; each reason says what to do first."""
    return f"No plan was made, and nothing was changed: {'; '.join(refused.reasons)}"


def refusal(event: Refused) -> str:
    """Answer the person whose press counted for nothing."""
    return f"{event.button.value} did not count: {event.why}. Nothing was changed by it."


def call_for_approval(run: Run, link: str | None) -> str:
    """Ask an approver, in a direct message; `link` leads to the card."""
    return f"Your approval is needed: {_wish(run)}{_where(link)}"


def reminder(run: Run, link: str | None) -> str:
    """Ask an approver again who has not answered yet."""
    given, needs = len(run.approvals), run.planned.needs
    return f"Still waiting, {given} of {needs} approvals: {_wish(run)}{_where(link)}"


def _wish(run: Run) -> str:
    planned = run.planned
    lost = f" It loses {in_words(planned.loses)} of writes." if planned.loses else ""
    why = f" Reason: “{planned.reason}”." if planned.reason else " No reason was given."
    return f"{title(run)}.{why}{lost} The plan expires at {planned.expires_at:%H:%M} UTC."


def _where(link: str | None) -> str:
    return f" Read it and decide: {link}" if link else " Read it and decide in the channel."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
