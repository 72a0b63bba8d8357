"""Small HTTP servers for this machine alone: where they listen, whom they refuse, how they end."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from deploy.demo.cluster.layout import HOST

_OURS: Final = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A page from elsewhere must not press buttons here, nor reach us under a name of its own."""
    origin = request.headers.get("Origin", "http://localhost").partition("://")[2]
    if not _OURS.fullmatch(request.host) or not _OURS.fullmatch(origin):
        return web.json_response({"ok": False, "error": "This is for this machine."}, status=403)
    response = await handler(request)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@asynccontextmanager
async def serve(app: web.Application, port: int) -> AsyncIterator[str]:
    """Serve until the block ends, without an access log; yields the URL. Port 0: a free one."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        yield f"http://{HOST}:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def announce(ready: Mapping[str, object]) -> None:
    """One JSON line on stdout, for whoever started this process and waits for it."""
    print(json.dumps(ready), flush=True)
