"""Who drives a run now: one holder at a time, counted by an epoch that only grows."""

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from jobs.records.connection import Address, Connection

USUAL: Final = timedelta(seconds=4)  # Without a renewal for this long, another worker may claim it.
_SHARE: Final = 4  # It is renewed this often within its length.

# Times are the server's own, so that no two machines need the same clock.
_NOW: Final = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
_CLAIM: Final = (
    _NOW
    + """
if tonumber(redis.call('HGET', KEYS[1], 'until') or '0') > now then return '0' end
-- It begins at the clock, so that no epoch comes twice even where an old copy of Redis is restored,
-- or all of it is gone: whoever held the lease before must not be taken for its next holder.
local before = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
local epoch = string.format('%.0f', math.max(before + 1, now))
redis.call('HSET', KEYS[1], 'epoch', epoch, 'holder', ARGV[1], 'until', now + tonumber(ARGV[2]))
return epoch
"""
)
_RENEW: Final = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return '0' end
redis.call('HSET', KEYS[1], 'until', now + tonumber(ARGV[2]))
return '1'
"""
)
# The epoch stays: it must never be given out twice.
_RELEASE: Final = """
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then redis.call('HSET', KEYS[1], 'until', 0) end
return '1'
"""


@dataclass
class Lease:
    """A claimed lease. It ends by the local monotonic clock, whatever Redis would say."""

    key: str
    epoch: int
    length: timedelta
    sure_until: float
    lost: bool = False

    def is_ours(self) -> bool:
        """False as soon as someone else may have claimed it."""
        return not self.lost and time.monotonic() < self.sure_until

    def keep(self, address: Address, stop: threading.Event) -> None:
        """Renew it until told to stop, in a thread of its own, so that no step blocks it."""
        client = address.connect_sync(patient=False)
        renew = client.register_script(_RENEW)
        values = [str(self.epoch), _milliseconds(self.length)]
        while not stop.wait(self.length.total_seconds() / _SHARE):
            asked_at = time.monotonic()
            try:
                kept = renew(keys=[self.key], args=values)
            except RedisError:
                continue  # It lapses by itself if Redis stays away.
            if kept != b"1":
                self.lost = True
                break
            self.sure_until = asked_at + self.length.total_seconds()
        client.close()


@asynccontextmanager
async def held(
    connection: Connection, address: Address, key: str, holder: str, length: timedelta = USUAL
) -> AsyncIterator[Lease | None]:
    """Hold a lease for the length of a block; None where someone else has it."""
    asked_at = time.monotonic()
    epoch = int(await connection.run_script(_CLAIM, [key], [holder, _milliseconds(length)]))
    if not epoch:
        yield None
        return
    lease = Lease(key, epoch, length, asked_at + length.total_seconds())
    stop = threading.Event()
    thread = threading.Thread(target=lease.keep, args=(address, stop), daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        stop.set()
        if not lease.lost:
            await connection.run_script(_RELEASE, [key], [str(epoch)])


async def is_free(connection: Connection, key: str) -> bool:
    """Say if nobody holds this lease now."""
    until = int((await connection.hash(key)).get("until", "0"))
    return until <= await connection.milliseconds()


def _milliseconds(length: timedelta) -> str:
    return str(int(length.total_seconds() * 1000))
