"""Looks out for what people must hear of without Slack; run by schedulers.

That is a bot or a Redis that does not answer, broken glass, a standing order not carried out, and
a rotation of shares that outlived its run.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from jobs.alarms.letters import Letters
from jobs.alarms.mail import (
    bot_is_back,
    bot_is_silent,
    glass_is_broken,
    redis_is_back,
    redis_is_silent,
    rotation_is_open,
)
from jobs.alarms.orders import LATE_AFTER, order_failed, order_is_late
from jobs.records.board import Board
from jobs.records.bugs import AWAY, going_on
from jobs.records.connection import Connection
from jobs.records.heartbeat import Heartbeats
from jobs.records.journal import Altered, Journal
from jobs.runs.bots import SILENT_AFTER, Bots
from jobs.runs.events import GlassBroken
from jobs.runs.orders import StandingOrder
from jobs.runs.state import NoRun, Run
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_EVERY: Final = timedelta(seconds=2)
_RECENT: Final = 50  # Runs in which something may have happened since the last look.
_DAY: Final = timedelta(days=1)
_OLD_GLASS: Final = timedelta(days=7)  # Told long ago, by whichever scheduler there was.
# A looker may have looked just before a run recorded what came of its rotation.
_SURELY_LEFT: Final = timedelta(minutes=1)
_TOLD: Final = "letters:silence"  # Since when nobody answers, while a letter about it stands.
_FIRST_LOOK: Final = "letters:looked"


@dataclass
class Lookout:
    """Each scheduler has one, and none needs to lead: the letters themselves go out once."""

    connection: Connection  # Impatient.
    journal: Journal
    letters: Letters
    orders: tuple[StandingOrder, ...] = ()
    looks_since: Moment | None = None  # None: Redis did not answer at the last look.
    redis_away_since: Moment | None = None  # None: it answers.
    redis_told: bool = False
    lengths: dict[str, int] | None = None  # Of the journals that were looked into.
    left_open: dict[str, Moment] = field(default_factory=dict)  # Rotations, by when first seen.

    async def watch(self) -> None:
        """Look every few seconds, until cancelled."""
        while True:
            with going_on("lookout"):
                await self.once()
            await asyncio.sleep(_EVERY.total_seconds())

    async def once(self) -> None:
        """Look once, and send what follows from it."""
        try:
            with going_on("bots"):
                bots = await Heartbeats(self.connection).bots()
                await self._redis_answers(bots.seen_at)
                await self._look_at_bots(bots)
            with going_on("runs"):
                await self._look_into_runs()
            with going_on("orders"):
                await self._look_for_late_orders()
            with going_on("rotations"):
                await self._look_for_rotations()
        except AWAY:
            self._redis_is_away()
        await self.letters.send()

    def _redis_is_away(self) -> None:
        now = self.letters.now()
        self.looks_since = None
        if self.redis_away_since is None:
            self.redis_away_since = now
        if now - self.redis_away_since >= SILENT_AFTER:
            self.redis_told = True
            on_call = self.letters.duty.on_call
            self.letters.put(redis_is_silent(on_call, self.redis_away_since, now))

    async def _redis_answers(self, seen_at: Moment) -> None:
        if self.looks_since is None:
            # Bots may need as long to come back to Redis, or to be started, as this process did.
            self.looks_since = seen_at
        if self.redis_away_since is not None and self.redis_told:
            now, on_call = self.letters.now(), self.letters.duty.on_call
            self.letters.put(redis_is_back(on_call, self.redis_away_since, now))
        self.redis_away_since, self.redis_told = None, False

    async def _look_at_bots(self, bots: Bots) -> None:
        on_call, told = self.letters.duty.on_call, await self.connection.get(_TOLD)
        if bots.answering():
            if told is not None:
                since = _moment(told)
                runs = await self._open_runs()
                self.letters.put(bot_is_back(on_call, since, bots.seen_at, runs))
                await self.connection.delete(_TOLD)
            return
        looks_since = self.looks_since or bots.seen_at
        answered_at = bots.answered_at or await self._first_look(bots.seen_at)
        if bots.seen_at - max(answered_at, looks_since) < SILENT_AFTER:
            return
        silence = (answered_at, bots.seen_at)
        runs = await self._open_runs()
        self.letters.put(bot_is_silent(on_call, silence, bots.cut_off(), runs))
        if told is None:
            await self.connection.set_new(_TOLD, answered_at.isoformat())

    async def _first_look(self, now: Moment) -> Moment:
        """Where no bot ever answered, it is missed from the first look on, whoever made it."""
        await self.connection.set_new(_FIRST_LOOK, now.isoformat())
        return _moment(await self.connection.get(_FIRST_LOOK) or now.isoformat())

    async def _open_runs(self) -> tuple[Run, ...]:
        found = [await self._run(run) for run in await self.journal.open_runs()]
        return tuple(run for run in found if run is not None)

    async def _run(self, name: str) -> Run | None:
        with going_on(name):
            try:
                state = (await self.journal.read(name)).state
            except Altered:
                return None  # The reconciler and the board tell of it.
            return state if isinstance(state, Run) else None
        return None

    async def _look_for_late_orders(self) -> None:
        past, duty = self.letters.now() - LATE_AFTER, self.letters.duty
        for order in self.orders:
            run = order.due_run(past)
            # By now it has begun, or has been refused with a reason.
            if run is not None and not await self.journal.length(run):
                due_at = order.due_at(past.date())
                self.letters.put(order_is_late(order, due_at, duty.on_call, duty.people))

    async def _look_for_rotations(self) -> None:
        """A run that is open shows its own; afterwards nobody does."""
        views = [view for view in await Board(self.connection).clusters() if view.rotations]
        runs = await self._open_runs() if views else ()
        held = {name for run in runs for name in run.planned.holds}
        now, before, self.left_open = self.letters.now(), self.left_open, {}
        for view in views:
            if f"cluster:{view.cluster}" in held or view.is_stale(now):
                continue
            for mark in view.rotations:
                since = self.left_open[mark] = before.get(mark, now)
                if now - since >= _SURELY_LEFT:
                    on_call = self.letters.duty.on_call
                    self.letters.put(rotation_is_open(on_call, view.cluster, mark))

    async def _look_into_runs(self) -> None:
        before, lengths = self.lengths or {}, {}
        for run in await self.journal.recent(_RECENT):
            lengths[run] = await self.journal.length(run)
            if before.get(run) != lengths[run]:
                with going_on(run):
                    await self._look_into(run)
        self.lengths = lengths

    async def _look_into(self, name: str) -> None:
        try:
            history = await self.journal.read(name)
        except Altered as altered:
            _LOG.error("journal altered", extra={"run": name, "number": altered.number})
            return
        state, recent = history.state, self.letters.now() - _OLD_GLASS
        for event in history.events:
            if isinstance(event, GlassBroken) and isinstance(state, Run) and event.at > recent:
                self.letters.put(glass_is_broken(event, state))
        if isinstance(state, Run | NoRun) and history.events[0].at > self.letters.now() - _DAY:
            duty = self.letters.duty
            failed = order_failed(state, self.orders, duty.on_call, duty.people)
            if failed is not None:
                self.letters.put(failed)


def _moment(text: str) -> Moment:
    return datetime.fromisoformat(text)
