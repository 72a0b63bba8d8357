"""One run as people see it: its card, its thread, and everything that is told once."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from bot.blocks.message import Message
from bot.blocks.run import CardContext, card, looking
from bot.blocks.thread import direct
from bot.due import Due, Events, Outcome, Report, Say, Scene, Tell, Whisper, dues
from bot.ending import Ending
from bot.outbox import GONE, Outbox, Post
from bot.shelf import Place, Shelf, Shown
from bot.web import SlackRefusedError
from jobs.people import People
from jobs.records.board import Board
from jobs.records.inbox import Inbox
from jobs.records.journal import Altered, Journal
from jobs.runs.lifecycle import replay
from jobs.runs.requests import Asked
from jobs.runs.state import Ended, NoRun, Run
from jobs.runs.story import thread_line
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_REFRESH: Final = timedelta(seconds=12)  # So that a clock on a card is never 15 s old.
_SOON: Final = timedelta(milliseconds=50)
# How far the clocks of two bots may be apart.
_SKEW: Final = timedelta(seconds=10)
# Nobody is told of something that ended this long ago and was never shown.
_HISTORY: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What every run is shown with."""

    journal: Journal
    inbox: Inbox
    board: Board
    shelf: Shelf
    outbox: Outbox
    ending: Ending
    people: People
    channels: tuple[str, ...]  # Where cards may appear.
    now: Callable[[], Moment]


@dataclass(frozen=True)
class _Seen:
    """A run as the records tell it now. `asked`: None if its request is gone from the inbox."""

    events: Events
    run: Run | NoRun | None
    asked: Asked | None
    broken: str = ""  # Why its journal cannot be believed.

    def begun_at(self) -> Moment | None:
        """When it was asked for, or first planned; None if neither is known."""
        if self.asked is not None:
            return self.asked.at
        return self.events[0].at if self.events else None

    def asked_in(self) -> str | None:
        match self.run:
            case Run(planned=planned):
                return planned.channel
            case NoRun(refused=refused):
                return refused.channel
            case None:
                return self.asked.channel if self.asked else None

    def is_over(self) -> bool:
        return isinstance(self.run, NoRun) or (
            isinstance(self.run, Run) and isinstance(self.run.stage, Ended)
        )


