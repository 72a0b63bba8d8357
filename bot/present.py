"""One run as people see it: its card, its thread, and everything that is told once."""

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from bot.blocks.thread import direct
from bot.card import Card
from bot.due import Due, Outcome, Report, Say, Scene, Tell, Whisper, dues
from bot.edits import Urgency
from bot.outbox import GONE, Post
from bot.shelf import Place, Shown
from bot.stage import Seen, Stage
from bot.tasks import end
from bot.web import SlackRefusedError
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_REFRESH: Final = timedelta(seconds=12)  # So that a clock on a card is never 15 s old.
_IN_TURN: Final = timedelta(seconds=10)  # How long the card of another run is waited for.
_SOON: Final = timedelta(milliseconds=50)
# Everything else is progress.
_URGENCY: Final = {
    "planned": Urgency.WAITS,
    "step failed": Urgency.WAITS,
    "broke": Urgency.WAITS,
    "plan refused": Urgency.NEWS,
    "approved": Urgency.NEWS,
    "withdrawn": Urgency.NEWS,
    "glass broken": Urgency.NEWS,
    "expired": Urgency.NEWS,
    "chosen": Urgency.NEWS,
    "cancelled": Urgency.NEWS,
    "finished": Urgency.NEWS,
}


class Presenter:
    """Shows one run until there is nothing more to show; `changed` says that something happened."""

    def __init__(
        self, run: str, stage: Stage, led_since: Moment, *, forgetful: bool = False
    ) -> None:
        self._run = run
        self._stage = stage
        self._changed = asyncio.Event()
        self.placed = asyncio.Event()  # It has its card, or needs none.
        self._pinning: asyncio.Task[None] | None = None  # None: its card needed no pin so far.
        self._waits = False
        self._news = Urgency.PROGRESS
        self._card = Card(run, stage, led_since, self._changed, forgetful=forgetful)

    def changed(self, kind: str) -> None:
        """An event of this kind came in: the card is drawn as soon as may be, whatever waits."""
        self._changed.set()
        urgency = _URGENCY.get(kind, Urgency.PROGRESS)
        self._news = min(self._news, urgency)
        self._stage.outbox.edits.want(self._run, self._card.draw, urgency)

    def has_more(self) -> bool:
        """Say if something happened that was not looked at."""
        return self._changed.is_set()

    async def show(self, before: asyncio.Event | None = None) -> None:
        """Return once the run is over and shown to its end.

        What is over already is posted in order: `before` is the card that comes first.
        """
        try:
            if before is not None and (await self._stage.look(self._run)).is_over():
                await _wait(before, _IN_TURN)
            while await self._show_next():
                pass
        finally:
            self.placed.set()
            await end(*filter(None, [self._pinning]))
            self._stage.outbox.edits.forget(self._run)

    async def _show_next(self) -> bool:
        """Show the next thing that is due, or wait for one; False once all is shown."""
        self._changed.clear()
        seen = await self._stage.look(self._run)
        try:
            place = await self._card.place(seen)
        except SlackRefusedError as refused:
            await self._tell_of_no_card(seen, refused)
            raise
        self.placed.set()
        if place is None:
            return False
        shown = await self._stage.shelf.shown(self._run)
        is_pinned = self._is_pinned(seen, shown, place)
        await self._card.learn_link(place)
        self._stage.outbox.edits.want(self._run, self._card.draw, self._urgency(seen))
        found = await self._dues(seen, shown, place)
        now = self._stage.now()
        for due in found:
            if due.at <= now:
                await self._show(due, place, doubtful=shown.doubt == due.key)
                return True
        is_final = seen.broken or await self._card.is_final(seen, place)
        if is_final and is_pinned and not found:
            return False
        soonest = min((due.at - now for due in found), default=_REFRESH)
        await _wait(self._changed, max(_SOON, min(soonest, _REFRESH)))
        return True

    def _urgency(self, seen: Seen) -> Urgency:
        """Say how much the card matters; what merely goes on, such as its clock, is progress.

        A bot that took over never heard that the run began to wait. And what was heard before there
        was a card could not be drawn then.
        """
        news, self._news = self._news, Urgency.PROGRESS
        before, self._waits = self._waits, seen.waits_for_people()
        return Urgency.WAITS if self._waits and not before else news

    def _is_pinned(self, seen: Seen, shown: Shown, place: Place) -> bool:
        """Say if the card has its pin or needs none; else have it pinned beside all the rest."""
        if not self._card.is_to_be_pinned(seen, shown):
            return True
        if self._pinning is None or self._pinning.done():
            self._pinning = asyncio.create_task(self._card.pin(place))
        return False

    async def _tell_of_no_card(self, seen: Seen, refused: SlackRefusedError) -> None:
        """Such as a bot that was taken out of its channel: whoever asked must not wait for it."""
        shown = await self._stage.shelf.shown(self._run)
        if seen.asked is None or seen.asked.who.standing == "terminal" or "no card" in shown.done:
            return
        says = (
            f"The card of run {self._run} cannot be posted in the incident channel"
            f" ({refused.error}). Invite the bot there; the run waits meanwhile."
        )
        await self._stage.outbox.tell(seen.asked.who.id, direct(says))
        await self._stage.shelf.is_shown(self._run, "no card")

    async def _dues(self, seen: Seen, shown: Shown, place: Place) -> list[Due]:
        if seen.broken:
            say = Say(direct(seen.broken), urgent=True, broadcast=True)
            return [] if "altered" in shown.done else [Due("altered", self._stage.now(), say)]
        if not seen.events:
            return []
        scene = Scene(
            channel=place.channel,
            link=await self._card.link(place),
            posted_at=datetime.fromtimestamp(float(place.ts), tz=UTC),
            asked_in=seen.asked_in(),
            done=shown.done,
            history=seen.word_of_it(),
        )
        return dues(seen.events, scene, self._stage.people, self._stage.now())

    async def _show(self, due: Due, place: Place, *, doubtful: bool) -> None:
        """Show one thing and write down that it was, unless the card is gone meanwhile."""
        await self._stage.shelf.begins(self._run, due.key)
        try:
            await self._deliver(due, place, doubtful=doubtful)
        except SlackRefusedError as refused:
            if refused.error in GONE and not isinstance(due.what, Tell | Whisper):
                await self._card.lost(place, refused)
                return
            # Such as a direct message to someone who left: Slack will never take it.
            _LOG.warning(
                "not shown", extra={"run": self._run, "what": due.key, "why": refused.error}
            )
        await self._stage.shelf.is_shown(self._run, due.key)

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


async def _wait(event: asyncio.Event, at_most: timedelta) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most.total_seconds()):
            await event.wait()
