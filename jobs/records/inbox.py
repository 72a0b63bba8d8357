"""What people ask for: written by the bot and the terminal, read by workers, believed by nobody."""

import logging
from typing import Final, TypeVar

from pydantic import ValidationError

from jobs.records.connection import Connection
from jobs.runs.requests import Asked, Press
from playbooks.core.trouble import Trouble

Request = TypeVar("Request", Asked, Press)

_LOG: Final = logging.getLogger(__name__)
_LARGEST: Final = 16 * 1024  # Bytes of one request.
_MOST: Final = 500  # Requests of one run that are read; the rest is a flood.
_KEPT: Final = 5000  # Runs that were asked for, answered or not.
_RECENT: Final = 200  # Of those, how many may still be unanswered.

# One piece, so that a redelivery finds either nothing of a request or all of it.
_PUT: Final = """
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 'KNOWN' end
redis.call('XADD', KEYS[1], '*', 'kind', ARGV[2], 'body', ARGV[3])
if KEYS[3] then redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'run', ARGV[4]) end
return 'NEW'
"""


class Inbox:
    """One stream a run, and one of the runs that were asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        for kind, body in await self._entries(run):
            asked = _read(Asked, run, body) if kind == "asked" else None
            if asked is not None:
                return asked
        return None

    async def presses(self, run: str) -> tuple[Press, ...]:
        """Read what was pressed on a run, answered or not, in order."""
        read = [
            _read(Press, run, body) for kind, body in await self._entries(run) if kind == "press"
        ]
        return tuple(press for press in read if press is not None)

    async def unanswered(self) -> tuple[str, ...]:
        """Name the runs that were asked for lately and have no journal yet, oldest first."""
        lines = await self._connection.newest_lines("asked", _RECENT)
        runs = list(dict.fromkeys(fields.get("run", "") for _, fields in reversed(lines)))
        known = await self._connection.existing([f"run:{run}" for run in runs])
        return tuple(run for run, answered in zip(runs, known, strict=True) if not answered)

    async def _entries(self, run: str) -> list[tuple[str, str]]:
        lines = await self._connection.oldest_lines(f"inbox:{run}", _MOST)
        return [(fields.get("kind", ""), fields.get("body", "")) for _, fields in lines]


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
