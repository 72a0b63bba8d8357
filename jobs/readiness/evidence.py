"""What ticks an item of the checklist, for how long, and why some items cannot be ticked yet."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from jobs.readiness.checklist import Item, items
from jobs.runs.state import Ended, Run
from playbooks.core.values import Frozen, Moment, Name

# What a run must have besides its name, where nothing in a run can show it yet.
NOT_YET: Final[Mapping[str, str]] = {
    "1.3": "only a run that a schedule began proves it, and no run is scheduled yet",
    "1.6": "only a run with a retention step proves it, and no backup has one yet",
}


class Attestation(Frozen):
    """A person's word for one item; the records know who signed it."""

    id: Name  # Of the request in the inbox.
    item: str
    note: str
    by: str
    at: Moment


@dataclass(frozen=True)
class Tick:
    """The newest proof of one item; where it no longer holds, the item is open again."""

    item: str
    at: Moment
    until: Moment  # When the item opens again by itself.
    holds: bool
    run: Name | None = None  # None: a person attested it.
    cluster: Name | None = None  # None: as above.
    by: str | None = None  # The person. None: a run proved it.
    note: str = ""


def proved_by(run: Run, stand_ins: Collection[Name] = ()) -> tuple[str, ...]:
    """List the items that this run proves, such as "2.7 RTO and RPO are recorded"."""
    return tuple(f"{item.id} {item.item}" for item in _proved(run, stand_ins))


def ticks(
    runs: Iterable[Run],
    attestations: Iterable[Attestation],
    now: Moment,
    stand_ins: Collection[Name] = (),
) -> tuple[Tick, ...]:
    """Find the newest proof of each item that ever had one, in the order of the checklist."""
    found: dict[str, Tick] = {}
    for tick in (*_of_runs(runs, now, stand_ins), *_of_people(attestations, now)):
        before = found.get(tick.item)
        if before is None or tick.at > before.at:
            found[tick.item] = tick
    return tuple(found[item.id] for item in items() if item.id in found)


def score(ticked: Iterable[Tick]) -> tuple[int, int]:
    """Count the items that are proved now, and all of them."""
    return sum(tick.holds for tick in ticked), len(items())


def why_not_attested(item: Item) -> str | None:
    """Say in a clause why nobody's word ticks this item; None if a person's word does."""
    if any(proof.kind == "person" for proof in item.proofs()):
        return None
    return f"item {item.id} is proved by {what_proves(item)}, not by anyone's word"


def what_proves(item: Item) -> str:
    """Say in words what ticks an item."""
    words = {
        "run": "a finished run of {}",
        "drill": "a drill of {} that met its objective",
        "check": "a live check of {}",
        "person": "a person's word",
    }
    return " or ".join(
        words[proof.kind].format(proof.name.replace("_", " ")) for proof in item.proofs()
    )


def _proved(run: Run, stand_ins: Collection[Name]) -> tuple[Item, ...]:
    """None unless the run reached its end, on a real cluster."""
    if run.stage != Ended("done") or run.planned.cluster in stand_ins:
        return ()
    return tuple(item for item in items() if _proves(run.planned.playbook, item))


def _proves(playbook: Name, item: Item) -> bool:
    if item.id in NOT_YET:
        return False
    return any(proof.kind == "run" and proof.name == playbook for proof in item.proofs())


def _of_runs(runs: Iterable[Run], now: Moment, stand_ins: Collection[Name]) -> Iterable[Tick]:
    for run in runs:
        for item in _proved(run, stand_ins):
            if run.ended_at is not None:
                until = run.ended_at + item.stale_after()
                holds = now < until
                yield Tick(item.id, run.ended_at, until, holds, run.id, run.planned.cluster)


def _of_people(attestations: Iterable[Attestation], now: Moment) -> Iterable[Tick]:
    known = {item.id: item for item in items()}
    for word in attestations:
        item = known.get(word.item)
        # The worker signs what it was asked to sign; what a word is worth is decided here.
        if item is not None and why_not_attested(item) is None:
            until = word.at + item.stale_after()
            yield Tick(item.id, word.at, until, now < until, by=word.by, note=word.note)
