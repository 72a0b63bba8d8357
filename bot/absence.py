"""Says once in the channel that no bot was there, and which runs went on meanwhile."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from bot.blocks.message import Message
from bot.blocks.mrkdwn import clock, code, sentence
from bot.blocks.parts import section
from bot.knowledge import Library
from bot.outbox import Outbox, Post
from bot.shelf import Shelf
from bot.watch import Turn
from bot.web import NotOurTurnError, SlackLimitedError, SlackRefusedError, SlackUnsureError
from jobs.records.heartbeat import Away, Heartbeats
from jobs.runs.headline import headline
from jobs.runs.state import NoRun, Run

_LOG: Final = logging.getLogger(__name__)
_LOOK_EVERY: Final = timedelta(seconds=2)
_NAMED: Final = 10
_ABOUT: Final = "absence"  # In the place of a run's name.


@dataclass(frozen=True)
class Absence:
    """Nothing is said of an absence in which no run was under way: it would be noise."""

    heartbeats: Heartbeats
    library: Library
    shelf: Shelf
    outbox: Outbox
    turn: Turn
    channel: str

    async def run(self) -> None:
        """Tell of each absence, while it is this bot's turn to speak, until cancelled."""
        while True:
            try:
                if self.turn.is_ours():
                    await self._tell()
            except (
                RedisError,
                NotOurTurnError,
                SlackLimitedError,
                SlackRefusedError,
                SlackUnsureError,
            ) as error:
                _LOG.warning("an absence is not told yet", extra={"why": type(error).__name__})
            await asyncio.sleep(_LOOK_EVERY.total_seconds())

    async def _tell(self) -> None:
        away = await self.heartbeats.away()
        if away is None:
            return
        key = f"away-{int(away.since.timestamp())}"
        shown = await self.shelf.shown(_ABOUT)
        runs = [run for run in await self.library.runs() if _was_under_way(run, away)]
        if runs and key not in shown.done:
            doubtful = shown.doubt == key
            await self.shelf.begins(_ABOUT, key)
            message = _message(away, runs)
            post = Post(channel=self.channel, message=message, run=_ABOUT, key=key)
            await self.outbox.post(post, doubtful=doubtful)
            await self.shelf.is_shown(_ABOUT, key)
        await self.heartbeats.away_is_told()


def _was_under_way(run: Run | NoRun, away: Away) -> bool:
    if isinstance(run, NoRun):
        return away.since <= run.refused.at <= away.until
    ended_at = run.ended_at
    return run.planned.at <= away.until and (ended_at is None or ended_at >= away.since)


def _message(away: Away, runs: list[Run | NoRun]) -> Message:
    lines = [f"{code(_name(run))} {sentence(headline(run))}" for run in runs[:_NAMED]]
    if len(runs) > _NAMED:
        lines.append(f"and {len(runs) - _NAMED} more: `/vault runs`")
    says = (
        f":zzz: The bot was away from {clock(away.since)} to {clock(away.until)};"
        " what happened meanwhile is in the threads"
    )
    return Message(says, [section("\n".join([says, *lines]))])


def _name(run: Run | NoRun) -> str:
    return run.id if isinstance(run, Run) else run.refused.run
