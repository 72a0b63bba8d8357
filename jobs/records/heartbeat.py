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

# One piece, so that of two bots that come back together one notices that nobody was there.
_BEAT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
local beats = redis.call('HGETALL', KEYS[1])
for place = 1, #beats, 2 do
  local at = tonumber(string.match(beats[place + 1], '^%d+') or '0')
  if now - at > tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], beats[place]) end
end
if ARGV[2] == '1' then
  local before = tonumber(redis.call('GET', KEYS[2]) or '0')
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
        ]
        await self._connection.run_script(_BEAT, [_BEATS, _ANSWERED, _AWAY], values)

    async def leave(self, bot: str) -> None:
        """Say that this bot ends in order."""
        await self._connection.delete_field(_BEATS, bot)

    async def bots(self) -> Bots:
        """Read who gave a sign of life, and when somebody was last connected."""
        beats = await self._connection.hash(_BEATS)
        answered = await self._connection.get(_ANSWERED)
        return Bots(
            beats=tuple(_beat(bot, beats[bot]) for bot in sorted(beats)),
            answered_at=None if answered is None else _moment(answered),
            seen_at=_moment(str(await self._connection.milliseconds())),
        )

    async def away(self) -> Away | None:
        """Read the last long silence until `away_is_told`; None if there was none."""
        said = await self._connection.get(_AWAY)
        if said is None:
            return None
        since, _, until = said.partition(" ")
        return Away(_moment(since), _moment(until))

    async def away_is_told(self) -> None:
        await self._connection.delete(_AWAY)


def _beat(bot: str, said: str) -> Beat:
    at, _, connected = said.partition(" ")
    return Beat(bot=bot, at=_moment(at), connected=connected == "1")


def _moment(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _milliseconds(span: timedelta) -> str:
    return str(int(span / timedelta(milliseconds=1)))
