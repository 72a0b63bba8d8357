"""What ticks an item of the checklist, and when the tick is too old."""

from jobs.runs.state import Run
from playbooks.core.values import Frozen, Moment, Name


class Attestation(Frozen):
    """A person's word for an item that no event can prove, signed by the worker like an event."""

    id: Name  # Of the request in the inbox.
    item: str
    note: str
    by: str
    at: Moment


class Tick(Frozen):
    """One item that is proved now."""

    item: str
    at: Moment
    run: Name | None = None  # None: a person attested it.
    cluster: Name | None = None  # None: as above.
    attestation: Attestation | None = None  # None: a run proved it.


def proved_by(run: Run) -> tuple[str, ...]:
    """Name the items that this run proves; none unless it came to its end."""
    return ()


def ticks(
    runs: tuple[Run, ...], attestations: tuple[Attestation, ...], now: Moment
) -> tuple[Tick, ...]:
    """Find the newest proof of every item that is ticked now; what is too old is left out."""
    return ()


def score(ticked: tuple[Tick, ...]) -> tuple[int, int]:
    """Count the ticked items, and all of them."""
    return len(ticked), 59
