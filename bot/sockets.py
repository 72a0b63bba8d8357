"""Socket Mode without a gap: a new connection is open before Slack closes the old one.

The SDK's own client closes first and connects then: with 100 ms to Slack, a command at each routine
refresh met no socket. An acknowledgement here goes out where its envelope came in.
"""

import asyncio
import json
import logging
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.tasks import end
from bot.web import SlackLimitedError, SlackRefusedError, SlackUnsureError, Web

_LOG: Final = logging.getLogger(__name__)
_PING_EVERY: Final = 10.0  # Seconds; without an answer for half of that the connection is dead.
_HELLO_WITHIN: Final = timedelta(seconds=10)
_OLD_STAYS: Final = timedelta(seconds=30)  # Slack closes an old connection itself, after about 10.
_FIRST_PAUSE: Final = timedelta(milliseconds=500)
_LONGEST_PAUSE: Final = timedelta(seconds=10)
_FAULTS: Final = (
    SlackRefusedError,
    SlackUnsureError,
    aiohttp.ClientError,
    ConnectionError,
    TimeoutError,
)


@dataclass(eq=False)
class _Line:
    """One connection. The SDK's helpers take it for a client of theirs."""

    socket: aiohttp.ClientWebSocketResponse
    others: "list[_Line]"
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    logger: logging.Logger = _LOG

    def is_live(self) -> bool:
        return not self.socket.closed and not self.leaving.is_set()

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        text = json.dumps(response.to_dict())
        for line in (self, *(each for each in self.others if each.is_live())):
            try:
                await line.socket.send_str(text)
            except ConnectionError:
                continue
            return
        _LOG.warning("an acknowledgement found no connection")


class Sockets:
    """`keep` holds one connection at all times; two only while one takes over from the other."""

    def __init__(
        self, app: AsyncApp, web: Web, app_token: str, session: aiohttp.ClientSession
    ) -> None:
        self._app = app
        self._web = web
        self._app_token = app_token
        self._session = session
        self._lines: list[_Line] = []
        self._listening: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._live_at = asyncio.get_running_loop().time()
        self.disabled = asyncio.Event()  # Socket Mode was switched off for the app.

    def is_connected(self) -> bool:
        if any(line.is_live() for line in self._lines):
            self._live_at = asyncio.get_running_loop().time()
            return True
        return False

    def cut_off_for(self) -> timedelta:
        """How long no connection was seen to live."""
        if self.is_connected():
            return timedelta(0)
        return timedelta(seconds=asyncio.get_running_loop().time() - self._live_at)

    async def open(self, url: str) -> None:
        """Open a connection, and listen to it once Slack has said hello on it."""
        async with AsyncExitStack() as unless_hello:
            socket = await self._session.ws_connect(
                url, heartbeat=_PING_EVERY, proxy=self._web.client.proxy
            )
            unless_hello.push_async_callback(socket.close)
            async with asyncio.timeout(_HELLO_WITHIN.total_seconds()):
                hello = _read(await socket.receive())
            if hello.get("type") != "hello":
                self._hear_reason(hello)
                raise ConnectionError
            unless_hello.pop_all()
        line = _Line(socket, self._lines)
        self._lines.append(line)
        task = asyncio.create_task(self._listen(line))
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)

    async def keep(self) -> None:
        """Replace a connection as soon as it is lost or told to leave, until cancelled."""
        pause = _FIRST_PAUSE
        while True:
            if self.is_connected():
                live = next(line for line in self._lines if line.is_live())
                await live.leaving.wait()
            try:
                await self.open(await self._web.socket_url(self._app_token))
                pause = _FIRST_PAUSE
            except SlackLimitedError as limited:
                await asyncio.sleep(limited.after.total_seconds())
            except _FAULTS as error:
                # Never the error's own text: it may hold the address, which is a credential.
                _LOG.warning("no connection to Slack", extra={"why": type(error).__name__})
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def drain(self, within: timedelta) -> None:
        """Let what has begun be acknowledged."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=within.total_seconds())

    async def close(self) -> None:
        await asyncio.gather(*(line.socket.close() for line in [*self._lines]))
        await end(*self._listening, *self._busy)

    async def _listen(self, line: _Line) -> None:
        try:
            async for message in line.socket:
                said = _read(message)
                if said.get("type") == "disconnect":
                    self._hear_reason(said)
                    line.leaving.set()
                    asyncio.get_running_loop().call_later(
                        _OLD_STAYS.total_seconds(), self._dismiss, line
                    )
                elif "envelope_id" in said:
                    self._answer(line, said)
        except ConnectionError as error:  # Such as a pong to a connection that is gone.
            _LOG.info("a connection broke", extra={"why": type(error).__name__})
        finally:
            line.leaving.set()
            self._lines.remove(line)
            await line.socket.close()

    def _hear_reason(self, said: dict[str, Any]) -> None:
        if said.get("reason") == "link_disabled":
            self.disabled.set()

    def _answer(self, line: _Line, said: dict[str, Any]) -> None:
        request = SocketModeRequest.from_dict(said)
        if request is None:
            return
        task = asyncio.create_task(self._answered(line, request))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _answered(self, line: _Line, request: SocketModeRequest) -> None:
        began = time.monotonic()
        response = await run_async_bolt_app(self._app, request)
        await send_async_response(line, request, response, began)  # type: ignore[arg-type]  # all that it calls is there

    def _dismiss(self, line: _Line) -> None:
        if not line.socket.closed:
            closing = asyncio.create_task(_closed(line))
            self._listening.add(closing)
            closing.add_done_callback(self._listening.discard)


async def _closed(line: _Line) -> None:
    await line.socket.close()


def _read(message: aiohttp.WSMessage) -> dict[str, Any]:
    if message.type is not aiohttp.WSMsgType.TEXT:
        return {}
    try:
        said = json.loads(message.data)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
