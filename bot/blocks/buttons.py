"""The buttons under a card, as the stage of its run allows them; who may press is checked later."""

from typing import assert_never

from pydantic import JsonValue

from bot.blocks.parts import Confirm, button
from bot.blocks.pointer import action_id, pointer_to
from jobs.people import Button
from jobs.runs.headline import title
from jobs.runs.proofs import ProofKind
from jobs.runs.state import AwaitsApproval, Ended, Run, Running, Stopped, Undoing


def buttons(run: Run) -> list[JsonValue]:
    """Offer what a press would do now; a stale button is refused by the worker all the same."""
    match run.stage:
        case AwaitsApproval() if run.planned.standing_order is not None:
            offered = [Button.DENY, Button.CANCEL]
        case AwaitsApproval():
            glass = [Button.BREAK_GLASS] if run.planned.break_glass else []
            given = [Button.WITHDRAW] if run.approvals else []
            offered = [Button.APPROVE, Button.DENY, Button.CANCEL, *given, *glass]
        case Running() | Undoing():
            offered = [Button.CANCEL]
        case Stopped(cancelled=cancelled):
            again = [] if cancelled else [Button.TRY_AGAIN]
            undo = [Button.UNDO] if run.why_no_undo() is None else []
            offered = [*again, *undo, Button.LEAVE]
        case Ended(outcome="done"):
            offered = []
        case Ended():
            offered = [Button.ASK_AGAIN]
        case _:
            assert_never(run.stage)
    return [_drawn(each, run) for each in offered]


def _drawn(which: Button, run: Run) -> JsonValue:
    value = str(pointer_to(run))
    action = action_id(which)
    match which:
        case Button.APPROVE:
            return button("Approve…", action, value, style="primary")
        case Button.DENY:
            return button("Deny…", action, value, style="danger")
        case Button.CANCEL:
            return button("Cancel", action, value, style=None, confirm=_cancel(run))
        case Button.TRY_AGAIN:
            return button("Try again", action, value, style="primary", confirm=_try_again(run))
        case Button.UNDO:
            return button("Undo…", action, value, style="danger", confirm=_undo(run))
        case Button.LEAVE:
            return button("Leave", action, value, confirm=_leave(run))
        case Button.ASK_AGAIN:
            return button("Ask again", action, value)
        case Button.WITHDRAW:
            return button("Withdraw", action, value, confirm=_withdraw(run))
        case Button.BREAK_GLASS:
            return button("Break the glass…", action, value, style="danger")
        case _:
            assert_never(which)


def _cancel(run: Run) -> Confirm:
    if isinstance(run.stage, AwaitsApproval):
        text = "Nothing was changed yet, and nothing will be."
    else:
        text = (
            "The step in hand is finished first. Then the run stands still, and somebody has to"
            " press Undo or Leave."
        )
    return Confirm(f"Cancel: {title(run)}?", text, "Cancel the run")


def _withdraw(run: Run) -> Confirm:
    again = "You may approve again."
    if run.planned.proof is ProofKind.SIGNATURE:
        again = "You cannot sign this plan again; others can, or ask for a new run."
    text = f"Only for those who approved: your approval no longer counts. {again}"
    return Confirm("Take your approval back?", text, "Withdraw")


def _try_again(run: Run) -> Confirm:
    step = run.stage.step if isinstance(run.stage, Stopped) else None
    what = f"“{step}”" if step else "the next step"
    text = f"The run goes on with {what}. What is so already is not done twice."
    return Confirm(f"Try again: {title(run)}?", text, "Try again")


def _undo(run: Run) -> Confirm:
    steps = run.acted()
    first = steps[0] if steps else ""
    text = (
        f"{len(steps)} steps are taken back, the last one first: “{first}”."
        " It stops at the first step that has no way back."
    )
    return Confirm(f"Undo: {title(run)}?", text, "Undo")


def _leave(run: Run) -> Confirm:
    text = (
        "The run ends here. What it did stays as it is, such as clients that are cut off, and"
        " nobody is reminded of it any more."
    )
    return Confirm(f"Leave: {title(run)}?", text, "Leave it")
