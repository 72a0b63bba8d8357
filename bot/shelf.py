"""What the bot remembers in Redis, so that it may die at any moment: no truth, no secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import redis.asyncio

# Old buttons are answered for this long; afterwards a card is only history.
_KEPT: Final = timedelta(days=120)
_OPEN: Final = "bot:open"
_CURSOR: Final = "bot:cursor"
_EDITS: Final = "bot:edits"
_EDITS_KEPT: Final = 60


@dataclass(frozen=True)
class Place:
    """Where the live message of a run is."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Shown:
    """What has been shown of one run."""

    place: Place | None  # None: its card was not posted yet.
    done: frozenset[str]  # Keys of everything that was shown once and for all.
    doubt: str  # The key whose showing began and whose end was never written down; or nothing.
    drawn: str  # Digest of what the card shows now.
    moved: str  # Permalink of an earlier card that this one replaces; or nothing.
    cards: int  # How many earlier cards there were.
    mark: str = ""  # What its card says of where it was carried out; or nothing.


class Shelf:
    """All keys are below `bot:`, the only place where the bot may write beside its requests."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._redis: Any = client  # Its own types cover bytes and text at once.

    # Runs

    async def shown(self, run: str) -> Shown:
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hgetall(_run(run))
        pipeline.smembers(_done(run))
        fields, done = await pipeline.execute()
        place = Place(fields["channel"], fields["ts"]) if "ts" in fields else None
        return Shown(
            place,
            frozenset(done),
            fields.get("doubt", ""),
            fields.get("drawn", ""),
            fields.get("moved", ""),
            int(fields.get("cards", "0")),
            fields.get("mark", ""),
        )

    async def place(self, run: str) -> Place | None:
        """Where a run's card is; None if there is none (yet)."""
        channel, ts = await self._redis.hmget(_run(run), "channel", "ts")
        return Place(channel, ts) if channel and ts else None

    async def begins(self, run: str, key: str) -> None:
        """Write down what is about to be shown, so that a crash leaves a doubt and not a gap."""
        await self._redis.hset(_run(run), "doubt", key)

    async def is_shown(self, run: str, *keys: str) -> None:
        """Settle what was shown, in one piece with the doubt about it."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.sadd(_done(run), *keys)
        pipeline.hdel(_run(run), "doubt")
        pipeline.expire(_done(run), _KEPT)
        await pipeline.execute()

    async def is_placed(self, run: str, place: Place, drawn: str, mark: str = "") -> None:
        """The run has a card, on which this is drawn; nothing: it is not known what is on it."""
        pipeline = self._redis.pipeline(transaction=True)
        fields = {"channel": place.channel, "ts": place.ts, "drawn": drawn, "mark": mark}
        pipeline.hset(_run(run), mapping=fields)
        pipeline.hdel(_run(run), "doubt")
        pipeline.expire(_run(run), _KEPT)
        await pipeline.execute()

    async def lost_card(self, run: str, link: str) -> None:
        """The card is gone or cannot be edited any more: the next one says where it was."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hdel(_run(run), "channel", "ts", "drawn", "doubt")
        pipeline.hset(_run(run), "moved", link)
        pipeline.hincrby(_run(run), "cards", 1)
        pipeline.srem(_done(run), "pin")
        await pipeline.execute()

    async def is_pinned(self, run: str, place: Place) -> None:
        """Note that this card is pinned; says nothing of what is being posted meanwhile."""
        if await self.place(run) == place:
            await self._redis.sadd(_done(run), "pin")

    async def is_drawn(self, run: str, digest: str) -> None:
        await self._redis.hset(_run(run), "drawn", digest)

    # Which runs are being shown

    async def open_runs(self) -> frozenset[str]:
        return frozenset(await self._redis.smembers(_OPEN))

    async def open(self, runs: Iterable[str]) -> None:
        """Have these runs shown until there is nothing more to show of them."""
        named = list(runs)
        if named:
            await self._redis.sadd(_OPEN, *named)

    async def close_run(self, run: str) -> None:
        await self._redis.srem(_OPEN, run)

    async def cursor(self) -> str | None:
        """How far the feed was followed; None if that is not known."""
        cursor = await self._redis.get(_CURSOR)
        return None if cursor is None else str(cursor)

    async def move_cursor(self, to: str) -> None:
        await self._redis.set(_CURSOR, to)

    async def edited(self, at: float) -> None:
        """Note an edit at a time in seconds, so that a restart does not begin a new budget."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.lpush(_EDITS, repr(at))
        pipeline.ltrim(_EDITS, 0, _EDITS_KEPT - 1)
        await pipeline.execute()

    async def edits(self) -> list[float]:
        return [float(at) for at in await self._redis.lrange(_EDITS, 0, -1)]


def _run(run: str) -> str:
    return f"bot:run:{run}"


def _done(run: str) -> str:
    return f"bot:run:{run}:done"
