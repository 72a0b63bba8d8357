"""Socket Mode's connections: opened with a ticket, kept alive, told to leave, broken or dead."""

import asyncio
import json
import random
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aiohttp import WSMessage, WSMsgType, web

from deploy.demo.workspace import seed
from deploy.demo.workspace.faults import Faults
from deploy.demo.workspace.wire import Json

MOST_CONNECTIONS: Final = 10
_TICKET_LIFE: Final = timedelta(seconds=30)
_PING_EVERY: Final = timedelta(seconds=10)
# As many pings without a word from the app end its connection.
_PINGS_UNANSWERED: Final = 3


@dataclass(eq=False)
class Connection:
    socket: web.WebSocketResponse
    request: web.Request
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    is_dead: bool = False  # open, and nothing comes through in either direction
    is_leaving: bool = False  # told to reconnect
    unanswered: int = 0

    async def send(self, word: Json) -> bool:
        """False when it cannot be sent; a dead connection swallows it without a sign."""
        if self.is_dead:
            return False
        try:
            await self.socket.send_json(word)
        except ConnectionError:
            return False
        return True

    def abort(self) -> None:
        if self.request.transport:
            self.request.transport.abort()


class Connections:
    def __init__(self, faults: Faults, heard: Callable[[Json], None]) -> None:
        self._faults = faults
        self._heard = heard
        self._tickets: dict[str, datetime] = {}
        self._open: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._refreshing: asyncio.Task[None] | None = None
        self._pause: timedelta | None = None

    @property
    def number(self) -> int:
        return len(self._open)

    def ticket(self, now: datetime) -> str:
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = now
        return ticket

    def any(self) -> Connection | None:
        """One of them by chance, as Slack picks one too; none that is leaving while others stay."""
        staying = [each for each in self._open if not each.is_leaving]
        return random.choice(staying or self._open) if self._open else None  # noqa: S311 - see above

    async def serve(self, request: web.Request, now: datetime) -> web.StreamResponse:
        if self._faults.strikes_socket("socket_refused"):
            return web.Response(status=503, text="Service Unavailable")
        made = self._tickets.pop(request.query.get("ticket", ""), None)
        if made is None or now - made > _TICKET_LIFE:
            return web.json_response({"ok": False, "error": "invalid_auth"}, status=401)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(socket, request)
        connection.is_dead = self._faults.strikes_socket("socket_dead")
        if self.number >= MOST_CONNECTIONS:
            await connection.send(_goodbye("too_many_websockets"))
            await socket.close()
            return socket
        self._open.append(connection)
        pulse = self._started(_pulse(connection))
        try:
            await connection.send(self._hello())
            async for received in socket:
                await self._take(connection, received)
        finally:
            pulse.cancel()
            self._gone(connection)
        return socket

    async def _take(self, connection: Connection, received: WSMessage) -> None:
        if connection.is_dead:
            return
        connection.unanswered = 0
        if received.type is WSMsgType.PING:
            await connection.socket.pong(received.data)
        if received.type is not WSMsgType.TEXT:
            return
        try:
            word = json.loads(received.data)
        except ValueError:
            return
        if isinstance(word, dict):
            self._heard(word)

    def _gone(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.number,
            "connection_info": {"app_id": seed.APP_ID},
            "debug_info": {
                "host": "applink-demo",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }

    # Faults

    def drop(self) -> None:
        """Every connection breaks without a word."""
        for each in list(self._open):
            self.break_off(each)

    def break_off(self, connection: Connection) -> None:
        connection.abort()
        self._gone(connection)

    def kill(self) -> None:
        """Every connection stays open and says nothing any more."""
        for each in self._open:
            each.is_dead = True

    async def tell_to_leave(self, reason: str) -> None:
        """Slack's routine: told to reconnect, then the old connection is closed."""
        for each in list(self._open):
            await self._leave(each, reason)

    def refresh_every(self, pause: timedelta | None) -> None:
        """From now on, tell the connection that is open longest to reconnect, so often."""
        if pause == self._pause:
            return
        self._pause = pause
        if self._refreshing:
            self._refreshing.cancel()
        self._refreshing = self._started(self._refresh(pause)) if pause else None

    async def _refresh(self, pause: timedelta) -> None:
        while True:
            await asyncio.sleep(pause.total_seconds())
            oldest = next((each for each in self._open if not each.is_leaving), None)
            if oldest:
                await self._leave(oldest, "refresh_requested")

    async def _leave(self, connection: Connection, reason: str) -> None:
        connection.is_leaving = True
        await connection.send(_goodbye(reason))
        _ = self._started(self._close_later(connection))

    async def _close_later(self, connection: Connection) -> None:
        await asyncio.sleep(self._faults.on.refresh_grace_s)
        await connection.socket.close()

    def _started(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for each in list(self._open):
            await each.socket.close()


async def _pulse(connection: Connection) -> None:
    """Ping the app, and end a connection whose other end is gone without a word."""
    while connection.unanswered < _PINGS_UNANSWERED:
        await asyncio.sleep(_PING_EVERY.total_seconds())
        connection.unanswered += 1
        with suppress(ConnectionError):
            if not connection.is_dead:
                await connection.socket.ping()
    connection.abort()


def _goodbye(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-demo"}}
