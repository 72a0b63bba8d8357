"""The live message of one run: posted once, then only edited, and posted again if it is gone."""

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import Final

from bot.blocks.message import Message
from bot.blocks.run import CardContext, card, looking
from bot.blocks.thread import direct
from bot.outbox import GONE, Post
from bot.shelf import Place, Shown
from bot.stage import Seen, Stage
from bot.web import SlackRefusedError
from playbooks.core.values import Moment

# How far the clocks of two bots may be apart.
_SKEW: Final = timedelta(seconds=10)
# Nobody is told of something that ended this long ago and was never shown.
_HISTORY: Final = timedelta(hours=24)


class Card:
    """`led_since` is when this bot began to show runs: what is older may have a card already."""

    def __init__(self, run: str, stage: Stage, led_since: Moment, changed: asyncio.Event) -> None:
        self._run = run
        self._stage = stage
        self._led_since = led_since
        self._changed = changed
        self._moving = asyncio.Lock()  # Two may find out at once that the card is gone.
        self._links: dict[Place, str | None] = {}

    async def place(self, seen: Seen) -> Place | None:
        """Post the card, or find it; None where there is nothing to show."""
        async with self._moving:
            shown = await self._stage.shelf.shown(self._run)
            if shown.place is not None:
                await self._pin(shown, shown.place)
                return shown.place
            if seen.begun_at() is None or (seen.run is None and seen.asked is None):
                return None
            message = await self._drawing(seen, shown)
            place = await self._found_or_posted(message, seen, shown)
            if place is not None:
                await self._stage.shelf.is_placed(self._run, place, _digest(message))
                await self._pin(shown, place)
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
        try:
            await self._stage.outbox.edit(shown.place, message)
        except SlackRefusedError as refused:
            await self.lost(shown.place, refused)
            return True
        await self._stage.shelf.edited(self._stage.now().timestamp())
        await self._stage.shelf.is_drawn(self._run, digest)
        self._changed.set()
        return True

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

    async def link(self, place: Place) -> str | None:
        """The address of the card; None if Slack knows none."""
        if place not in self._links:
            self._links[place] = await self._stage.outbox.link(place)
        return self._links[place]

    async def _found_or_posted(self, message: Message, seen: Seen, shown: Shown) -> Place | None:
        outbox, now = self._stage.outbox, self._stage.now()
        key = f"card-{shown.cards}"
        channel = self._channel(seen)
        post = Post(channel=channel, message=message, run=self._run, key=key, urgent=True)
        begun = seen.begun_at() or now
        last = seen.events[-1].at if seen.events else now
        if seen.is_over() and now - last > _HISTORY:
            return None
        if shown.doubt == key or begun < self._led_since + _SKEW:
            found = await outbox.find(post, begun - _SKEW)
            if found is not None:
                # What an earlier life has said, even if Redis forgot all of it.
                said = await outbox.keys_in(found, self._run)
                await self._stage.shelf.is_shown(self._run, key, *said)
                return found
        await self._stage.shelf.begins(self._run, key)
        return await outbox.post(post)

    async def _pin(self, shown: Shown, place: Place) -> None:
        if "pin" not in shown.done:
            await self._stage.outbox.pin(place)
            await self._stage.shelf.is_shown(self._run, "pin")

    def _channel(self, seen: Seen) -> str:
        asked_in, channels = seen.asked_in(), self._stage.channels
        return asked_in if asked_in is not None and asked_in in channels else channels[0]

    async def _drawing(self, seen: Seen, shown: Shown) -> Message:
        note = await self._stage.board.note(self._run)
        says = [note.says] if note is not None else []
        if shown.moved:
            says.append(f"The earlier card of this run is {shown.moved}")
        context = CardContext(
            now=self._stage.now(),
            people=self._stage.people,
            thread_link=await self.link(shown.place) if shown.place and shown.done else None,
            note=" · ".join(says) or None,
        )
        if seen.run is not None:
            return card(seen.run, context)
        if seen.asked is not None and not seen.broken:
            return looking(seen.asked, context)
        return direct(f"Run {self._run}: {seen.broken}")


def _digest(message: Message) -> str:
    whole = json.dumps([message.text, message.blocks], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()
