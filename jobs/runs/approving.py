"""What counts as people's word on a run: an approval of theirs, or a standing order. Pure."""

from jobs.runs.events import Approved, Ordered
from jobs.runs.orders import is_about
from jobs.runs.state import Run


def counts(run: Run, event: Approved) -> bool:
    """Say if an approval is of this plan, by somebody new to it, and proven well enough."""
    not_again = {run.planned.requester, *approved_by(run)}
    return (
        run.planned.standing_order is None
        and event.digest == run.planned.digest
        and event.press.by not in not_again
        and event.proof.is_at_least(run.planned.proof)
    )


def stands_on(run: Run, event: Ordered) -> bool:
    """Say if this is the order of this run, as enough people signed it besides who is in charge.

    Whether the signatures hold is for those to say who know the keys.
    """
    planned, persons = run.planned, [signed.by for signed in event.signatures]
    says = {
        "Standing order": event.order,
        "Cluster": planned.cluster,
        "Playbook": planned.playbook,
        "In charge": planned.requester,
    }
    return (
        event.order == planned.standing_order
        and event.digest == planned.digest
        and is_about(event.text, says, event.at)
        and planned.requester not in persons
        and len({*persons}) == len(persons) >= planned.needs > 0
    )


def approved_by(run: Run) -> set[str]:
    """Name the persons whose word this run stands on."""
    glass = set() if run.glass is None else {run.glass.press.by}
    return glass | {given.press.by for given in run.approvals}
