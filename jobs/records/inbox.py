"""What people ask for: written by the bot and the terminal, read by workers, believed by nobody."""

import logging
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import ValidationError

from jobs.records.connection import Connection, Line
from jobs.runs.requests import Asked, Press
from playbooks.core.trouble import Trouble

Request = TypeVar("Request", Asked, Press)

_LOG: Final = logging.getLogger(__name__)
_LARGEST: Final = 16 * 1024  # Bytes of one request.
_MOST: Final = 500  # Entries among which a run's own request is looked for.
_EACH: Final = 50  # The last presses of one account on a run that count, heard or not.
_PAGE: Final = 100  # Entries that are read at once: whoever floods may make each of them large.
_PAGES: Final = 200
_KNOWN: Final = 200  # Runs whose presses are kept in mind.
_KEPT: Final = 5000  # Runs that were asked for, answered or not.
_RECENT: Final = 200  # Of those, how many may still be unanswered.
_RUN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")

# One piece, so that a redelivery finds either nothing of a request or all of it. A key that a
# stolen bot spoiled would swallow every request after it, so that one begins anew.
_PUT: Final = """
local function put(command, key, ...)
  local done = redis.pcall(command, key, ...)
  if type(done) ~= 'table' or not done.err then return done end
  if not string.find(done.err, 'WRONGTYPE') and not string.find(done.err, 'last possible ID') then
    error(done.err)
  end
  redis.call('DEL', key)
  return redis.call(command, key, ...)
end
if put('SADD', KEYS[2], ARGV[1]) == 0 then return 'KNOWN' end
put('XADD', KEYS[1], '*', 'kind', ARGV[2], 'body', ARGV[3])
if KEYS[3] then put('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'run', ARGV[4]) end
return 'NEW'
"""


@dataclass
class _Pressed:
    """What was read of one run: up to the entry `last`, the last presses of each account."""

    last: str
    by_account: dict[tuple[str, str], deque[tuple[str, Press]]] = field(default_factory=dict)

    def add(self, lines: list[Line], run: str) -> None:
        for id, fields in lines:
            press = _read(Press, run, fields.get("body", "")) if _is_press(fields) else None
            if press is not None:
                account = (press.who.standing, press.who.id)
                self.by_account.setdefault(account, deque(maxlen=_EACH)).append((id, press))
        self.last = lines[-1][0]

    def in_order(self) -> tuple[Press, ...]:
        pressed = [one for each in self.by_account.values() for one in each]
        return tuple(press for _, press in sorted(pressed, key=lambda one: _place(one[0])))


class Inbox:
    """One stream a run, and one of the runs that were asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pressed: dict[str, _Pressed] = {}

    async def put(self, request: Asked | Press) -> bool:
        """Put a request; False, and nothing changed, if this id came before. Raises Trouble."""
        body = request.model_dump_json()
        if len(body.encode()) > _LARGEST:
            raise Trouble(
                "This request is too long", left="nothing was changed", do="say it in fewer words"
            )
        keys = [f"inbox:{request.run}", f"inbox:{request.run}:ids"]
        if isinstance(request, Asked):
            keys.append("asked")
        values = [request.id, request.kind, body, request.run, str(_KEPT)]
        return await self._connection.run_script(_PUT, keys, values) == "NEW"

    async def asked(self, run: str) -> Asked | None:
        """Read the request that a run began with; None if nobody asked for it."""
        for _, fields in await self._connection.oldest_lines(f"inbox:{run}", _MOST):
            is_asked = fields.get("kind") == "asked"
            asked = _read(Asked, run, fields.get("body", "")) if is_asked else None
            if asked is not None:
                return asked
        return None

    async def presses(self, run: str) -> tuple[Press, ...]:
        """Read the last presses of each account on a run, answered or not, in order.

        However many one account sends, they push out no presses but its own. What was read before
        is kept in mind, so that asking again costs one look at the stream's end.
        """
        newest = await self._connection.newest_lines(f"inbox:{run}", 1)
        known = self._pressed.pop(run, None)
        if not newest:
            return ()
        if known is None or _place(newest[0][0]) < _place(known.last):  # It began anew.
            known = _Pressed("0-0")
        if known.last != newest[0][0]:
            known.add(await self._lines_since(f"inbox:{run}", known.last, newest[0]), run)
        self._pressed[run] = known
        while len(self._pressed) > _KNOWN:
            del self._pressed[next(iter(self._pressed))]
        return known.in_order()

    async def unanswered(self) -> tuple[str, ...]:
        """Name the runs that were asked for lately and have no journal yet, oldest first."""
        lines = await self._connection.newest_lines("asked", _RECENT)
        named = dict.fromkeys(fields.get("run", "") for _, fields in reversed(lines))
        runs = [run for run in named if _RUN.fullmatch(run)]
        known = await self._connection.existing([f"run:{run}" for run in runs])
        return tuple(run for run, answered in zip(runs, known, strict=True) if not answered)

    async def _lines_since(self, key: str, last: str, newest: Line) -> list[Line]:
        """Page back to what was read before, from an entry on; the rest of a flood is not read."""
        lines = [newest]
        for _ in range(_PAGES):
            page = await self._connection.lines_between(key, last, lines[-1][0], _PAGE)
            lines += page
            if len(page) < _PAGE:
                break
        return lines[::-1]


def _is_press(fields: dict[str, str]) -> bool:
    return fields.get("kind") == "press"


def _place(id: str) -> tuple[int, int]:
    milliseconds, _, number = id.partition("-")
    return int(milliseconds), int(number)


def _read(shape: type[Request], run: str, body: str) -> Request | None:
    """Read one entry; whoever can write here may have written anything."""
    try:
        request = shape.model_validate_json(body) if len(body) <= _LARGEST else None
    except ValidationError:
        request = None
    if request is None or request.run != run:
        _LOG.warning("malformed request skipped", extra={"run": run})
        return None
    return request
