"""What every listener is given, and the questions they all ask before anything is put."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.blocks.message import Message
from bot.blocks.thread import direct
from bot.commands import Vocabulary
from bot.departures import Departures
from bot.desk import Desk
from bot.door import Door
from bot.knowledge import Library
from bot.outbox import Outbox
from bot.shelf import Shelf
from bot.web import Json, Web
from jobs.people import People, Who
from jobs.records.board import Board
from jobs.records.journal import Journal
from jobs.records.standing import check_goes_on, standing
from jobs.runs.state import Run
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment


@dataclass(frozen=True, kw_only=True)
class Lobby:
    web: Web
    outbox: Outbox  # Only for links: what is shown of runs is the watch's part.
    door: Door
    departures: Departures
    desk: Desk
    shelf: Shelf
    board: Board
    journal: Journal
    library: Library
    vocabulary: Vocabulary
    people: People
    channels: tuple[str, ...]  # Where cards may appear.
    now: Callable[[], Moment]

    async def run(self, name: str) -> Run | None:
        """Read a run; None if there is none, or nothing was planned. Raises Altered."""
        run = standing(await self.journal.read(name))
        return run if isinstance(run, Run) else None

    async def check_goes_on(self, name: str) -> None:
        """Raise Trouble for a run that is history: no worker would answer."""
        check_goes_on(await self.journal.read(name))


# Slack waits 3 s for an acknowledgement, and tells the person of a failure afterwards.
_IN_TIME: Final = timedelta(seconds=2.3)


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Give up before Slack does, so that nobody is told of a failure and served all the same."""
    try:
        async with asyncio.timeout(_IN_TIME.total_seconds()):
            yield
    except TimeoutError as error:
        raise Trouble(
            "The records did not answer in time",
            left="it is not sure whether this was asked for",
            do="look at `/vault runs` before you say it again",
        ) from error


_STANDING: Final = {
    "guest": "guests of the workspace cannot use this",
    "bot": "only people can use this, not apps",
    "stranger": "people of other organisations cannot use this",
    "other workspace": "this bot answers in its own workspace only",
    "deleted": "this Slack account is deactivated",
    "unknown": "Slack did not say who you are",
}


def check_member(who: Who) -> None:
    """Raise Trouble for anyone who is not plainly a member of this workspace."""
    if who.standing in _STANDING:
        raise Trouble(
            f"This was refused: {_STANDING[who.standing]}",
            left="nothing was changed",
            do="ask a member of the workspace to do it in the incident channel",
        )


def check_place(why_not: str) -> None:
    """Raise Trouble for a channel in which nothing may be asked."""
    if why_not:
        raise Trouble(
            f"This was refused: {why_not}",
            left="nothing was changed",
            do="say it in the incident channel",
        )


def to_one(message: Message) -> Json:
    """Shape an answer that only the person who typed or pressed will see."""
    return {
        "response_type": "ephemeral",
        "text": message.text,
        "blocks": message.blocks,
    }


def told(trouble: Trouble) -> Message:
    return direct(str(trouble))
