"""Enter runs that Redis lost as history, which nobody carries on, and go on without them."""

import logging
from typing import Final

from jobs.records.archive import Ahead, LeftBehind
from jobs.records.board import Note
from jobs.records.entering import enter
from jobs.records.generation import AnotherRedis
from jobs.records.journal import Altered, Entered, History, is_open
from jobs.records.lease import Lease, held
from jobs.runs.state import Run
from jobs.work.workshop import Records, Workshop
from playbooks.core.trouble import Trouble

_LOG: Final = logging.getLogger(__name__)
_MOST: Final = 1000  # Runs that are gone through when a Redis is accepted.


async def enter_run(shop: Workshop, records: Records, run: str) -> None:
    """Enter what the object store knows of a run beyond Redis; a note says where that cannot be."""
    async with held(records.connection, shop.redis, f"lease:{run}", shop.name, shop.lease) as lease:
        if lease is None:
            return  # Whoever drives it knows it.
        try:
            known = await records.journal.read(run)
            kept = await records.archive.read(run)
            if not await _is_lost(records, known, kept):
                return
            if is_open(kept.events) and await _counts(records):
                await records.archive.leave_behind(run, shop.now())
        except (Altered, Ahead) as trouble:
            says = f"{trouble.happened}, so it was not entered from there; {trouble.do}"
            await records.board.put_note(Note(run=run, at=shop.now(), says=says))
            return
        except Trouble as trouble:  # The store does not answer; the scheduler rings again.
            _LOG.warning("not entered yet", extra={"run": run, "why": trouble.happened})
            return
        await _enter(shop, records, known, kept, lease)


async def accept(shop: Workshop, records: Records) -> str:
    """Let this Redis count from now on; what was open stands still for good. Raises Trouble.

    Nobody knows what was done elsewhere since, so no run that was approved before goes on.
    """
    if await _counts(records):
        return "This Redis is the one that counts already; nothing was changed."
    left = []
    for run in dict.fromkeys((*await records.journal.open_runs(), *await _open_history(records))):
        await _leave(shop, records, run)
        left.append(run)
    await records.generation.accept()
    await records.attestations.bring_back()
    behind = (
        f" Left behind, since nobody knows how far they are: {', '.join(left)}." if left else ""
    )
    return (
        f"This Redis is the one that counts from now on; runs may begin again.{behind} What such a"
        " run still holds is freed with `vault-responder release-lock NAME`."
    )


async def _is_lost(records: Records, known: History, kept: History) -> bool:
    """Say if the store knows more than Redis. Raises Ahead where the two have parted."""
    shared = kept.entries[: len(known.entries)]
    if shared != known.entries[: len(shared)]:
        pairs = enumerate(zip(shared, known.entries, strict=False), 1)
        raise Ahead(known.run, next(number for number, (one, other) in pairs if one != other))
    if len(kept.entries) <= len(known.entries):
        return False
    if not known.entries:
        return True
    try:
        # The one step that a worker died in is taken up by the next driver.
        return await records.archive.one_ahead(known) is None
    except (Ahead, LeftBehind):
        return True


async def _enter(
    shop: Workshop, records: Records, known: History, kept: History, lease: Lease
) -> None:
    entered = Entered(at=shop.now(), before=len(known.entries))
    await enter(records.connection, known, kept, entered, lease.epoch)
    await records.board.clear_note(kept.run)
    run = kept.state
    if isinstance(run, Run) and is_open(kept.events):
        for name in run.planned.holds:
            await records.locks.mirror(name, kept.run)
    _LOG.info("entered from the object store", extra={"run": kept.run})


async def _leave(shop: Workshop, records: Records, run: str) -> None:
    """Have nobody carry a run on that this Redis still has as open."""
    async with held(records.connection, shop.redis, f"lease:{run}", shop.name, shop.lease) as lease:
        if lease is None:
            raise Trouble(
                f"A worker has run {run} in its hands",
                left="this Redis does not count yet",
                do="try again in a minute; if it stays so, see what that worker does",
            )
        await records.archive.leave_behind(run, shop.now())
        try:
            known = await records.journal.read(run)
        except Altered:
            return  # Nobody carries that on either, and its note says why.
        if known.entered is None:
            await _enter(shop, records, known, known, lease)


async def _open_history(records: Records) -> list[str]:
    """Name the open runs that were entered before anyone said that this Redis counts."""
    found = []
    for run in await records.journal.recent(_MOST):
        try:
            history = await records.journal.read(run)
        except Altered:
            continue
        if history.entered is not None and is_open(history.events):
            found.append(run)
    return found


async def _counts(records: Records) -> bool:
    """Say if this is the Redis that the object store knows; only then a run may be ended by it."""
    try:
        await records.generation.check()
    except AnotherRedis:
        return False
    return True
