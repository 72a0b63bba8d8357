"""What every run is shown with, and a run as the records tell it now."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.ending import Ending
from bot.outbox import Outbox
from bot.shelf import Shelf
from jobs.people import People
from jobs.records.board import Board
from jobs.records.inbox import Inbox
from jobs.records.journal import Altered, Journal
from jobs.runs.events import Event
from jobs.runs.lifecycle import replay
from jobs.runs.requests import Asked
from jobs.runs.state import Ended, NoRun, Run
from playbooks.core.values import Moment


@dataclass(frozen=True)
class Seen:
    """`asked` is None if the request is gone from the inbox, `run` if nobody has looked yet."""

    events: tuple[Event, ...]
    run: Run | NoRun | None
    asked: Asked | None
    broken: str = ""  # Why its journal cannot be believed.

    def begun_at(self) -> Moment | None:
        """When it was asked for, or first planned; None if neither is known."""
        if self.asked is not None:
            return self.asked.at
        return self.events[0].at if self.events else None

    def asked_in(self) -> str | None:
        """The channel it was asked for in; None for a terminal."""
        match self.run:
            case Run(planned=planned):
                return planned.channel
            case NoRun(refused=refused):
                return refused.channel
            case None:
                return self.asked.channel if self.asked else None

    def is_over(self) -> bool:
        """Say if nothing can happen any more."""
        return isinstance(self.run, NoRun) or (
            isinstance(self.run, Run) and isinstance(self.run.stage, Ended)
        )


@dataclass(frozen=True, kw_only=True)
class Stage:
    journal: Journal
    inbox: Inbox
    board: Board
    shelf: Shelf
    outbox: Outbox
    ending: Ending
    people: People
    channels: tuple[str, ...]  # Where cards may appear.
    now: Callable[[], Moment]
    # Reading journals must not keep commands from Redis, however many runs begin at once.
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    async def look(self, run: str) -> Seen:
        """Read and verify one run."""
        async with self.reading:
            asked = await self.inbox.asked(run)
            try:
                events = (await self.journal.read(run)).events
            except Altered as altered:
                return Seen((), None, asked, str(altered))
        return Seen(events, replay(events), asked)
