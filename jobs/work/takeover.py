"""Fence off whoever works with another Redis, and say what their run left behind."""

from typing import Final

from jobs.records.generation import AnotherRedis
from jobs.records.journal import Altered
from jobs.records.locks import Lock
from jobs.runs.events import (
    Event,
    Planned,
    PlanRefused,
    StepDone,
    StepFailed,
    StepStarted,
    StepUndone,
    UndoStarted,
    Waits,
)
from jobs.work.workshop import Records, Workshop
from playbooks.core.trouble import Trouble

_MOST_RUNS: Final = 1000  # Of one emergency; a Redis that is used for one has a handful.


async def what_stands(records: Records, cluster: str) -> str:
    """Say who holds a cluster by the word of the object store; changes nothing."""
    lock = await records.locks.claimed(_name(cluster))
    if lock is None:
        return f"No run holds {cluster}."
    return f"Run {lock.run} holds {cluster} since {lock.at:%Y-%m-%d %H:%M:%S} UTC. " + (
        await _how_far(records, lock.run)
    )


async def take_over(shop: Workshop, records: Records, cluster: str) -> str:
    """Make this Redis the one that counts, and end what another one does to a cluster.

    The new generation keeps every other worker from carrying a run on. The new epoch of the lock
    keeps the one that is in the middle of a run from its next step. The mark keeps that run from
    going on by itself when its Redis is back and accepted.
    """
    await _begin_generation(records)
    lock = await records.locks.claimed(_name(cluster))
    if lock is None:
        return f"{cluster} was held by no run."
    await records.archive.leave_behind(lock.run, shop.now())
    here = await _next_epoch(shop, records, lock)
    # Only now: a step that had begun before the new epoch is in the store by now, and any other
    # one sees the new epoch before it acts.
    how_far = await _how_far(records, lock.run)
    await records.locks.free(lock.name, here)
    return (
        f"{cluster} is taken over from run {lock.run}, which was left behind. {how_far} Look at"
        " the cluster and at the balancer before anything else is started."
    )


async def all_is_kept(shop: Workshop, records: Records) -> str:
    """Complete the copies of every run of this Redis in the store. Raises Trouble if one fails."""
    runs = await records.journal.recent(_MOST_RUNS)
    objects = shop.objects()
    ours, missing = [], []
    for run in runs:
        history = await records.journal.read(run)
        if history.entered is not None:
            continue  # It came from there.
        ours.append(run)
        await records.archive.complete(history)
        if len(await objects.list(f"journal/{run}/")) < len(history.entries):
            missing.append(run)
    if missing:
        raise Trouble(
            f"The object store does not hold all of {', '.join(missing)}",
            left="the whole record is in the Redis that was started here, and nowhere else",
            do="see that the store can be written, then try again before this Redis is ended",
        )
    return f"The record is in the object store, each event of {', '.join(ours) or 'no run'}."


def _name(cluster: str) -> str:
    return f"cluster:{cluster}"


async def _begin_generation(records: Records) -> None:
    await records.generation.accept()
    try:
        await records.generation.check()
    except AnotherRedis as trouble:
        raise Trouble(
            "Somebody else took over at the same moment",
            left="nothing was taken over from here",
            do="find out who, and let one of you go on",
        ) from trouble


async def _next_epoch(shop: Workshop, records: Records, lock: Lock) -> str:
    """Put an epoch after the one of the run left behind, and name who holds it now."""
    here = f"takeover-{shop.fresh()[:8]}"
    try:
        await records.locks.take(lock.name, here, shop.now(), over=lock.run)
    except Trouble:
        if await records.locks.claimed(lock.name) != lock:
            raise  # Somebody was faster.
        # No worker signed it, so that no epoch can follow it; a person has just looked.
        await records.locks.release(lock, shop.now())
    return here


async def _how_far(records: Records, run: str) -> str:
    """Tell the last event of a run that the store knows."""
    try:
        events = (await records.archive.read(run)).events
    except Altered:
        return "What the store holds of it is not what workers wrote."
    if not events:
        return "The store knows nothing of it."
    last = events[-1]
    return f"The last that the store knows of it, at {last.at:%H:%M:%S} UTC: {_told(last)}."


def _told(event: Event) -> str:
    match event:
        case Planned():
            return f"it was planned by {event.playbook}, and no step had begun"
        case PlanRefused():
            return "it was not planned"
        case StepStarted(step=step):
            return f"“{step}” had begun, and nobody knows how far it came"
        case UndoStarted(step=step):
            return f"taking back “{step}” had begun, and nobody knows how far it came"
        case StepDone(step=step):
            return f"“{step}” was done"
        case StepUndone(step=step):
            return f"“{step}” was taken back"
        case StepFailed(step=step):
            return f"it had stopped at “{step}”"
        case Waits(step=step, says=says):
            return f"“{step}” waited: {says}"
        case _:
            return event.kind
