"""Repeat every ring that may have been lost: what should move, and in whose hands it is not."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from jobs.records.archive import Archive
from jobs.records.attestations import Attestations
from jobs.records.board import Board
from jobs.records.bugs import going_on
from jobs.records.connection import Connection
from jobs.records.inbox import Inbox
from jobs.records.journal import Altered, History, Journal
from jobs.records.lease import is_free
from jobs.runs.state import AwaitsApproval, Run, Running, Undoing
from jobs.work.bell import Bell
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_WAITING: Final = timedelta(seconds=2)  # How often a wait is asked if it is over.
_UNHEARD: Final = timedelta(seconds=5)  # How often a press is rung for that no worker answers.
_LEFT_ALONE: Final = timedelta(seconds=10)  # How often a run with a note is tried again.
_REFRESH: Final = timedelta(seconds=10)
_CLEAN: Final = timedelta(seconds=10)
_RECENT: Final = 20  # Runs whose copies in the store are completed.
_SEARCH: Final = timedelta(minutes=1)  # How often the store is searched for runs Redis lost.
_IN_VAIN: Final = timedelta(minutes=10)  # How often a run is rung for that could not be entered.
_OLD: Final = timedelta(days=120)  # Runs begun before that stay in the store alone.
_READ_AT_ONCE: Final = 200  # Beginnings of runs that are read in one round.
_ASKED_FIRST: Final = timedelta(seconds=5)
_ASKED_LONGEST: Final = timedelta(minutes=1)
_ASKED_AT_ONCE: Final = 20  # Whoever stole a bot may ask for very much.
_AT_ONCE: Final = 5  # Runs that are rung for in one round, where nothing else is to be done.


@dataclass(frozen=True)
class _Rung:
    at: Moment
    pause: timedelta

    def is_due(self, now: Moment) -> bool:
        # A last time that lies ahead means that the clock was set back.
        return not timedelta(0) <= now - self.at < self.pause


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
    asked: dict[str, _Rung] = field(default_factory=dict)
    unheard: dict[str, frozenset[str]] = field(default_factory=dict)  # At the last round.
    done_at: dict[str, Moment] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)  # To be rung for, in the order they began.
    begun: dict[str, Moment] = field(default_factory=dict)  # Of runs that are in the store alone.
    searched_for: dict[str, Moment] = field(default_factory=dict)

    async def once(self, now: Moment) -> None:
        """Make one round; a bad value costs no more than what is about it."""
        with going_on("asked"):
            await self._ring_for_asked(now)
        open_runs = await self.journal.open_runs()
        for run in open_runs:
            with going_on(run):
                await self._one_run(run, now)
        with going_on("lost"):
            await self._ring_for_lost(open_runs, now)
        self.known = {run: self.known[run] for run in open_runs if run in self.known}
        self.unheard = {run: self.unheard[run] for run in open_runs if run in self.unheard}
        kept = {*open_runs, "refresh", "clean", "search"}
        self.done_at = {what: at for what, at in self.done_at.items() if what in kept}
        await self._now_and_then(open_runs, now)

    async def _now_and_then(self, open_runs: tuple[str, ...], now: Moment) -> None:
        if self._is_due("refresh", now, _REFRESH):
            with going_on("refresh"):
                await self.bell.ring_refresh()
        if self._is_due("clean", now, _CLEAN):
            with going_on("clean"):
                await self.bell.clean()
            await self._complete_copies(open_runs, now)
            with going_on("attest"):
                for wish in await self.attestations.unsigned():
                    await self.bell.ring_attest(wish.id)

    async def _ring_for_asked(self, now: Moment) -> None:
        """Ring for what was asked for last first, and ever less often while nothing comes of it."""
        asked = (await self.inbox.unanswered())[::-1]
        self.asked = {run: self.asked[run] for run in asked if run in self.asked}
        due = [run for run in asked if run not in self.asked or self.asked[run].is_due(now)]
        for run in due[:_ASKED_AT_ONCE]:
            last = self.asked.get(run)
            pause = _ASKED_FIRST if last is None else min(last.pause * 2, _ASKED_LONGEST)
            self.asked[run] = _Rung(now, pause)
            await self.bell.ring_look(run)

    async def _one_run(self, run: str, now: Moment) -> None:
        try:
            state = (await self._history(run)).state
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
        by_order = isinstance(run.stage, AwaitsApproval) and run.planned.standing_order is not None
        unheard = {press.id for press in pressed if press.id not in run.answered}
        if not (unheard or expired or by_order or isinstance(run.stage, Running | Undoing)):
            return None
        # Workers may leave a flood unanswered; what came since is rung for at once.
        before, self.unheard[run.id] = self.unheard.get(run.id, frozenset()), frozenset(unheard)
        newly = not unheard <= before
        if await self.board.note(run.id) is not None:
            return _LEFT_ALONE
        step = run.next_step()
        if isinstance(run.stage, Running) and step is not None and step.status == "waits":
            return timedelta(0) if newly else _WAITING
        moves = expired or by_order or isinstance(run.stage, Running | Undoing)
        return timedelta(0) if newly or moves else _UNHEARD

    async def _history(self, run: str) -> History:
        """Read a journal again only when it grew."""
        known = self.known.get(run)
        if known is None or len(known.entries) != await self.journal.length(run):
            known = self.known[run] = await self.journal.read(run)
        return known

    async def _complete_copies(self, open_runs: tuple[str, ...], now: Moment) -> None:
        for run in {*await self.journal.recent(_RECENT), *open_runs}:
            with going_on(run):
                await self._complete_copy(run, now)

    async def _complete_copy(self, run: str, now: Moment) -> None:
        try:
            history = await self.journal.read(run)
            ahead = await self.archive.complete(history)
        except Trouble:
            _LOG.warning("copies not completed", extra={"run": run})
            return
        # What a worker is about to write is in the store first.
        grew = ahead and await self.journal.length(run) != len(history.entries)
        if ahead and not grew and await is_free(self.connection, f"lease:{run}"):
            await self._ring_for_history(run, now, _SEARCH)

    async def _ring_for_lost(self, open_runs: tuple[str, ...], now: Moment) -> None:
        """Have runs entered that are in the store and not in Redis, after what is under way."""
        if self._is_due("search", now, _SEARCH):
            try:
                self.lost = await self._find_lost(now)
            except Trouble as trouble:
                _LOG.warning("not searched for lost runs", extra={"why": trouble.happened})
        at_once = 1 if open_runs else _AT_ONCE
        for run in self.lost[:at_once]:
            await self._ring_for_history(run, now, _IN_VAIN)
        del self.lost[:at_once]

    async def _find_lost(self, now: Moment) -> list[str]:
        # In this order: a run that begins between the two is in Redis first.
        names = await self.archive.runs()
        known = await self.connection.existing([f"run:{name}" for name in names])
        missing = [name for name, there in zip(names, known, strict=True) if not there]
        unread = [name for name in missing if name not in self.begun]
        if len(unread) > _READ_AT_ONCE:
            del self.done_at["search"]  # Go on in the next round, so that this one is short.
        begun = await self.archive.begun(unread[:_READ_AT_ONCE])
        self.begun |= {name: at or now for name, at in begun.items()}
        self.begun = {name: self.begun[name] for name in missing if name in self.begun}
        young = [name for name, at in self.begun.items() if now - at < _OLD]
        return sorted(young, key=lambda name: self.begun[name])

    async def _ring_for_history(self, run: str, now: Moment, every: timedelta) -> None:
        rung = self.searched_for.items()
        self.searched_for = {name: at for name, at in rung if now - at < _IN_VAIN}
        last = self.searched_for.get(run)
        if last is None or not timedelta(0) <= now - last < every:
            self.searched_for[run] = now
            await self.bell.ring_history(run)

    def _is_due(self, what: str, now: Moment, every: timedelta) -> bool:
        last = self.done_at.get(what)
        # A last time that lies ahead means that the clock was set back.
        if last is not None and timedelta(0) <= now - last < every:
            return False
        self.done_at[what] = now
        return True
