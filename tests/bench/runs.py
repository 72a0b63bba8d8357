"""Runs as people have them: asked for and signed in the workspace, timed by their own journal."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import aiohttp

from jobs.people import Button
from jobs.records.inbox import Inbox
from jobs.records.journal import Journal
from jobs.runs.events import Event, StepDone, StepStarted
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Ended, NoRun, Run, Stopped
from jobs.runs.statement import statement
from tests.bench.installation import Installation
from tests.bot.people import Json, Slack, eventually, field
from tests.ssh import SshKey

APPROVERS: Final[Mapping[str, str]] = {"bob": "U0BOB", "carol": "U0CAROL"}
_LOOK_EVERY: Final = 0.1  # Seconds.
_GIVE_UP: Final = 300.0


@dataclass(frozen=True)
class Timed:
    """A run that ended well, with the moments that matter."""

    run: str
    events: tuple[Event, ...]
    approved_at: datetime | None  # The last approval, as the bot took it in; None: needed none.

    def done_at(self, begins: str) -> datetime:
        """When the step whose sentence begins so was done."""
        return next(
            event.at
            for event in self.events
            if isinstance(event, StepDone) and event.step.startswith(begins)
        )

    def started_at(self, begins: str) -> datetime:
        """When its act began."""
        return next(
            event.at
            for event in self.events
            if isinstance(event, StepStarted) and event.step.startswith(begins)
        )

    def took(self, begins: str) -> float:
        """How long the act of a step and its verification took, in seconds."""
        return (self.done_at(begins) - self.started_at(begins)).total_seconds()

    def since_approval(self, begins: str) -> float:
        """From the last approval to the end of a step, in seconds."""
        assert self.approved_at is not None
        return (self.done_at(begins) - self.approved_at).total_seconds()

    def timeline(self) -> str:
        """Every event with the seconds since the one before, to see where the time went."""
        moments = [self.events[0].at, *(event.at for event in self.events)]
        spans = [after - before for before, after in pairwise(moments)]
        return "\n".join(
            f"{span / timedelta(seconds=1):8.3f}  {event.kind}  {getattr(event, 'step', '')}"
            for span, event in zip(spans, self.events, strict=True)
        )


@dataclass(frozen=True)
class Desk:
    """The workspace, and the records as the bot reads them."""

    slack: Slack
    journal: Journal
    inbox: Inbox
    keys: Mapping[str, SshKey]

    async def run(self, words: str) -> Timed:
        """Ask, approve where that is needed, and wait for the end."""
        run = await self.slack.ask(words)
        state = await self.until(run, lambda state: _waits(state) or isinstance(state.stage, Ended))
        if _waits(state):
            card = await self.slack.card(run, "press:approve")
            text = statement(state.planned).text()
            signed = {name: self.keys[name].sign(text) for name in APPROVERS}
            for name, signature in signed.items():
                await self._approve(card, APPROVERS[name], signature)
        return await self.timed(run)

    async def _approve(self, card: Json, user: str, signature: str) -> None:
        opened = await self.slack.press(card, "press:approve", user)
        sent = await self.slack.submit(opened["view_id"], user, **field("proof", signature))
        assert sent["ok"], sent

    async def timed(self, run: str) -> Timed:
        """Wait for the end of a run that is approved, and read when what happened."""
        await self.until(run, lambda state: isinstance(state.stage, Ended))
        events = (await self.journal.read(run)).events
        approvals = [
            press for press in await self.inbox.presses(run) if press.button is Button.APPROVE
        ]
        return Timed(run, events, approvals[-1].at if approvals else None)

    async def until(self, run: str, holds: Callable[[Run], bool]) -> Run:
        """Wait for a state of a run. Raises AssertionError where it stops or was not planned."""
        async with asyncio.timeout(_GIVE_UP):
            seen = 0
            while True:
                length = await self.journal.length(run)
                if length != seen:
                    seen = length
                    state = replay((await self.journal.read(run)).events)
                    assert not isinstance(state, NoRun), state.refused.reasons
                    if isinstance(state, Run):
                        assert not isinstance(state.stage, Stopped), state.stage
                        if holds(state):
                            return state
                await asyncio.sleep(_LOOK_EVERY)


@asynccontextmanager
async def desk(installation: Installation) -> AsyncIterator[Desk]:
    """Open the workspace and the records of an installation."""
    connection = installation.redis.connect()
    try:
        async with aiohttp.ClientSession() as session:
            slack = Slack(installation.workspace, session)
            await eventually(slack.connections)  # Until then the workspace has no app to ask.
            yield Desk(
                slack=slack,
                journal=Journal(connection, installation.ring, None),
                inbox=Inbox(connection),
                keys=installation.keys,
            )
    finally:
        await connection.close()


def _waits(state: Run) -> bool:
    return isinstance(state.stage, AwaitsApproval) and bool(state.planned.needs)
