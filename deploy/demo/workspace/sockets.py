"""Socket Mode: the app's connections, envelopes to one of them, and the wait for its word."""

import asyncio
import json
import random
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import WSMsgType, web

from deploy.demo.workspace import seed
from deploy.demo.workspace.faults import Faults
from deploy.demo.workspace.log import Log
from deploy.demo.workspace.wire import Json, record, text

DEADLINE: Final = timedelta(seconds=3)
MOST_CONNECTIONS: Final = 10
_TICKET_LIFE: Final = timedelta(seconds=30)
# Slack closes an old connection a little after telling the app to get a new one.
_GRACE: Final = timedelta(seconds=10)
_PING_EVERY: Final = timedelta(seconds=10)


@dataclass(frozen=True)
class Ack:
    payload: Json


@dataclass(frozen=True)
class NoAck:
    error: str


@dataclass(frozen=True, eq=False)
class _Connection:
    id: str
    socket: web.WebSocketResponse
    request: web.Request


class Sockets:
    def __init__(self, faults: Faults, log: Log) -> None:
        self._faults = faults
        self._log = log
        self._tickets: dict[str, datetime] = {}
        self._open: list[_Connection] = []
        self._awaited: dict[str, asyncio.Future[Json]] = {}
        self._last: Json | None = None
        self._told_to_leave: set[_Connection] = set()
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def number(self) -> int:
        return len(self._open)

    def ticket(self, now: datetime) -> str:
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = now
        return ticket

    async def serve(self, request: web.Request, now: datetime) -> web.StreamResponse:
        made = self._tickets.pop(request.query.get("ticket", ""), None)
        if made is None or now - made > _TICKET_LIFE:
            return web.json_response({"ok": False, "error": "invalid_auth"}, status=401)
        socket = web.WebSocketResponse(heartbeat=_PING_EVERY.total_seconds())
        await socket.prepare(request)
        if self.number >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = _Connection(secrets.token_hex(4), socket, request)
        self._open.append(connection)
        try:
            await socket.send_json(self._hello())
            await self._listen(socket)
        finally:
            self._told_to_leave.discard(connection)
            if connection in self._open:
                self._open.remove(connection)
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for received in socket:
            if received.type is not WSMsgType.TEXT:
                continue
            try:
                word = json.loads(received.data)
            except ValueError:
                continue
            if isinstance(word, dict):
                self._take(word)

    def _take(self, word: Json) -> None:
        awaited = self._awaited.pop(text(word, "envelope_id"), None)
        # A word after the deadline finds nobody waiting, as in Slack.
        if awaited and not awaited.done():
            awaited.set_result(record(word, "payload"))

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

    async def deliver(self, kind: str, payload: Json, now: datetime) -> Ack | NoAck:
        """Give one envelope to one connection, chosen by chance, and wait for the app's word."""
        if not self._open:
            self._log.envelope(kind, now, error="dispatch_failed")
            return NoAck("dispatch_failed")
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "accepts_response_payload": payload.get("type") != "block_actions",
            "payload": payload,
        }
        self._last = envelope
        awaited: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._awaited[envelope["envelope_id"]] = awaited
        began = asyncio.get_running_loop().time()
        connection = await self._send(envelope)
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                answer: Ack | NoAck = Ack(await awaited)
        except TimeoutError:
            answer = NoAck("operation_timeout")
        finally:
            self._awaited.pop(envelope["envelope_id"], None)
        self._log.envelope(
            kind,
            now,
            envelope_id=envelope["envelope_id"],
            connection=connection,
            milliseconds=round((asyncio.get_running_loop().time() - began) * 1000, 1),
            error=answer.error if isinstance(answer, NoAck) else None,
        )
        return answer

    async def _send(self, envelope: Json) -> str | None:
        if self._faults.silent or not self._open:
            return None
        staying = [each for each in self._open if each not in self._told_to_leave]
        connection = random.choice(staying or self._open)  # noqa: S311 - Slack picks one too
        try:
            await connection.socket.send_json(envelope)
        except ConnectionError:
            return None
        return connection.id

    # Faults

    async def redeliver_last(self) -> bool:
        """The same envelope once more, as after a lost acknowledgement."""
        if self._last is None or not self._open:
            return False
        again = self._last | {"retry_attempt": 1, "retry_reason": "timeout"}
        return await self._send(again) is not None

    def drop(self) -> None:
        """Every connection breaks without a word."""
        for each in self._open:
            if each.request.transport:
                each.request.transport.abort()
        self._open.clear()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Slack's routine: told to reconnect, then the old connection is closed."""
        for each in list(self._open):
            await each.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-demo"}}
            )
            self._told_to_leave.add(each)
            task = asyncio.create_task(self._leave(each))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _leave(self, connection: _Connection) -> None:
        await asyncio.sleep(_GRACE.total_seconds())
        await connection.socket.close()

    async def close(self) -> None:
        for task in list(self._leaving):
            task.cancel()
        for each in list(self._open):
            await each.socket.close()
