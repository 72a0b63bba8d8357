"""How fast the bot may speak: urgent callers first, then in the order they came."""

import asyncio
import heapq
from collections import deque
from datetime import timedelta


class Turnstile:
    """Lets at most `count` callers through in any window of `per`."""

    def __init__(self, count: int, per: timedelta) -> None:
        self._per = per.total_seconds()
        self._passed: deque[float] = deque(maxlen=count)
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._number = 0
        self._opener: asyncio.Task[None] | None = None

    async def enter(self, *, urgent: bool) -> None:
        """Wait for a turn; a caller that is cancelled while it waits uses none up."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number += 1
        heapq.heappush(self._waiting, (not urgent, self._number, turn))
        if self._opener is None or self._opener.done():
            self._opener = asyncio.create_task(self._open())
        await turn

    async def _open(self) -> None:
        while self._waiting:
            now = asyncio.get_running_loop().time()
            opens = self._opens_at()
            if opens > now:
                await asyncio.sleep(opens - now)
                continue
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._passed.append(now)
                turn.set_result(None)

    def _opens_at(self) -> float:
        full = len(self._passed) == self._passed.maxlen
        return self._passed[0] + self._per if full else 0.0