class Presenter:
    """Shows one run until there is nothing more to show; `wake` says that something changed."""

    def __init__(self, run: str, stage: Stage, led_since: Moment) -> None:
        self._run = run
        self._stage = stage
        # What is older may have been shown by a bot before this one, even if Redis forgot it.
        self._led_since = led_since + _SKEW
        self._moving = asyncio.Lock()  # Two may find out at once that the card is gone.
        self._links: dict[Place, str | None] = {}
        self._told = 0  # Events that were on the card when it was last drawn.
        self.wake = asyncio.Event()

    async def show(self) -> None:
        """Return once the run is over and shown to its end."""
        try:
            while True:
                self.wake.clear()
                seen = await self._look()
                place = await self._card(seen)
                if place is None:
                    return
                later = await self._tell(seen, place)
                if later is not None and not later:
                    continue
                if later is None and (seen.broken or await self._is_final(seen, place)):
                    return
                self._stage.outbox.edits.want(self._run, self._draw, urgent=self._urgent(seen))
                await self._wait(min(later or _REFRESH, _REFRESH))
        finally:
            self._stage.outbox.edits.forget(self._run)

    async def _wait(self, at_most: timedelta) -> None:
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                await self.wake.wait()
        except TimeoutError:
            pass

    async def _look(self) -> _Seen:
        asked = await self._stage.inbox.asked(self._run)
        try:
            events = (await self._stage.journal.read(self._run)).events
        except Altered as altered:
            return _Seen((), None, asked, str(altered))
        return _Seen(events, replay(events), asked)

    # The card

    async def _card(self, seen: _Seen) -> Place | None:
        """Post the card, or find it; None where there is nothing to show."""
        async with self._moving:
            shown = await self._stage.shelf.shown(self._run)
            begun = seen.begun_at()
            if shown.place is not None:
                await self._pin(shown, shown.place)
                return shown.place
            if begun is None or (seen.run is None and seen.asked is None):
                return None
            old = begun < self._led_since
            message = await self._drawing(seen, shown)
            post = Post(
                channel=self._channel(seen),
                message=message,
                run=self._run,
                key=f"card-{shown.cards}",
                urgent=True,
            )
            place = await self._found_or_posted(post, seen, shown, doubtful=old)
            if place is None:
                return None
            await self._stage.shelf.is_placed(self._run, place, _digest(message))
            await self._pin(shown, place)
            return place

    async def _found_or_posted(
        self, post: Post, seen: _Seen, shown: Shown, *, doubtful: bool
    ) -> Place | None:
        outbox = self._stage.outbox
        doubtful = doubtful or shown.doubt == post.key
        found = await outbox.find(post) if doubtful else None
        if found is not None:
            # What an earlier life has said, even if Redis forgot all of it.
            said = await outbox.keys_in(found, self._run)
            await self._stage.shelf.is_shown(self._run, *said)
            return found
        last = seen.events[-1].at if seen.events else None
        if seen.is_over() and last is not None and self._stage.now() - last > _HISTORY:
            return None
        await self._stage.shelf.begins(self._run, post.key)
        return await outbox.post(post)

    async def _pin(self, shown: Shown, place: Place) -> None:
        if "pin" not in shown.done:
            await self._stage.outbox.pin(place)
            await self._stage.shelf.is_shown(self._run, "pin")

    def _channel(self, seen: _Seen) -> str:
        asked_in, channels = seen.asked_in(), self._stage.channels
        return asked_in if asked_in in channels and asked_in is not None else channels[0]

    async def _draw(self) -> bool:
        """Edit the card to what is true now, if that differs from what it shows."""
        seen = await self._look()
        shown = await self._stage.shelf.shown(self._run)
        if shown.place is None or seen.broken:
            return False
        message = await self._drawing(seen, shown)
        digest = _digest(message)
        if digest == shown.drawn:
            self._told = len(seen.events)
            return False
        try:
            await self._stage.outbox.edit(shown.place, message)
        except SlackRefusedError as refused:
            await self._lost(shown.place, refused)
            return True
        await self._stage.shelf.edited(self._stage.now().timestamp())
        await self._stage.shelf.is_drawn(self._run, digest)
        self._told = len(seen.events)
        self.wake.set()
        return True

    async def _drawing(self, seen: _Seen, shown: Shown) -> Message:
        note = await self._stage.board.note(self._run)
        says = [note.says] if note is not None else []
        if shown.moved:
            says.append(f"The earlier card of this run is {shown.moved}")
        context = CardContext(
            now=self._stage.now(),
            people=self._stage.people,
            thread_link=await self._link(shown.place) if shown.place and shown.done else None,
            note=" · ".join(says) or None,
        )
        if seen.run is not None:
            return card(seen.run, context)
        if seen.asked is not None:
            return looking(seen.asked, context)
        return direct(f"Run {self._run}: {seen.broken}")

    async def _is_final(self, seen: _Seen, place: Place) -> bool:
        """The run is over, and its card shows its end."""
        if not seen.is_over():
            return False
        shown = await self._stage.shelf.shown(self._run)
        return shown.place == place and shown.drawn == _digest(await self._drawing(seen, shown))

    async def _lost(self, place: Place, refused: SlackRefusedError) -> None:
        """The card is gone or frozen by Slack: the next one links it. Other refusals are bugs."""
        if refused.error not in GONE:
            raise refused
        link = await self._link(place)
        async with self._moving:
            if await self._stage.shelf.place(self._run) == place:
                await self._stage.shelf.lost_card(self._run, link or "gone")
        self.wake.set()

    async def _link(self, place: Place) -> str | None:
        if place not in self._links:
            self._links[place] = await self._stage.outbox.link(place)
        return self._links[place]

    # What is told once

    async def _tell(self, seen: _Seen, place: Place) -> timedelta | None:
        """Show what is due; answers when more will be, 0 to look again, or None for never."""
        shown = await self._stage.shelf.shown(self._run)
        if seen.broken:
            say = Say(direct(seen.broken), urgent=True, broadcast=True)
            found = [Due("altered", self._stage.now(), say)]
            found = [due for due in found if due.key not in shown.done]
        else:
            found = await self._dues(seen, shown, place)
        now = self._stage.now()
        for due in found:
            if due.at > now:
                continue
            if not await self._show(due, place, doubtful=shown.doubt == due.key):
                return timedelta(0)
            shown = await self._stage.shelf.shown(self._run)
        later = [due.at - now for due in found if due.at > now]
        return max(_SOON, min(later)) if later else None

    async def _dues(self, seen: _Seen, shown: Shown, place: Place) -> list[Due]:
        if not seen.events:
            return []
        scene = Scene(
            channel=place.channel,
            link=await self._link(place),
            posted_at=datetime.fromtimestamp(float(place.ts), tz=UTC),
            asked_in=seen.asked_in(),
            done=shown.done,
        )
        return dues(seen.events, scene, self._stage.people, self._stage.now())

    async def _show(self, due: Due, place: Place, *, doubtful: bool) -> bool:
        """Show one thing and write down that it was; False if the card is gone meanwhile."""
        await self._stage.shelf.begins(self._run, due.key)
        try:
            await self._deliver(due, place, doubtful=doubtful)
        except SlackRefusedError as refused:
            if refused.error in GONE and not isinstance(due.what, Tell | Whisper):
                await self._lost(place, refused)
                return False
            # Such as a direct message to someone who left: Slack will never take it.
            _LOG.warning(
                "not shown", extra={"run": self._run, "what": due.key, "why": refused.error}
            )
        await self._stage.shelf.is_shown(self._run, due.key)
        return True

    async def _deliver(self, due: Due, place: Place, *, doubtful: bool) -> None:
        outbox = self._stage.outbox
        match due.what:
            case Say(message=message, urgent=urgent, broadcast=broadcast):
                post = Post(
                    channel=place.channel,
                    thread_ts=place.ts,
                    message=message,
                    run=self._run,
                    key=due.key,
                    urgent=urgent,
                    broadcast=broadcast,
                )
                await outbox.post(post, doubtful=doubtful)
            case Tell(user=user, message=message):
                await outbox.tell(user, message)
            case Whisper(user=user, channel=channel, message=message):
                await outbox.whisper(channel, user, message)
            case Report(run=run):
                history = await self._stage.journal.read(self._run)
                name, text = await self._stage.ending.report(run, history)
                await outbox.share(place, name, text)
            case Outcome(run=run):
                say = Say(await self._stage.ending.outcome(run))
                await self._deliver(replace(due, what=say), place, doubtful=doubtful)
            case _:
                assert_never(due.what)

    def _urgent(self, seen: _Seen) -> bool:
        """Approvals, failures and ends go before the progress of other runs."""
        for number, event in enumerate(seen.events[self._told :], self._told + 1):
            run = replay(seen.events[:number])
            said = thread_line(event, run) if run is not None else None
            if said is not None and said.urgency != "progress":
                return True
        return False


def _digest(message: Message) -> str:
    whole = json.dumps([message.text, message.blocks], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()
