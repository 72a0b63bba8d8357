"""The live message of one run: posted once, then only edited, and posted again if it is gone."""

import asyncio
import contextlib
import hashlib
import json
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from bot.blocks.message import Message
from bot.blocks.run import CardContext, card, looking
from bot.blocks.thread import direct
from bot.outbox import GONE, Post
from bot.shelf import Place, Shown
from bot.stage import Seen, Stage
from bot.web import NotOurTurnError, SlackRefusedError, SlackUnsureError
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
# How far the clocks of two bots may be apart.
_SKEW: Final = timedelta(seconds=10)
# How long after its beginning the card of a run is looked for first.
_AT_ONCE: Final = timedelta(minutes=15)
_LINK_WITHIN: Final = timedelta(seconds=1)
# Nobody is told of something that ended this long ago and was never shown.
_HISTORY: Final = timedelta(hours=24)
# A run whose end is older than this when its card is posted was over before anyone saw it.
_LATE: Final = timedelta(minutes=2)


class Card:
    """`led_since` is when this bot began to show runs: what is older may have a card already.

    `forgetful`: Redis went back in time, so more was said of the run than it knows.
    """

    def __init__(
        self,
        run: str,
        stage: Stage,
        led_since: Moment,
        changed: asyncio.Event,
        *,
        forgetful: bool = False,
    ) -> None:
        self._run = run
        self._stage = stage
        self._led_since = led_since
        self._changed = changed
        self._forgetful = forgetful
        self._moving = asyncio.Lock()  # Two may find out at once that the card is gone.
        self._links: dict[Place, str | None] = {}

    async def place(self, seen: Seen) -> Place | None:
        """Post the card, or find it; None where there is nothing to show."""
        async with self._moving:
            shown = await self._stage.shelf.shown(self._run)
            if shown.place is not None:
                await self._read_back(seen, shown, shown.place)
                return shown.place
            if not self._is_worth_a_card(seen):
                return None
            place = await self._found(seen, shown)
            if place is None:
                return await self._posted(seen, shown)
            await self._stage.shelf.is_placed(self._run, place, "")
            return place

    async def draw(self) -> bool:
        """Edit the card to what is true now; answers whether Slack was called."""
        seen = await self._stage.look(self._run)
        shown = await self._stage.shelf.shown(self._run)
        if shown.place is None or seen.broken:
            return False
        message = await self._drawing(seen, shown)
        digest = _digest(message)
        if digest == shown.drawn:
            return False
        # Noted first: Slack counts an edit of which no answer came.
        await self._stage.shelf.edited(self._stage.now().timestamp())
        try:
            await self._stage.outbox.edit(shown.place, message)
        except SlackRefusedError as refused:
            await self.lost(shown.place, refused)
            return True
        await self._stage.shelf.is_drawn(self._run, digest)
        self._changed.set()
        return True

    def is_to_be_pinned(self, seen: Seen, shown: Shown) -> bool:
        """Say if its pin is missing. A channel holds a hundred: one a day would use them up."""
        return "pin" not in shown.done and not seen.is_by_schedule()

    async def pin(self, place: Place) -> None:
        """Pin it. Nothing waits for this: Slack takes 20 pins a minute of the whole app."""
        try:
            await self._stage.outbox.pin(place)
            await self._stage.shelf.is_pinned(self._run, place)
        except (SlackUnsureError, NotOurTurnError, RedisError) as error:
            _LOG.info("not pinned yet", extra={"run": self._run, "why": type(error).__name__})
        self._changed.set()

    async def is_final(self, seen: Seen, place: Place) -> bool:
        """The run is over, and its card shows its end."""
        if not seen.is_over():
            return False
        shown = await self._stage.shelf.shown(self._run)
        return shown.place == place and shown.drawn == _digest(await self._drawing(seen, shown))

    async def lost(self, place: Place, refused: SlackRefusedError) -> None:
        """The card is gone or frozen by Slack: the next one links it. Other refusals are bugs."""
        if refused.error not in GONE:
            raise refused
        link = await self.link(place)
        async with self._moving:
            if await self._stage.shelf.place(self._run) == place:
                await self._stage.shelf.lost_card(self._run, link or "gone")
        self._changed.set()

    async def learn_link(self, place: Place) -> None:
        """Ask for the address before the card is drawn; a card without it is better than none."""
        with contextlib.suppress(SlackUnsureError, TimeoutError):
            async with asyncio.timeout(_LINK_WITHIN.total_seconds()):
                await self.link(place)

    async def link(self, place: Place) -> str | None:
        """The address of the card; None if Slack knows none."""
        if place not in self._links:
            self._links[place] = await self._stage.outbox.link(place)
        return self._links[place]

    def _is_worth_a_card(self, seen: Seen) -> bool:
        if seen.broken:
            return True
        if seen.begun_at() is None or (seen.run is None and seen.asked is None):
            return False
        last = seen.events[-1].at if seen.events else self._stage.now()
        long_over = seen.is_over() and self._stage.now() - last > _HISTORY
        return not long_over or seen.is_left_behind()

    async def _found(self, seen: Seen, shown: Shown) -> Place | None:
        """Look for a card that an earlier life may have posted, even if Redis forgot all of it."""
        begun, key = seen.begun_at(), _key(shown)
        is_new = begun is not None and begun >= self._led_since + _SKEW
        if is_new and seen.entered is None and shown.doubt != key:
            return None
        post = Post(channel=self._channel(seen), message=direct(""), run=self._run, key=key)
        since = None if begun is None else begun - _SKEW
        found = None
        if begun is not None and seen.entered is not None:
            # Much may have been said in the channel since, and a card is posted at once.
            found = await self._stage.outbox.find(post, since, begun + _AT_ONCE)
        found = found or await self._stage.outbox.find(post, since)
        if found is not None:
            await self._read_back(seen, shown, found)
            await self._stage.shelf.is_shown(self._run, key)
        return found

    async def _read_back(self, seen: Seen, shown: Shown, place: Place) -> None:
        """Learn from Slack what was said of a run, once after Redis may have forgotten it."""
        entered = _entering(seen)
        if shown.place is not None and not self._forgetful and shown.done.issuperset(entered):
            return
        said = await self._stage.outbox.keys_in(place, self._run)
        if said or entered:
            await self._stage.shelf.is_shown(self._run, *entered, *said)
        self._forgetful = False

    async def _posted(self, seen: Seen, shown: Shown) -> Place:
        shown = replace(shown, mark=_mark(seen, self._stage.now()))
        message, key = await self._drawing(seen, shown), _key(shown)
        channel = self._channel(seen)
        post = Post(channel=channel, message=message, run=self._run, key=key, urgent=True)
        await self._stage.shelf.begins(self._run, key)
        place = await self._stage.outbox.post(post)
        await self._stage.shelf.is_placed(self._run, place, _digest(message), shown.mark)
        if _entering(seen):
            await self._stage.shelf.is_shown(self._run, *_entering(seen))
        return place

    def _channel(self, seen: Seen) -> str:
        asked_in, channels = seen.asked_in(), self._stage.channels
        return asked_in if asked_in is not None and asked_in in channels else channels[0]

    async def _drawing(self, seen: Seen, shown: Shown) -> Message:
        note = await self._stage.board.note(self._run)
        says = [note.says] if note is not None else []
        if shown.mark or seen.entered is not None:
            says.append(shown.mark or f"From before Redis was lost; {_when_entered(seen)}")
        if shown.moved:
            says.append(f"The earlier card of this run is {shown.moved}")
        context = CardContext(
            now=self._stage.now() if seen.entered is None else seen.entered.at,
            people=self._stage.people,
            thread_link=self._links.get(shown.place) if shown.place and shown.done else None,
            note=" · ".join(says) or None,
            is_history=seen.entered is not None,
        )
        if seen.run is not None:
            return card(seen.run, context)
        if seen.asked is not None and not seen.broken:
            return looking(seen.asked, context)
        return direct(f"Run {self._run}: {seen.broken}")


def _key(shown: Shown) -> str:
    return f"card-{shown.cards}"


def _entering(seen: Seen) -> list[str]:
    """Name when a run was entered, as something that is done once."""
    return [] if seen.entered is None else [f"entered-{seen.entered.at:%Y%m%d%H%M%S}"]


def _mark(seen: Seen, now: Moment) -> str:
    """Say on a card that is posted now why nobody saw it before; nothing for a run of now."""
    if seen.entered is not None:
        return f"Carried out without Slack; {_when_entered(seen)}"
    last = seen.events[-1].at if seen.events else now
    late = seen.is_over() and now - last > _LATE
    return f"Carried out without Slack, and shown at {now:%H:%M} UTC" if late else ""


def _when_entered(seen: Seen) -> str:
    at = seen.entered.at if seen.entered is not None else None
    return f"entered from the record at {at:%H:%M} UTC" if at is not None else ""


def _digest(message: Message) -> str:
    whole = json.dumps([message.text, message.blocks], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()
