"""Carry one run on under its lease: check that it may, hold its locks, write each event down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from jobs.people import Button, People
from jobs.records.archive import LeftBehind
from jobs.records.board import Note
from jobs.records.journal import History, is_open
from jobs.records.lease import Lease, held
from jobs.records.locks import Lock, held_by
from jobs.runs.carrying import answer
from jobs.runs.events import Broke, Event, Expired, StepFailed, StepStarted, UndoStarted
from jobs.runs.execute import carry_on
from jobs.runs.hearing import to_hear
from jobs.runs.lifecycle import replay
from jobs.runs.proofs import Proof
from jobs.runs.requests import Press
from jobs.runs.state import AwaitsApproval, Run, Running, Stopped, Undoing
from jobs.work.approved import why_not_approved
from jobs.work.orders import answer_by_order
from jobs.work.workshop import Records, Workshop
from playbooks.core.danger import Danger
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.world.world import World

# What counts on a run whose table is another one: it ends the run, or makes it stand still.
_WITHOUT_TABLE: Final = frozenset({Button.DENY, Button.CANCEL, Button.LEAVE})


@dataclass
class Driver:
    """One run in this worker's hands; the `Outside` of jobs/runs/execute."""

    shop: Workshop
    records: Records
    lease: Lease
    world: World
    stop_asked: Callable[[], bool]
    history: History
    locks: list[Lock] = field(default_factory=list)

    @property
    def people(self) -> People:
        """Who may press what."""
        return self.shop.people

    @property
    def run(self) -> Run:
        """Where the run stands."""
        run = self.history.state
        if not isinstance(run, Run):
            msg = f"there is no run {self.history.run}"
            raise TypeError(msg)
        return run

    async def record(self, event: Event) -> None:
        """Write an event down; into the store first where what follows destroys something."""
        entry = self.records.journal.seal(self.history, event, self.lease.epoch)
        begins = isinstance(event, StepStarted | UndoStarted)
        if begins and not await self._still_holds():
            raise _lost(self.run.planned.holds)
        destroys = self.run.planned.danger is Danger.DESTROYS
        first = isinstance(event, StepStarted) and destroys
        if first:
            entry = await self.records.archive.put(entry, self.history)
        self.history = await self.records.journal.append(self.history, entry, self.lease.epoch)
        if not first:
            await self.records.archive.copy(entry)
        # Asked again: whoever takes a lock over looks for this event after taking it, so either
        # they see it, or this driver sees them and does not act.
        if begins and not await self._still_holds():
            raise _lost(self.run.planned.holds)

    async def presses(self) -> Iterable[Press]:
        """Read new presses while the run is under way; before that, only `_hear` does.

        Otherwise an approval could start the first step before the locks are held.
        """
        if not isinstance(self.run.stage, Running | Undoing):
            return ()
        return await self._unheard()

    async def prove(self, run: Run, press: Press) -> Proof:
        return await self.records.prover.prove(run, press, self.people, self.shop.now())

    def may_go_on(self) -> bool:
        return self.lease.is_ours() and not self.stop_asked()

    async def pause(self, span: timedelta) -> None:
        await asyncio.sleep(span.total_seconds())

    async def carry_on(self) -> None:
        """Take the run as far as it goes now."""
        book = self.shop.playbooks.get(self.run.planned.playbook)
        if book is None or book.table_digest() != self.run.planned.table:
            await self._leave_alone()
        else:
            await self._go(book)
        # A backup that stopped must not keep a restore waiting; it takes its locks anew.
        reads = self.run.planned.danger is Danger.READS
        if not is_open(self.history.events) or (reads and isinstance(self.run.stage, Stopped)):
            for name in self.run.planned.holds:
                await self.records.locks.free(name, self.history.run)
            # A finished backup is asked for by name within seconds, so the board is read anew now.
            await self.records.bell.ring_refresh()

    async def broke(self, error_id: str) -> None:
        """Write down that this worker met a bug, where the run can still take that in."""
        if isinstance(self.run.stage, Running | Undoing):
            step = self.run.at_step()
            await self.record(Broke(at=self.shop.now(), step=step, error_id=error_id))

    async def _go(self, book: Playbook[Any, Any]) -> None:
        await self.records.board.clear_note(self.history.run)
        await self._hear(frozenset(Button))
        if isinstance(self.run.stage, AwaitsApproval):
            answered = answer_by_order(self.shop, self.run)
            if answered is not None:
                await self.record(answered)
        if isinstance(self.run.stage, Running | Undoing):
            try:
                why_not = (
                    why_not_approved(self.shop, book, self.run, self.world.clusters)
                    or await self._take_locks()
                )
            except Trouble as trouble:  # The store does not answer; the next ring tries again.
                says = f"Run {self.history.run} does not go on yet: {trouble}"
                note = Note(run=self.history.run, at=self.shop.now(), says=says)
                await self.records.board.put_note(note)
                return
            if why_not is not None:
                await self._stop(why_not)
        await carry_on(book, list(self.history.events), self)

    async def _hear(self, buttons: frozenset[Button]) -> None:
        for press in await self._unheard():
            if press.button in buttons and press.id not in self.run.answered:
                await self.record(await answer(self, self.run, press, self.shop.now()))

    async def _unheard(self) -> tuple[Press, ...]:
        pressed = await self.records.inbox.presses(self.history.run)
        return to_hear(pressed, self.run, self.people)

    async def _leave_alone(self) -> None:
        await self._hear(_WITHOUT_TABLE)
        run = self.run
        if isinstance(run.stage, AwaitsApproval) and self.shop.now() >= run.planned.expires_at:
            await self.record(Expired(at=self.shop.now()))
        if not is_open(self.history.events):
            await self.records.board.clear_note(run.id)
            return
        says = (
            f"Workers leave run {run.id} alone: it was planned by another version of the table of "
            f"{run.planned.playbook}. Nothing more is changed. Start a worker of that version, or "
            "end this run and ask for a new one."
        )
        await self.records.board.put_note(Note(run=run.id, at=self.shop.now(), says=says))

    async def _take_locks(self) -> Trouble | None:
        """Hold what the plan names; the Trouble to stop with where another run holds it."""
        run = self.history.run
        for name in self.run.planned.holds:
            last = await self.records.locks.last(name)
            over = None
            if last is not None and last.run != run:
                other = await self.records.journal.read(last.run)
                # A run that nobody knows may still be at work behind a Redis that was lost.
                if not other.events or is_open(other.events):
                    return held_by(name, last.run)
                over = last.run
            lock = await self.records.locks.take(name, run, self.shop.now(), over=over)
            self.locks.append(lock)
        # Whoever took the cluster over before these locks were taken has marked this run since it
        # was read; whoever does so later takes the next epoch of a lock, which `record` sees.
        await self.records.generation.check()
        try:
            await self.records.archive.check_not_left(run)
        except LeftBehind:
            for lock in self.locks:  # They were free by then, and nothing was done under them.
                await self.records.locks.free(lock.name, run)
            raise
        return None

    async def _still_holds(self) -> bool:
        for lock in self.locks:
            if not await self.records.locks.is_highest(lock):
                return False
        return len(self.locks) == len(self.run.planned.holds)

    async def _stop(self, trouble: Trouble) -> None:
        step = self.run.at_step()
        if step is not None:
            await self.record(
                StepFailed(
                    at=self.shop.now(),
                    step=step,
                    happened=trouble.happened,
                    left=trouble.left,
                    do=trouble.do,
                )
            )


