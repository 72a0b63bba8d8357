"""Free by hand what a run holds that no worker can carry on any more."""

from jobs.records.archive import Ahead, LeftBehind
from jobs.records.journal import Altered, is_open
from jobs.records.lease import is_free
from jobs.work.workshop import Records, Workshop
from playbooks.core.trouble import Trouble


async def release(shop: Workshop, records: Records, name: str) -> str:
    """Free a lock once a person has looked, and name the run left behind. Raises Trouble."""
    await records.generation.check()
    lock = await records.locks.claimed(name)
    if lock is None:
        return f"Nothing holds {name}; nothing was changed."
    if not await is_free(records.connection, f"lease:{lock.run}"):
        raise Trouble(
            f"A worker has run {lock.run} in its hands",
            left=f"{name} stays held, and nothing was changed",
            do="try again in a minute; if it stays so, see what that worker does",
        )
    if await _can_go_on(records, lock.run):
        raise Trouble(
            f"Run {lock.run} is open and workers can carry it on",
            left=f"{name} stays held, and nothing was changed",
            do="end it in Slack: press Leave on its message",
        )
    if not await _has_ended(records, lock.run):
        # It must not come back with a Redis that knows nothing of this.
        await records.archive.leave_behind(lock.run, shop.now())
    await records.locks.release(lock, shop.now())
    return (
        f"{name} is free; run {lock.run} was left behind. Nobody knows how far it came: look at"
        " the cluster and at the balancer before anything else is started."
    )


async def _can_go_on(records: Records, run: str) -> bool:
    # Only what is known to be lost counts: a store that does not answer proves nothing.
    try:
        history = await records.journal.read(run)
        await records.archive.one_ahead(history)
    except (Altered, Ahead, LeftBehind):
        return False
    return is_open(history.events)


async def _has_ended(records: Records, run: str) -> bool:
    try:
        events = (await records.journal.read(run)).events
    except Altered:
        return False
    return bool(events) and not is_open(events)
