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
from jobs.records.journal import Altered, Entered, Journal, is_open
from jobs.records.standing import standing
from jobs.runs.events import Event
from jobs.runs.requests import Asked
from jobs.runs.state import AwaitsApproval, Ended, NoRun, Run, Stopped
from playbooks.core.values import Moment


@dataclass(frozen=True)
class Seen:
    """`asked` is None if the request is gone from the inbox, `run` if nobody has looked yet."""

    events: tuple[Event, ...]
    run: Run | NoRun | None
    asked: Asked | None
    broken: str = ""  # Why its journal cannot be believed.
    entered: Entered | None = None  # None: it was written in this Redis.

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

    def is_by_schedule(self) -> bool:
        """Say if a standing order asked for it, and not a person."""
        match self.run:
            case Run(planned=planned):
                return planned.standing_order is not None
            case NoRun(refused=refused):
                return refused.who.standing == "schedule"
            case None:
                return False

    def is_over(self) -> bool:
        """Say if nothing can happen any more."""
        return isinstance(self.run, NoRun) or (
            isinstance(self.run, Run)
            and (self.entered is not None or isinstance(self.run.stage, Ended))
        )

    def waits_for_people(self) -> bool:
        """Say if nothing goes on before somebody has seen its card."""
        if isinstance(self.run, Run) and self.entered is None:
            return isinstance(self.run.stage, AwaitsApproval | Stopped)
        return self.is_left_behind()

    def is_left_behind(self) -> bool:
        """Say if it was open when Redis was lost, so that nobody carries it on."""
        return self.entered is not None and isinstance(self.run, Run) and is_open(self.events)

    def word_of_it(self) -> str | None:
        """Say what people must know of a run that is history; None if it is carried on here."""
        if self.entered is None:
            return None
        match self.run:
            case Run(stage=Stopped(happened=happened, true_now=true_now, do=do)):
                return f"{happened}. Now: {true_now}. What to do: {do}"
            case Run() if self.is_left_behind():
                return (
                    "Redis was lost or replaced while this plan waited for approval, so it cannot"
                    " be approved any more. Nothing was changed. Press Ask again"
                )
            case _:
                return ""


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
                history = await self.journal.read(run)
            except Altered as altered:
                return Seen((), None, asked, str(altered))
            # A run that could not be entered from the object store has a note and nothing else.
            nothing = not history.events and asked is None
            note = await self.board.note(run) if nothing else None
        broken = note.says if note is not None else ""
        return Seen(history.events, standing(history), asked, broken, history.entered)
