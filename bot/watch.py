"""Follows the feed and shows every run; of all bots, the one that holds the lease does it."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from bot.present import Presenter
from bot.stage import Stage
from bot.tasks import end
from bot.web import NotOurTurnError, SlackLimitedError, SlackRefusedError, SlackUnsureError
from jobs.records.connection import Address, Connection
from jobs.records.feed import START, Feed
from jobs.records.journal import Altered
from jobs.records.lease import Lease, held

_LOG: Final = logging.getLogger(__name__)
_LEASE: Final = "bot:lease"
_LISTEN: Final = timedelta(milliseconds=400)
# Whoever stands by takes over so soon after the last sign of the one that leads.
_LENGTH: Final = timedelta(seconds=3)
_RETRY: Final = timedelta(milliseconds=300)
_PAUSE: Final = timedelta(seconds=5)  # Before a run is shown again that Slack refused.
_SOON: Final = timedelta(seconds=1)  # The same where Slack did not answer.
_RUNS: Final = 500  # Runs that are gone through again once the cursor is lost.


@dataclass(frozen=True)
class Turn:
    """Whether this process may speak: it holds the lease, by its own clock too."""

    holder: list[Lease]

    def is_ours(self) -> bool:
        return bool(self.holder) and self.holder[0].is_ours()


@dataclass(frozen=True)
class _Shown:
    presenter: Presenter
    task: asyncio.Task[None]


class Watch:
    """One for each bot process; `run` never ends by itself."""

    def __init__(
        self, connection: Connection, address: Address, name: str, turn: Turn, stage: Stage
    ) -> None:
        self._connection = connection
        self._address = address
        self._name = name
        self._turn = turn
        self._stage = stage
        self._feed = Feed(connection)
        self._shown: dict[str, _Shown] = {}
        self._placed: asyncio.Event | None = None  # The card that was begun last. None: none was.
        self._edits: list[float] = []  # When edits were made, so long as Redis knew it.
        self._stood_by = False  # Another one led, as long as this one knows.
        self._furthest = START  # How far this process ever followed the feed.

    async def run(self) -> None:
        """Lead while the lease can be had, and stand by otherwise, until cancelled."""
        while True:
            try:
                async with held(
                    self._connection, self._address, _LEASE, self._name, _LENGTH
                ) as lease:
                    self._edits = await self._stage.shelf.edits() or self._edits
                    if lease is not None:
                        await self._let_go()
                        self._turn.holder[:] = [lease]
                        await self._lead()
                    else:
                        self._stood_by = True
            except (RedisError, NotOurTurnError) as error:
                _LOG.warning("the watch begins anew", extra={"why": type(error).__name__})
            finally:
                self._turn.holder.clear()
            await asyncio.sleep(_RETRY.total_seconds())

    async def _let_go(self) -> None:
        """Redis was lost, and the lease with it: who led may speak on until it finds that out."""
        if self._stood_by and await self._stage.shelf.cursor() is None:
            await asyncio.sleep(_LENGTH.total_seconds())
        self._stood_by = False

    async def _lead(self) -> None:
        """Show what there is to show. Raises NotOurTurnError once the lease is lost."""
        _LOG.info("this bot shows the runs", extra={"bot": self._name})
        now = self._stage.now().timestamp()
        self._stage.outbox.edits.remember(now - at for at in self._edits)
        edits = asyncio.create_task(self._stage.outbox.edits.run())
        try:
            await self._follow(edits)
        finally:
            await end(edits, *(shown.task for shown in self._shown.values()))
            self._shown.clear()

    async def _follow(self, edits: asyncio.Task[None]) -> None:
        since, cursor = self._stage.now(), await self._cursor()
        # An old copy of Redis was restored: it knows less of what was said than Slack does.
        forgetful = _order(cursor) < _order(self._furthest)
        self._furthest = cursor
        while self._turn.is_ours() and not edits.done():
            await self._close_finished()
            for run in await self._to_begin():
                presenter = Presenter(run, self._stage, since, forgetful=forgetful)
                task = asyncio.create_task(self._present(run, presenter, self._placed))
                self._shown[run] = _Shown(presenter, task)
                self._placed = presenter.placed
            lines = await self._feed.after(cursor, _LISTEN)
            if lines:
                # First it is sure that they will be shown, then the feed is done with.
                runs = {line.run for line in lines if line.kind != "attested"}
                await self._stage.shelf.open(runs)
                cursor = self._furthest = lines[-1].id
                await self._stage.shelf.move_cursor(cursor)
            for line in lines:
                if line.run in self._shown:
                    self._shown[line.run].presenter.changed(line.kind)
        if edits.done():
            edits.result()
        raise NotOurTurnError

    async def _to_begin(self) -> list[str]:
        """Runs whose showing begins now, in the order in which they began."""
        opened = await self._stage.shelf.open_runs() - self._shown.keys()
        if len(opened) < 2:  # noqa: PLR2004 -- one run is in order
            return list(opened)
        newest = await self._stage.journal.recent(_RUNS)
        place = {run: -number for number, run in enumerate(newest)}
        return sorted(opened, key=lambda run: place.get(run, 1))

    async def _cursor(self) -> str:
        """Where to read on; with gaps behind it, every run is looked at again."""
        known, first, last = await asyncio.gather(
            self._stage.shelf.cursor(), self._feed.first(), self._feed.last()
        )
        whole = known is not None and _order(known) <= _order(last)
        if whole and known is not None and (first is None or _order(known) >= _order(first)):
            return known
        recent = await self._stage.journal.recent(_RUNS)
        waiting = await self._stage.inbox.unanswered()
        await self._stage.shelf.open({*recent, *waiting, *await self._stage.journal.open_runs()})
        await self._stage.shelf.move_cursor(last)
        return last

    async def _present(
        self, run: str, presenter: Presenter, before: asyncio.Event | None = None
    ) -> None:
        while True:
            try:
                await presenter.show(before)
            except (SlackUnsureError, SlackLimitedError, SlackRefusedError, Altered) as error:
                _LOG.warning("not shown yet", extra={"run": run, "why": str(error)})
                lost = isinstance(error, SlackUnsureError)
                await asyncio.sleep((_SOON if lost else _PAUSE).total_seconds())
            else:
                return

    async def _close_finished(self) -> None:
        """Only here runs are closed, so that no event slips in between."""
        for run, shown in [*self._shown.items()]:
            if not shown.task.done():
                continue
            match shown.task.exception():
                case None:
                    del self._shown[run]
                    if not shown.presenter.has_more():
                        await self._stage.shelf.close_run(run)
                case RedisError() | NotOurTurnError() as error:
                    raise error
                case error:
                    # One run that cannot be shown must not hide the others; it is tried again.
                    _LOG.error("a run cannot be shown", extra={"run": run}, exc_info=error)
                    task = asyncio.create_task(self._once_more(run, shown.presenter))
                    self._shown[run] = _Shown(shown.presenter, task)

    async def _once_more(self, run: str, presenter: Presenter) -> None:
        await asyncio.sleep(_PAUSE.total_seconds())
        await self._present(run, presenter)


def _order(cursor: str) -> tuple[int, int]:
    milliseconds, _, number = cursor.partition("-")
    return int(milliseconds), int(number)