@asynccontextmanager
async def driving(
    shop: Workshop, records: Records, run: str, stop_asked: Callable[[], bool]
) -> AsyncIterator[Driver | None]:
    """Drive a run for the length of a block; None where it is in other hands, or must not go on."""
    key = f"lease:{run}"
    async with held(records.connection, shop.redis, key, shop.name, shop.lease) as lease:
        if lease is None:
            yield None
            return
        try:
            history = await _verified(records, run, lease)
        except Trouble as trouble:
            await records.board.put_note(Note(run=run, at=shop.now(), says=str(trouble)))
            yield None
            return
        if not isinstance(replay(history.events), Run):
            yield None
            return
        async with shop.world() as world:
            yield Driver(shop, records, lease, world, stop_asked, history)


async def _verified(records: Records, run: str, lease: Lease) -> History:
    """Read a run, with the step that a worker died in between its two writes, if there is one."""
    await records.generation.check()
    history = await records.journal.read(run)
    ahead = await records.archive.one_ahead(history)
    if ahead is None:
        return history
    return await records.journal.append(history, ahead, lease.epoch)


def _lost(holds: tuple[str, ...]) -> Trouble:
    return Trouble(
        f"This run does not hold {' and '.join(holds)} any more",
        left="another run may be at work, so nothing more is begun",
        do="end the other run first, then press Try again",
    )
