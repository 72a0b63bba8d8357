"""The one place that speaks to Redis for the records, in decoded text."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TooLate
from redis.retry import Retry

# A worker outlives a Redis that is away for a restart: it asks again for a minute, then gives up.
_PAUSE: Final = timedelta(milliseconds=500)
_ATTEMPTS: Final = 120
_IMPATIENT: Final = 1.0  # Seconds for one answer, where nobody may be kept waiting.
_FAULTS: Final = [Unreachable, TooLate]
Line = tuple[str, dict[str, str]]  # An entry of a stream: its id and its fields.


@dataclass(frozen=True)
class Address:
    """Where Redis is, and as which user; the URL holds the password."""

    url: str = field(repr=False)

    def connect(self, *, patient: bool = True) -> "Connection":
        """Open a connection for the records; close it with `close`."""
        attempts = _ATTEMPTS if patient else 0
        retry: Any = AsyncRetry(ConstantBackoff(_PAUSE.total_seconds()), attempts)
        timeout = None if patient else _IMPATIENT
        return Connection(
            redis.asyncio.Redis.from_url(
                self.url,
                decode_responses=True,
                # What is no text is read as one that nobody signed, instead of ending a reader.
                encoding_errors="replace",
                retry=retry,
                retry_on_error=_FAULTS,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
            )
        )

    def connect_sync(self, *, patient: bool = True) -> redis.Redis:
        """Open a connection in bytes, for RQ and for the thread that renews a lease."""
        attempts = _ATTEMPTS if patient else 0
        retry = Retry(ConstantBackoff(_PAUSE.total_seconds()), attempts)
        timeout = None if patient else _IMPATIENT
        return redis.Redis.from_url(
            self.url, retry=retry, retry_on_error=_FAULTS, socket_timeout=timeout
        )


class Connection:
    """The few commands that the records need, with the types they really answer."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client: Any = client  # Its own types cover bytes and text at once.

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, key: str) -> str | None:
        """Read a text; None where there is none, or something else than a text."""
        return _optional(await _or_nothing(self._client.get(key)))

    async def set(self, key: str, value: str) -> None:
        await self._client.set(key, value)

    async def set_new(self, key: str, value: str) -> bool:
        """Write a key that does not exist yet; False, and nothing changed, if it does."""
        return bool(await self._client.set(key, value, nx=True))

    async def delete(self, key: str) -> None:
        await self._client.delete(key)

    async def delete_field(self, key: str, name: str) -> None:
        await self._client.hdel(key, name)

    async def hash(self, key: str) -> dict[str, str]:
        return {str(name): str(value) for name, value in (await self._client.hgetall(key)).items()}

    async def small_hash(self, key: str, most: int) -> dict[str, str]:
        """Read a hash that anyone may have spoiled; nothing of one with more fields than that."""
        size = await _or_nothing(self._client.hlen(key))
        return {} if size is None or size > most else await self.hash(key)

    async def members(self, key: str) -> tuple[str, ...]:
        return tuple(sorted(str(member) for member in await self._client.smembers(key)))

    async def add_member(self, key: str, member: str) -> None:
        await self._client.sadd(key, member)

    async def newest(self, key: str, count: int) -> tuple[str, ...]:
        """Read the members of a sorted set with the highest scores, highest first."""
        return tuple(str(member) for member in await self._client.zrevrange(key, 0, count - 1))

    async def existing(self, keys: Sequence[str]) -> tuple[bool, ...]:
        """Say of each key if it exists, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.exists(key)
        return tuple(bool(answer) for answer in await pipeline.execute())

    async def append(self, key: str, fields: Mapping[str, str], keep: int) -> None:
        """Add to a stream, of which about `keep` entries are kept."""
        await self._client.xadd(key, dict(fields), maxlen=keep, approximate=True)

    async def oldest_lines(self, key: str, count: int | None = None) -> tuple[Line, ...]:
        return _lines(await _or_nothing(self._client.xrange(key, count=count)) or ())

    async def newest_lines(self, key: str, count: int) -> tuple[Line, ...]:
        return _lines(await _or_nothing(self._client.xrevrange(key, count=count)) or ())

    async def lines_between(
        self, key: str, after: str, before: str, count: int
    ) -> tuple[Line, ...]:
        """Read the newest entries between two ids, neither of them included, the newest first."""
        between = self._client.xrevrange(key, f"({before}", f"({after}", count=count)
        return _lines(await _or_nothing(between) or ())

    async def lines_after(
        self, key: str, after: str, count: int, within: timedelta
    ) -> tuple[Line, ...]:
        """Read a stream from after an id on; waits at most `within` where there is nothing."""
        block = max(1, int(within.total_seconds() * 1000))
        answer = await self._client.xread({key: after}, count=count, block=block)
        streams = answer.values() if isinstance(answer, dict) else [lines for _, lines in answer]
        return tuple(line for lines in streams for line in _lines(_flat(lines)))

    async def milliseconds(self) -> int:
        """Ask for the server's own time, by which leases end."""
        seconds, microseconds = await self._client.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def run_script(self, script: str, keys: Sequence[str], values: Sequence[str]) -> str:
        """Run a Lua script in one piece; scripts here answer with text."""
        return str(await self._client.register_script(script)(keys=keys, args=values))


async def _or_nothing(answer: Awaitable[Any]) -> Any:  # noqa: ANN401 -- as the client's own
    """Await an answer; None where whoever may write that key put something of another type."""
    try:
        return await answer
    except ResponseError as error:
        if not str(error).startswith("WRONGTYPE"):
            raise
        return None


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _flat(lines: Any) -> Any:  # noqa: ANN401 -- as above
    # Some protocol versions wrap the entries of one stream in one more list.
    return lines[0] if lines and isinstance(lines[0], list) else lines


def _lines(answer: Any) -> tuple[Line, ...]:  # noqa: ANN401 -- the client says bytes or text
    return tuple(
        (str(id), {str(name): str(value) for name, value in (fields or {}).items()})
        for id, fields in answer
    )
