"""Every letter once: which ones were sent is kept in Redis, and without it in this process."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from jobs.alarms.delivery import deliver
from jobs.alarms.mail import Duty, Letter
from jobs.records.bugs import going_on
from jobs.records.connection import Connection
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=5)
_MOST_TRIES: Final = 20
# Longer than a delivery takes; whoever claimed it and said nothing more has died over it.
_CLAIMED: Final = timedelta(minutes=2)
_KEPT: Final = timedelta(days=90)

# The answer is whose turn it is; a claim ends by itself, what was sent is known for long.
_CLAIM: Final = "return redis.call('SET', KEYS[1], 'sending', 'NX', 'PX', ARGV[1]) and '1' or '0'"
_SETTLE: Final = "redis.call('SET', KEYS[1], 'sent', 'PX', ARGV[1]) return '1'"


@dataclass
class _Waiting:
    letter: Letter
    tries: int = 0
    not_before: Moment | None = None  # None: at once.


@dataclass
class Letters:
    """`connection` is impatient: where Redis is away, letters go out all the same."""

    duty: Duty
    connection: Connection
    now: Callable[[], Moment]
    waiting: dict[str, _Waiting] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)  # By this process.

    def put(self, letter: Letter) -> None:
        """Have it sent to each person it is for; the same one again is no error."""
        for person in letter.to:
            key = f"{letter.once}:{person}"
            if key not in self.settled and key not in self.waiting:
                self.waiting[key] = _Waiting(letter.model_copy(update={"to": (person,)}))

    async def send(self) -> None:
        """Try what is due, once."""
        for key, waiting in [*self.waiting.items()]:
            if waiting.not_before is None or self.now() >= waiting.not_before:
                with going_on(key):
                    await self._try(key, waiting)

    async def _try(self, key: str, waiting: _Waiting) -> None:
        [person] = waiting.letter.to
        known = self.duty.people.named(person)
        if known is None or not known.email:
            _LOG.error("a letter has no address", extra={"letter": key, "person": person})
            self._settle(key)
            return
        if not await self._claim(key):
            # Another scheduler sends it; if that one dies, the claim ends and this one is next.
            if await self._was_sent(key):
                self._settle(key)
            return
        try:
            await deliver(self.duty.route, waiting.letter, known.email, self.now())
        except Trouble as trouble:
            await self._failed(key, waiting, trouble)
            return
        _LOG.info("a letter was sent", extra={"letter": key})
        self._settle(key)
        await self._write(_SETTLE, key, _KEPT)

    async def _failed(self, key: str, waiting: _Waiting, trouble: Trouble) -> None:
        waiting.tries += 1
        _LOG.error("a letter was not sent", extra={"letter": key, "why": str(trouble)})
        try:
            await self.connection.delete(f"letters:{key}")
        except RedisError:
            _LOG.warning("a claim stays until it ends", extra={"letter": key})
        if waiting.tries >= _MOST_TRIES:
            _LOG.error("a letter is given up", extra={"letter": key})
            self._settle(key)
            return
        pause = min(_FIRST_PAUSE * 2 ** (waiting.tries - 1), _LONGEST_PAUSE)
        waiting.not_before = self.now() + pause

    def _settle(self, key: str) -> None:
        self.settled.add(key)
        self.waiting.pop(key, None)

    async def _claim(self, key: str) -> bool:
        # Without Redis each scheduler writes for itself: twice is better than not at all.
        return await self._write(_CLAIM, key, _CLAIMED)

    async def _write(self, script: str, key: str, kept: timedelta) -> bool:
        values = [str(int(kept / timedelta(milliseconds=1)))]
        try:
            return await self.connection.run_script(script, [f"letters:{key}"], values) == "1"
        except RedisError:
            return True

    async def _was_sent(self, key: str) -> bool:
        try:
            return await self.connection.get(f"letters:{key}") == "sent"
        except RedisError:
            return False
