"""The world beside the workspace: its API is another process, and this one only passes it on."""

from datetime import timedelta
from typing import Final

import aiohttp
from aiohttp import web

from deploy.demo.workspace.parts import PARTS

# Destroying or unsealing takes the world a while; reading it does not.
_WITHIN: Final = timedelta(seconds=60)
SESSION: web.AppKey[aiohttp.ClientSession] = web.AppKey("world", aiohttp.ClientSession)


async def pass_on(request: web.Request) -> web.Response:
    base = request.app[PARTS].world_url
    if base is None:
        return _unreachable("The world is not connected", 503)
    try:
        async with request.app[SESSION].request(
            request.method,
            base.rstrip("/") + request.path,
            data=await request.read(),
            headers={"Content-Type": "application/json"},
            timeout=aiohttp.ClientTimeout(total=_WITHIN.total_seconds()),
        ) as answer:
            return web.Response(
                body=await answer.read(),
                status=answer.status,
                content_type=answer.content_type,
            )
    except (aiohttp.ClientError, TimeoutError):
        return _unreachable("The world does not answer", 502)


def _unreachable(error: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)
