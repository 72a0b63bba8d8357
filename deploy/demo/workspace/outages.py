"""Calls that go wrong on purpose: what the app gets instead of an answer."""

import asyncio
from datetime import timedelta
from typing import Final

from aiohttp import web

from deploy.demo.workspace.faults import Faults, Strike
from deploy.demo.workspace.log import Call, Reply
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.wire import Json

TOO_MANY: Final = 429
_ERROR: Final = 500
# Nobody waits longer than this for an answer.
_SILENCE: Final = timedelta(minutes=5)
_LOOK_EVERY: Final = timedelta(milliseconds=250)


async def strike_at(faults: Faults, method: str) -> Strike | None:
    """The fault that this call meets, after the lag that all have."""
    await asyncio.sleep(faults.on.lag_ms / 1000)
    return faults.strike(method)


async def suffer(
    parts: Parts, request: web.Request, call: Call, strike: Strike, answer: Json | None = None
) -> web.StreamResponse:
    """Note the call, with the answer that the app never gets, and fail as the fault does."""
    wrong = {"ok": False, "error": "ratelimited" if strike.status == TOO_MANY else "internal_error"}
    reply = Reply(answer=answer or wrong, status=strike.status, outcome=strike.kind)
    parts.log.call(call, reply, parts.now())
    if strike.status == TOO_MANY:
        headers = {"Retry-After": str(strike.retry_after)}
        return web.json_response(wrong, status=TOO_MANY, headers=headers)
    if strike.status:
        return web.Response(status=strike.status, text="Internal Server Error")
    if strike.kind == "silence":
        await _until_they_give_up(request)
    if request.transport:
        request.transport.abort()
    return web.Response(status=_ERROR)


async def _until_they_give_up(request: web.Request) -> None:
    left = _SILENCE
    while left > timedelta(0) and request.transport and not request.transport.is_closing():
        await asyncio.sleep(_LOOK_EVERY.total_seconds())
        left -= _LOOK_EVERY
