"""Socket Mode's envelopes: each to one connection, and the wait for the app's word."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from deploy.demo.workspace import seed
from deploy.demo.workspace.connections import Connection, Connections
from deploy.demo.workspace.faults import Faults
from deploy.demo.workspace.log import DEADLINE, Log, Sent
from deploy.demo.workspace.wire import Json, record, text, whole


@dataclass(frozen=True)
class Ack:
    payload: Json


@dataclass(frozen=True)
class NoAck:
    error: str


class Sockets:
    def __init__(self, faults: Faults, log: Log, now: Callable[[], datetime]) -> None:
        self.connections = Connections(faults, self._take)
        self._faults = faults
        self._log = log
        self._now = now
        self._awaited: dict[str, asyncio.Future[Json]] = {}
        self._last: Json | None = None
        self._events: set[asyncio.Task[None]] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        return await self.connections.serve(request, self._now())

    def _take(self, word: Json) -> None:
        envelope_id = text(word, "envelope_id")
        self._log.acked(envelope_id, self._now())
        awaited = self._awaited.pop(envelope_id, None)
        # A word after the deadline finds nobody waiting, as in Slack.
        if awaited and not awaited.done():
            awaited.set_result(record(word, "payload"))

    async def deliver(self, kind: str, payload: Json) -> Ack | NoAck:
        """Give one envelope to one connection, chosen by chance, and wait for the app's word."""
        takes_answer = payload.get("type") != "block_actions"
        return await self._deliver(_envelope(kind, payload, takes_answer=takes_answer))

    async def _deliver(self, envelope: Json) -> Ack | NoAck:
        self._last = envelope
        awaited: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._awaited[envelope["envelope_id"]] = awaited
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                if not await self._send(envelope):
                    return NoAck("dispatch_failed")
                return Ack(await awaited)
        except TimeoutError:
            return NoAck("operation_timeout")
        finally:
            self._awaited.pop(envelope["envelope_id"], None)

    async def _send(self, envelope: Json) -> bool:
        """False when there is no connection at all."""
        chosen = self.connections.any()
        carrier = None if chosen is None or self._swallowed(chosen) else chosen
        # Noted first: the app's word may come while this is still being sent.
        self._log.sent(
            Sent(
                kind=envelope["type"],
                what=_what(envelope["payload"]),
                envelope_id=envelope["envelope_id"],
                connection=carrier.id if carrier else None,
                retry_attempt=whole(envelope, "retry_attempt", 0),
                at=self._now(),
                error=None if chosen else "dispatch_failed",
            )
        )
        if carrier:
            await carrier.send(envelope)
        return chosen is not None

    def _swallowed(self, connection: Connection) -> bool:
        if self._faults.strikes_socket("envelope_breaks"):
            self.connections.break_off(connection)
            return True
        return self._faults.on.silent or self._faults.strikes_socket("envelope_lost")

    # Events

    def tell(self, event: Json) -> None:
        """An event, and again after a while as long as nobody acknowledges it, as Slack does."""
        if record(event, "event").get("type") not in seed.EVENTS:
            return
        task = asyncio.create_task(self._tell(event))
        self._events.add(task)
        task.add_done_callback(self._events.discard)

    async def _tell(self, event: Json) -> None:
        # Each delivery is an envelope of its own: only the event's id is the same.
        said = await self._deliver(_of_event(event, 0))
        for attempt, pause in enumerate(self._faults.on.event_retries_s, start=1):
            if isinstance(said, Ack) and not self._faults.strikes_socket("event_repeated"):
                return
            await asyncio.sleep(pause)
            said = await self._deliver(_of_event(event, attempt))

    async def redeliver_last(self) -> bool:
        """The same envelope once more, as after a lost acknowledgement."""
        if self._last is None or not self.connections.number:
            return False
        return await self._send(self._last | {"retry_attempt": 1, "retry_reason": "timeout"})

    async def close(self) -> None:
        for task in list(self._events):
            task.cancel()
        await self.connections.close()


def _envelope(kind: str, payload: Json, *, takes_answer: bool) -> Json:
    return {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "accepts_response_payload": takes_answer,
        "payload": payload,
    }


def _of_event(event: Json, attempt: int) -> Json:
    retry = {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
    return _envelope("events_api", event, takes_answer=False) | retry


def _what(payload: Json) -> str:
    return (
        text(payload, "command") or text(record(payload, "event"), "type") or text(payload, "type")
    )
