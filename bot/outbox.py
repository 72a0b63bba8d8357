"""All that goes out to Slack: in order, within the budget, and found again where it is in doubt."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.blocks.message import Message
from bot.edits import Edits
from bot.pace import Turnstile
from bot.shelf import Place
from bot.web import (
    Json,
    NotOurTurnError,
    SlackLimitedError,
    SlackRefusedError,
    SlackUnsureError,
    Web,
)

_LOG: Final = logging.getLogger(__name__)
_A_POST: Final = timedelta(seconds=1)  # Slack takes about one post a second in a channel.
_TRIES: Final = 5  # Of a call whose outcome is not known.
_FIRST_PAUSE: Final = timedelta(milliseconds=500)
_LONGEST_PAUSE: Final = timedelta(seconds=1)  # An approval must be seen soon after Slack is back.
_EVENT_TYPE: Final = "vault_responder"
_PAGE: Final = 100
_PAGES: Final = 10
# Reading and linking is anyone's; only one bot at a time says something.
_SPEAKS: Final = frozenset({"chat.postMessage", "chat.postEphemeral", "pins.add"})
# What Slack says of a message that cannot be edited any more.
GONE: Final = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "is_inactive",
        "thread_not_found",
    }
)


@dataclass(frozen=True, kw_only=True)
class Post:
    """One message; `key` finds it again after a crash before we noted that Slack took it."""

    channel: str
    message: Message
    run: str
    key: str
    thread_ts: str | None = None  # None: it stands in the channel itself.
    urgent: bool = False
    broadcast: bool = False  # Also shown in the channel, for what nobody may miss.


class Outbox:
    """The only caller of Slack for messages. One process at a time speaks: `may_speak` says so."""

    def __init__(self, web: Web, bot_id: str, may_speak: Callable[[], bool]) -> None:
        self._web = web
        self._bot_id = bot_id
        self._may_speak = may_speak
        self._posts: dict[str, Turnstile] = {}
        self._pinning = asyncio.Lock()
        self._open_again: dict[str, float] = {}  # When a method that was limited may be called.
        self.edits = Edits()

    async def post(self, post: Post, *, doubtful: bool = False) -> Place:
        """Post once. `doubtful`: an earlier life may have posted it, so look for it first.

        Raises SlackRefusedError, or SlackUnsureError once all tries are used up.
        """
        turnstile = self._posts.setdefault(post.channel, Turnstile(1, _A_POST))
        what: Json = {"channel": post.channel, "text": post.message.text, **_extra(post)}
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(_TRIES)):
            found = await self.find(post) if doubtful else None
            if found is not None:
                return found
            try:
                await turnstile.enter(urgent=post.urgent)
                answer = await self._patiently("chat.postMessage", what)
            except SlackUnsureError:
                if not tries_left:
                    raise
                await asyncio.sleep(pause.total_seconds())
                pause, doubtful = min(pause * 2, _LONGEST_PAUSE), True
                continue
            return Place(str(answer.get("channel", post.channel)), str(answer["ts"]))
        raise AssertionError

    async def find(
        self, post: Post, since: datetime | None = None, until: datetime | None = None
    ) -> Place | None:
        """Look for our own message by its metadata; a direct message cannot be looked for.

        It was posted between `since` and `until`; None: it may be as old, or as new, as can be.
        """
        if post.channel.startswith(("U", "W", "D")):
            return None
        async for message in self._said(post.channel, post.thread_ts, since, until):
            if self._about(message).items() >= {"run": post.run, "key": post.key}.items():
                return Place(post.channel, str(message["ts"]))
        return None

    async def keys_in(self, place: Place, run: str) -> set[str]:
        """List the keys of what was said of a run below its card, the card's own included."""
        about = [self._about(said) async for said in self._said(place.channel, place.ts)]
        return {str(each["key"]) for each in about if each.get("run") == run and "key" in each}

    async def _said(
        self,
        channel: str,
        thread_ts: str | None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AsyncIterator[Json]:
        """Read a channel back, newest first, or a thread, oldest first."""
        what: Json = {"channel": channel, "limit": _PAGE, "include_all_metadata": True}
        if since is not None:
            what["oldest"] = f"{since.timestamp():.6f}"
        if until is not None:
            what["latest"] = f"{until.timestamp():.6f}"
        method = "conversations.history"
        if thread_ts is not None:
            method, what = "conversations.replies", {**what, "ts": thread_ts}
        for _ in range(_PAGES):
            page = await self._surely(method, what)
            for message in page.get("messages", []):
                yield message
            cursor = page.get("response_metadata", {}).get("next_cursor")
            if not cursor:
                return
            what = {**what, "cursor": cursor}

    def _about(self, message: Json) -> Json:
        """Read our own metadata; anyone can put the same on a message of theirs."""
        if message.get("bot_id") != self._bot_id:
            return {}
        about = message.get("metadata", {}).get("event_payload", {})
        return about if isinstance(about, dict) else {}

    async def edit(self, place: Place, message: Message) -> None:
        """Edit once, at once: `edits` decides when. Raises as `Web.call` does."""
        self._check_turn()
        blocks, text = message.blocks, message.text
        await self._web.call(
            "chat.update", channel=place.channel, ts=place.ts, text=text, blocks=blocks
        )

    async def whisper(
        self, channel: str, user: str, message: Message, thread_ts: str | None = None
    ) -> None:
        """Tell one person something in a channel; where that is not possible, directly."""
        what: Json = {"channel": channel, "user": user, "text": message.text}
        what["blocks"] = message.blocks
        if thread_ts is not None:
            what["thread_ts"] = thread_ts
        try:
            await self._surely("chat.postEphemeral", what)
        except SlackRefusedError as refused:
            _LOG.info("whispered directly instead", extra={"why": refused.error})
            await self.tell(user, message)

    async def tell(self, user: str, message: Message) -> None:
        """Send a direct message; in doubt it is sent again rather than lost."""
        what: Json = {"channel": user, "text": message.text, "blocks": message.blocks}
        await self._posts.setdefault(user, Turnstile(1, _A_POST)).enter(urgent=True)
        await self._surely("chat.postMessage", what)

    async def share(self, place: Place, name: str, text: str) -> None:
        """Put a file into a thread, once: it has no metadata, so its name is looked for first."""
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(_TRIES)):
            if await self._has_file(place, name):
                return
            try:
                self._check_turn()
                await self._web.share_file(place.channel, place.ts, name, text)
            except SlackLimitedError as limited:
                await asyncio.sleep(limited.after.total_seconds())
            except SlackUnsureError:
                if not tries_left:
                    raise
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    async def pin(self, place: Place) -> None:
        """Pin a message; a channel whose pins are full, or that forbids them, goes without."""
        what: Json = {"channel": place.channel, "timestamp": place.ts}
        try:
            async with self._pinning:  # Else all that wait for Slack's limit would call at once.
                await self._surely("pins.add", what)
        except SlackRefusedError as refused:
            if refused.error != "already_pinned":
                _LOG.warning("not pinned", extra={"why": refused.error})

    async def link(self, place: Place) -> str | None:
        """Ask for the address of a message; None if it is gone."""
        what = {"channel": place.channel, "message_ts": place.ts}
        try:
            return str((await self._surely("chat.getPermalink", what))["permalink"])
        except SlackRefusedError:
            return None

    async def _has_file(self, place: Place, name: str) -> bool:
        what: Json = {"channel": place.channel, "ts": place.ts, "limit": 1000}
        page = await self._surely("conversations.replies", what)
        return any(
            file.get("name") == name
            for message in page.get("messages", [])
            for file in message.get("files", [])
        )

    async def _surely(self, method: str, what: Json) -> Json:
        """Call a method that may safely be called twice."""
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._patiently(method, what)
            except SlackUnsureError:
                if not tries_left:
                    raise
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, _LONGEST_PAUSE)
        raise AssertionError

    async def _patiently(self, method: str, what: Json) -> Json:
        """Call a method, waiting as long as Slack says, however often it says so."""
        loop = asyncio.get_running_loop()
        while True:
            wait = self._open_again.get(method, 0) - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
                continue
            if method in _SPEAKS:
                self._check_turn()
            try:
                return await self._web.call(method, **what)
            except SlackLimitedError as limited:
                self._open_again[method] = loop.time() + limited.after.total_seconds()

    def _check_turn(self) -> None:
        if not self._may_speak():
            raise NotOurTurnError


def _extra(post: Post) -> Json:
    extra: Json = {"blocks": post.message.blocks, "unfurl_links": False}
    about = {"run": post.run, "key": post.key}
    extra["metadata"] = {"event_type": _EVENT_TYPE, "event_payload": about}
    if post.thread_ts is not None:
        extra |= {"thread_ts": post.thread_ts, "reply_broadcast": post.broadcast}
    return extra
