"""What a press leads to: one event, which says why where the press counts for nothing. Pure."""

from typing import Final, assert_never

from jobs.people import Button, People, why_not
from jobs.runs.approving import approved_by
from jobs.runs.events import (
    Answered,
    Approved,
    Cancelled,
    Chosen,
    Event,
    Finished,
    GlassBroken,
    Refused,
    Withdrawn,
)
from jobs.runs.proofs import NO_PROOF, Proof, ProofKind
from jobs.runs.requests import Press
from jobs.runs.state import AwaitsApproval, Ended, Run, Running, Stopped
from playbooks.core.values import Moment

_STARTS: Final = frozenset({Button.APPROVE, Button.BREAK_GLASS})


def decide(run: Run, press: Press, people: People, at: Moment, proof: Proof = NO_PROOF) -> Event:
    """Answer one press with one event; whoever may not press gets Refused, with the reason.

    `proof` is what a worker found out about the signature or code that came with the press.
    """
    at_terminal = press.who.standing == "terminal"
    by = proof.person if at_terminal and proof.person else people.person(press.who)
    why = (
        proof.why_not
        or why_not(people, press.who, run.matter, press.button, signer=proof.person)
        or _why_not_now(run, press, by, at)
        or _why_not_again(run, press, proof)
        or _why_too_weak(run, press, proof)
    )
    said = Answered(id=press.id, by=by, account=press.who.id)
    if why is not None:
        return Refused(at=at, press=said, button=press.button, why=why, wrong_code=proof.wrong_code)
    return _answered(run, press, said, (at, people, proof))


def _answered(run: Run, press: Press, said: Answered, found: tuple[Moment, People, Proof]) -> Event:
    at, people, proof = found
    match press.button:
        case Button.APPROVE:
            return Approved(
                at=at,
                press=said,
                digest=press.digest,
                proof=proof.kind,
                signature=proof.signature,
            )
        case Button.BREAK_GLASS:
            return GlassBroken(
                at=at,
                press=said,
                digest=press.digest,
                reason=press.reason,
                skipped=_skipped(run, people, said.by),
                proof=proof.kind,
                signature=proof.signature,
            )
        case Button.WITHDRAW:
            return Withdrawn(at=at, press=said, why=_why_withdrawn(press))
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


def _skipped(run: Run, people: People, by: str) -> tuple[str, ...]:
    asked = {by, *approved_by(run)}
    return tuple(each for each in people.approvers_of(run.matter) if each not in asked)


def _why_withdrawn(press: Press) -> str:
    match press.who.standing:
        case "member" | "terminal":
            return "they withdrew it"
        case "deleted":
            return "their Slack account was deactivated"
        case "guest":
            return "they are only a guest of the workspace now"
        case _:
            return "their Slack account is not a member of this workspace any more"


def _why_not_again(run: Run, press: Press, proof: Proof) -> str | None:
    """A signature stands in the journal for all to read, and the text it is over stays the same."""
    signed = press.button in _STARTS and proof.kind is ProofKind.SIGNATURE
    if not signed or proof.person not in run.withdrawn:
        return None
    return "you withdrew your signature of this plan; let another approve it, or ask for a new run"


def _why_too_weak(run: Run, press: Press, proof: Proof) -> str | None:
    """Only what starts a run needs a proof of a certain kind."""
    if press.button not in _STARTS or proof.kind.is_at_least(run.planned.proof):
        return None
    if run.planned.proof is ProofKind.SIGNATURE:
        return "this plan is approved by a signature over its text, and none came with it"
    return "this plan is approved by a code, and none came with it"


def _is_short_of_approvals(run: Run) -> bool:
    """Say if somebody took back what the run stood on."""
    stands = run.glass is not None or run.ordered is not None
    return not stands and len(approved_by(run)) < run.planned.needs


def _why_not_broken(run: Run, press: Press) -> str | None:
    if not run.planned.break_glass:
        return f"the glass cannot be broken for {run.planned.playbook}; it needs approvals"
    if not press.reason:
        return "breaking the glass needs a reason, which everyone is told"
    if press.confirms != run.planned.cluster:
        return f"it must be confirmed by typing the cluster's name, {run.planned.cluster}"
    return None


def _why_not_now(  # noqa: C901, PLR0912 -- one match over button and stage
    run: Run, press: Press, by: str, at: Moment
) -> str | None:
    match press.button, run.stage:
        case _, Ended():
            return "this run has ended"
        case _ if press.digest != run.planned.digest:
            return "this button belongs to another plan; read the plan that stands now"
        case Button.WITHDRAW, _:
            return None if by in approved_by(run) else "you have not approved this run"
        case ((Button.APPROVE | Button.BREAK_GLASS), AwaitsApproval()) if (
            run.planned.standing_order is not None
        ):
            return "a scheduled run stands on its standing order alone; ask for one of your own"
        case ((Button.APPROVE | Button.BREAK_GLASS), AwaitsApproval()) if (
            at >= run.planned.expires_at
        ):
            return "the plan has expired; press Ask again for a fresh look"
        case Button.APPROVE, AwaitsApproval() if by in approved_by(run):
            return "you have approved this already, and one person counts once"
        case ((Button.APPROVE | Button.DENY), AwaitsApproval()):
            return None
        case Button.BREAK_GLASS, AwaitsApproval():
            return _why_not_broken(run, press)
        case ((Button.APPROVE | Button.DENY | Button.BREAK_GLASS), _):
            return "this run no longer waits for approval"
        case Button.CANCEL, Stopped():
            return "it has stopped already; press Try again, Undo or Leave"
        case Button.TRY_AGAIN, Stopped(cancelled=True):
            return "this run was cancelled; ask for a new one"
        case Button.TRY_AGAIN, Stopped(before=Running()) if _is_short_of_approvals(run):
            return (
                f"{len(approved_by(run))} of {run.planned.needs} approvals are left; press Undo or"
                " Leave, then ask again for a fresh plan"
            )
        case Button.UNDO, Stopped():
            return run.why_no_undo()
        case ((Button.TRY_AGAIN | Button.LEAVE), Stopped()):
            return None
        case ((Button.TRY_AGAIN | Button.UNDO | Button.LEAVE), _):
            return "this run has not stopped"
        case _:
            return None
