"""Slack's rate limits: calls a minute by tier, and a post a second in a channel."""

import math
from collections import deque
from datetime import datetime, timedelta
from typing import Final

_MINUTE: Final = timedelta(minutes=1)
# Slack promises these numbers "or more", and tolerates short bursts; the promise is what holds.
A_MINUTE: Final = {1: 1, 2: 20, 3: 50, 4: 100}
# A post a second in a channel, with short bursts: Slack names no number for the burst.
_BURST: Final = 10


class Rates:
    def __init__(self) -> None:
        self._calls: dict[str, deque[datetime]] = {}
        self._posts: dict[str, tuple[float, datetime]] = {}

    def too_many_calls(self, method: str, tier: int, now: datetime) -> int | None:
        """Seconds to wait when the method's tier is used up, else None; then the call counts."""
        calls = self._calls.setdefault(method, deque())
        while calls and now - calls[0] > _MINUTE:
            calls.popleft()
        if len(calls) >= A_MINUTE[tier]:
            return _seconds(calls[0] + _MINUTE - now)
        calls.append(now)
        return None

    def too_many_posts(self, channel: str, now: datetime) -> int | None:
        left, at = self._posts.get(channel, (float(_BURST), now))
        left = min(float(_BURST), left + (now - at).total_seconds())
        if left < 1:
            self._posts[channel] = (left, now)
            return 1
        self._posts[channel] = (left - 1, now)
        return None


def _seconds(left: timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))
