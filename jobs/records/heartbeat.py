"""The bots' signs of life: written by each bot, read by whoever asks if one answers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from jobs.records.connection import Connection
from jobs.runs.bots import SILENT_AFTER, Beat, Bots
from playbooks.core.values import Moment

_BEATS: Final = "bot:heartbeats"
_ANSWERED: Final = "bot:answered"
_AWAY: Final = "bot:away"
_FORGOTTEN: Final = timedelta(hours=1)  # A bot that ended badly is named for this long.
_LONGEST_NAME: Final = 200
_MOST: Final = 100  # Bots. Whoever stole one may write anything here: it is read as if so.

# One piece, so that of two bots that come back together one notices that nobody was there.
_BEAT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for place, kind in ipairs({'hash', 'string', 'string'}) do
  local found = redis.call('TYPE', KEYS[place]).ok
  if found ~= 'none' and found ~= kind then redis.call('DEL', KEYS[place]) end
end
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[5]) then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
local beats = redis.call('HGETALL', KEYS[1])
for place = 1, #beats, 2 do
  local at = tonumber(string.match(beats[place + 1], '^%d+') or '0')
  if now - at > tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], beats[place]) end
end
if ARGV[2] == '1' then
  local before = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
  redis.call('SET', KEYS[2], now)
  if before > 0 and now - before > tonumber(ARGV[3]) then
    redis.call('SET', KEYS[3], before .. ' ' .. now)
  end
end
return 'DONE'
"""


@dataclass(frozen=True)
class Away:
    """How long no bot answered, up to the moment at which one did again."""

    since: Moment
    until: Moment


class Heartbeats:
    """No truth and no right follows from them: a stolen bot can at most hide that none answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def beat(self, bot: str, *, connected: bool) -> None:
        """Give a sign of life; one that follows a long silence is noted for `away`."""
        values = [
            bot,
            str(int(connected)),
            _milliseconds(SILENT_AFTER),
            _milliseconds(_FORGOTTEN),
            str(_MOST),
        ]
        await self._connection.run_script(_BEAT, [_BEATS, _ANSWERED, _AWAY], values)

    async def leave(self, bot: str) -> None:
        """Say that this bot ends in order."""
        await self._connection.delete_field(_BEATS, bot)

    async def bots(self) -> Bots:
        """Read who gave a sign of life, and when somebody was last connected."""
        beats = await self._connection.small_hash(_BEATS, _MOST)
        read = [_beat(bot, beats[bot]) for bot in sorted(beats)]
        answered = await self._connection.get(_ANSWERED)
        return Bots(
            beats=tuple(beat for beat in read if beat is not None),
            answered_at=None if answered is None else _moment(answered),
            seen_at=datetime.fromtimestamp(await self._connection.milliseconds() / 1000, UTC),
        )

    async def away(self) -> Away | None:
        """Read the last long silence until `away_is_told`; None if there was none."""
        since, _, until = (await self._connection.get(_AWAY) or "").partition(" ")
        began, ended = _moment(since), _moment(until)
        return None if began is None or ended is None else Away(began, ended)

    async def away_is_told(self) -> None:
        await self._connection.delete(_AWAY)


def _beat(bot: str, said: str) -> Beat | None:
    at, _, connected = said.partition(" ")
    moment = _moment(at)
    if moment is None or not bot.isprintable() or len(bot) > _LONGEST_NAME:
        return None
    return Beat(bot=bot, at=moment, connected=connected == "1")


def _moment(milliseconds: str) -> Moment | None:
    """Read a time; None for a text that is none."""
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _milliseconds(span: timedelta) -> str:
    return str(int(span / timedelta(milliseconds=1)))
