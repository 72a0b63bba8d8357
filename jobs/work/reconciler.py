"""Repeat every ring that may have been lost: what should move, and in whose hands it is not."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from jobs.records.archive import Archive
from jobs.records.attestations import Attestations
from jobs.records.board import Board
from jobs.records.connection import Connection
from jobs.records.inbox import Inbox
from jobs.records.journal import Altered, History, Journal
from jobs.records.lease import is_free
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Run, Running, Undoing
from jobs.work.bell import Bell
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_WAITING: Final = timedelta(seconds=2)  # How often a wait is asked if it is over.
_LEFT_ALONE: Final = timedelta(seconds=10)  # How often a run with a note is tried again.
_REFRESH: Final = timedelta(seconds=10)
_CLEAN: Final = timedelta(seconds=10)
_RECENT: Final = 20  # Runs whose copies in the store are completed.


@dataclass
class Reconciler:
    """Decides nothing: it rings, and workers find out what there is to do."""

    connection: Connection
    inbox: Inbox
    journal: Journal
    board: Board
    archive: Archive
    attestations: Attestations
    bell: Bell
    known: dict[str, History] = field(default_factory=dict)
    done_at: dict[str, Moment] = field(default_factory=dict)

    async def once(self, now: Moment) -> None:
        """Make one round."""
        for run in await self.inbox.unanswered():
            await self.bell.ring_look(run)
        open_runs = await self.journal.open_runs()
        for run in open_runs:
            await self._one_run(run, now)
        self.known = {run: self.known[run] for run in open_runs if run in self.known}
        kept = {*open_runs, "refresh", "clean"}
        self.done_at = {what: at for what, at in self.done_at.items() if what in kept}
        if self._is_due("refresh", now, _REFRESH):
            await self.bell.ring_refresh()
        if self._is_due("clean", now, _CLEAN):
            await self.bell.clean()
            await self._complete_copies()
            for wish in await self.attestations.unsigned():
                await self.bell.ring_attest(wish.id)

    async def _one_run(self, run: str, now: Moment) -> None:
        try:
            state = replay((await self._history(run)).events)
        except Altered as altered:
            if self._is_due(run, now, _LEFT_ALONE):
                _LOG.error("journal altered", extra={"run": run, "number": altered.number})
                await self.bell.ring_act(run)  # The worker says so on the board.
            return
        if not isinstance(state, Run) or not await is_free(self.connection, f"lease:{run}"):
            return
        pause = await self._pause(state, now)
        if pause is not None and self._is_due(run, now, pause):
            await self.bell.ring_act(run)

    async def _pause(self, run: Run, now: Moment) -> timedelta | None:
        """Say how often a run is rung for now; None: not at all."""
        pressed = await self.inbox.presses(run.id)
        expired = isinstance(run.stage, AwaitsApproval) and now >= run.planned.expires_at
        unheard = any(press.id not in run.answered for press in pressed)
        if not (unheard or expired or isinstance(run.stage, Running | Undoing)):
            return None
        if await self.board.note(run.id) is not None:
            return _LEFT_ALONE
        step = run.next_step()
        if isinstance(run.stage, Running) and step is not None and step.status == "waits":
            return timedelta(0) if unheard else _WAITING
        return timedelta(0)

    async def _history(self, run: str) -> History:
        """Read a journal again only when it grew."""
        known = self.known.get(run)
        if known is None or len(known.entries) != await self.journal.length(run):
            known = self.known[run] = await self.journal.read(run)
        return known

    async def _complete_copies(self) -> None:
        for run in await self.journal.recent(_RECENT):
            try:
                await self.archive.complete(await self.journal.read(run))
            except Trouble:
                _LOG.warning("copies not completed", extra={"run": run})

    def _is_due(self, what: str, now: Moment, every: timedelta) -> bool:
        last = self.done_at.get(what)
        # A last time that lies ahead means that the clock was set back.
        if last is not None and timedelta(0) <= now - last < every:
            return False
        self.done_at[what] = now
        return True
