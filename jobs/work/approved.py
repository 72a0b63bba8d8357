"""What a worker compares before it goes on: the plan, and the people who stand behind it."""

from datetime import timedelta
from typing import Any, Final

from jobs.people import People, is_of_nobody
from jobs.runs.approving import approved_by
from jobs.runs.events import Approved, GlassBroken, Planned
from jobs.runs.planning import ApprovalRules, digest_of, plan_run
from jobs.runs.proofs import ProofKind
from jobs.runs.state import Run, Undoing
from jobs.runs.statement import signed_text
from jobs.work.orders import request_of, why_order_fell
from jobs.work.workshop import Workshop
from playbooks.core.plan import NodesPlan
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment
from playbooks.core.world.clusters import Clusters

_CLOCKS: Final = timedelta(minutes=5)  # By how much those of two machines may differ.
# Longer than any step waits, so no worker was there meanwhile, or an old copy of it all came back.
_QUIET: Final = timedelta(hours=2)


def why_not_approved(
    shop: Workshop, book: Playbook[Any, Any], run: Run, clusters: Clusters
) -> Trouble | None:
    """Compare what is about to be done with what people approved. Undo stays allowed."""
    if isinstance(run.stage, Undoing):
        return None
    quiet = _why_too_quiet(run, shop.now())
    if quiet is not None:
        return quiet
    why = (
        _why_not_by_people(shop, run)
        or _why_another_plan(shop, book, run)
        or _why_other_nodes(book, run, clusters)
    )
    if why is None:
        return None
    return Trouble(
        f"The approval of this run does not hold: {why}",
        left="later steps were not begun",
        do="press Undo or Leave, then ask again for a fresh plan",
    )


def _why_too_quiet(run: Run, now: Moment) -> Trouble | None:
    """Where nobody carried a run on for hours, people may have mended the cluster by hand."""
    began = run.planned.needs and run.started_at is not None
    if not began or run.moved_at is None or now - run.moved_at <= _QUIET:
        return None
    return Trouble(
        f"No worker carried this run on since {run.moved_at:%Y-%m-%d %H:%M} UTC",
        left="later steps were not begun, and people may have acted by hand meanwhile",
        do="look at the cluster, then press Try again, Undo or Leave",
    )


def _why_not_by_people(shop: Workshop, run: Run) -> str | None:
    """Each time, not only at first: whoever signed must still be trusted, with that very key.

    How old an approval is does not count here: a restore that waits for custodians is not voided
    half-way.
    """
    if run.planned.standing_order is not None:
        return why_order_fell(shop, run)
    given = (*run.approvals, *((run.glass,) if run.glass is not None else ()))
    for one in given:
        if one.press.by not in shop.people.approvers_of(run.matter):
            return f"{one.press.by} is no approver any more"
        why = _why_not_signed(shop, run, one)
        if why is not None:
            return why
    if run.planned.needs and is_of_nobody(run.planned.requester):
        return f"{run.planned.requester} asked, and nobody knows who that is"
    enough = run.glass is not None or len(approved_by(run)) >= run.planned.needs
    return None if enough else f"{len(run.approvals)} of {run.planned.needs} approvals are left"


def _why_not_signed(shop: Workshop, run: Run, one: Approved | GlassBroken) -> str | None:
    if not one.proof.is_at_least(shop.rules.proofs[run.planned.danger]):
        return f"{one.press.by} approved by {one.proof} only"
    if one.proof is not ProofKind.SIGNATURE:
        return None
    signer = shop.signers.signer(signed_text(run.planned, one), one.signature, one.at)
    return None if signer == one.press.by else f"the signature of {one.press.by} does not hold"


def _why_another_plan(shop: Workshop, book: Playbook[Any, Any], run: Run) -> str | None:
    """Before the first step everything that follows from the plan is worked out again.

    That is what a looker wrote down for people to read, how many of them it takes, and what is
    held. Later only what was approved counts: a changed configuration must not strand a run
    whose clients are cut off.
    """
    planned = run.planned
    digest = digest_of(planned.requester, planned.reason, book, planned.plan)
    approved = {given.digest for given in run.approvals}
    if {digest, planned.digest, *approved} != {digest}:
        return "the plan is another one"
    if run.started_at is not None:
        return None
    if planned.needs and shop.now() >= planned.expires_at:
        return "it has expired"
    if _planned_again(book, planned, shop.people, shop.rules) != planned:
        return "the plan is another one"
    # Whoever planned it also said when that was.
    latest = shop.now() + shop.rules.expires_after + _CLOCKS
    ahead = planned.needs and planned.expires_at > latest
    return "it would count for longer than plans do" if ahead else None


def _why_other_nodes(book: Playbook[Any, Any], run: Run, clusters: Clusters) -> str | None:
    """A looker chose the nodes; "every node" must mean those of this worker's configuration."""
    plan = book.plan.model_validate(run.planned.plan)
    if run.started_at is not None or not isinstance(plan, NodesPlan):
        return None
    known = clusters.named(plan.cluster).nodes
    named = plan.accounts_for()
    if {*named} == {*known} and len(named) == len(known):
        return None
    return f"it names other nodes than {plan.cluster} has, which are {', '.join(known)}"


def _planned_again(
    book: Playbook[Any, Any], planned: Planned, people: People, rules: ApprovalRules
) -> Planned:
    """Work out what a looker should have written for this plan; it may only expire earlier."""
    asked = request_of(planned)
    again = plan_run(book, book.plan.model_validate(planned.plan), asked, people, rules)
    earlier = min(planned.expires_at, again.expires_at)
    return again.model_copy(update={"expires_at": earlier})
