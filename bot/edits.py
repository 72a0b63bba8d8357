"""When live messages are edited: as rarely as Slack wants, urgent ones first, the last state."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Final, TypeAlias

from redis.exceptions import RedisError

from bot.web import NotOurTurnError, SlackLimitedError, SlackUnsureError

_LOG: Final = logging.getLogger(__name__)
# Slack takes 50 a minute of the whole app; the rest is left for answers to clicks.
A_MINUTE: Final = 45
_MINUTE: Final = 60.0
# One message is edited at most once in 3 s, counted from Slack's answer to the next call.
_SPACING: Final = 3.05
# Before the next edit where one got no answer: it may count all the same, and an outage must not
# use up the edits of the minute that comes after it.
_PAUSE: Final = timedelta(seconds=1)
# Where Slack says that it was too many, our count is wrong: what is left is for those who wait.
_FIRST: Final = timedelta(seconds=1)  # After a bot took over.
_RESPECT: Final = timedelta(seconds=20)


class Urgency(IntEnum):
    """Whose turn comes first."""

    WAITS = 0  # A run stands still until people see it.
    NEWS = 1
    PROGRESS = 2


# What is left of a minute's edits for those who wait, however much else there is to draw.
_SHARE: Final = {Urgency.WAITS: A_MINUTE, Urgency.NEWS: 36, Urgency.PROGRESS: 28}
# Draws what is true now and says if Slack was called: an unchanged message costs nothing.
Draw: TypeAlias = Callable[[], Coroutine[None, None, bool]]


@dataclass(frozen=True)
class _Wanted:
    draw: Draw
    urgency: Urgency
    since: float


class Edits:
    """One queue for the whole app, in which each message stands at most once."""

    def __init__(self) -> None:
        self._wanted: dict[str, _Wanted] = {}
        self._not_before: dict[str, float] = {}
        self._made: deque[float] = deque(maxlen=A_MINUTE)
        self._shut_until = 0.0
        self._scarce_until = 0.0
        self._changed = asyncio.Event()

    def remember(self, ago: Iterable[float]) -> None:
        """Count edits that earlier leaders made, given in seconds before now.

        What this process made is among them, unless Redis forgot it. For a moment only what people
        wait for is drawn, so that it comes first once every run was looked at.
        """
        now = asyncio.get_running_loop().time()
        known = sorted(now - seconds for seconds in ago if seconds < _MINUTE)
        own = [at for at in self._made if at > now - _MINUTE]
        self._made = deque(known if len(known) > len(own) else own, maxlen=A_MINUTE)
        self._scarce_until = max(self._scarce_until, now + _FIRST.total_seconds())

    def want(self, key: str, draw: Draw, urgency: Urgency) -> None:
        """Have a message drawn as soon as the budget allows; asking again costs nothing."""
        before = self._wanted.get(key)
        since = before.since if before else asyncio.get_running_loop().time()
        if before is not None:
            urgency = min(urgency, before.urgency)
        self._wanted[key] = _Wanted(draw, urgency, since)
        self._changed.set()

    def forget(self, key: str) -> None:
        self._wanted.pop(key, None)
        self._not_before.pop(key, None)

    async def run(self) -> None:
        """Draw one after another, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._changed.clear()
            key, opens = self._next(loop.time())
            if key is not None and opens <= loop.time():
                await self._draw(key, self._wanted.pop(key))
                continue
            try:
                async with asyncio.timeout_at(opens if self._wanted else None):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _next(self, now: float) -> tuple[str | None, float]:
        """The message to draw next, and when; None if each was drawn a moment ago."""
        ready = [key for key in self._wanted if self._not_before.get(key, 0) <= now]
        if not ready:
            soonest = min((self._not_before.get(key, 0) for key in self._wanted), default=now)
            return None, max(self._shut_until, soonest)
        first = min(ready, key=lambda key: (self._wanted[key].urgency, self._wanted[key].since))
        return first, self._opens_for(self._wanted[first].urgency)

    def _opens_for(self, urgency: Urgency) -> float:
        share = _SHARE[urgency]
        opens = self._shut_until
        if urgency is not Urgency.WAITS:
            opens = max(opens, self._scarce_until)
        return opens if len(self._made) < share else max(opens, self._made[-share] + _MINUTE)

    async def _draw(self, key: str, wanted: _Wanted) -> None:
        loop = asyncio.get_running_loop()
        drawing = asyncio.create_task(wanted.draw())
        try:
            await asyncio.wait({drawing})
        finally:
            drawing.cancel()
        match drawing.exception():
            case None:
                if drawing.result():
                    self._made.append(loop.time())
                    self._not_before[key] = loop.time() + _SPACING
            case SlackLimitedError(after=after):
                self._shut_until = loop.time() + after.total_seconds()
                self._scarce_until = self._shut_until + _RESPECT.total_seconds()
                self.want(key, wanted.draw, wanted.urgency)
            case SlackUnsureError():
                self._made.append(loop.time())
                self._shut_until = loop.time() + _PAUSE.total_seconds()
                self.want(key, wanted.draw, wanted.urgency)
            case RedisError() | NotOurTurnError() as error:
                raise error
            case error:
                # One message that cannot be drawn must not keep the others from being drawn.
                _LOG.error("a card was not drawn", extra={"run": key}, exc_info=error)
                self._not_before[key] = loop.time() + _SPACING
