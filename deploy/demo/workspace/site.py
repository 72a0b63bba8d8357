"""The workspace as one site on the loopback: routes, start and stop."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from deploy.demo.workspace import control, looks, page, responses, switchboard, uploads, world
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.faults import Faults
from deploy.demo.workspace.hooks import Hooks
from deploy.demo.workspace.log import Log
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.rates import Rates
from deploy.demo.workspace.sockets import Sockets
from deploy.demo.workspace.state import Workspace
from deploy.demo.workspace.triggers import Triggers
from deploy.demo.workspace.web_api import dispatch

_LOOPBACK: Final = "127.0.0.1"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class RunningSite:
    url: str
    _runner: web.AppRunner

    async def stop(self) -> None:
        await self._runner.cleanup()


async def serve(port: int, tokens: Tokens, world_url: str | None) -> RunningSite:
    """Serve on the loopback; port 0 takes a free one. `world_url` None: no world beside it."""
    app = web.Application(middlewares=[_only_from_here], client_max_size=uploads.MOST_BYTES)
    # The port is known once the socket is bound, and the parts need it: so bind first.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    server_socket = _bound(port)
    base_url = f"http://{_LOOPBACK}:{server_socket.getsockname()[1]}"
    app[PARTS] = _parts(tokens, world_url, base_url)
    app.add_routes(_routes())
    app.cleanup_ctx.append(_world_session)
    app.on_shutdown.append(_close_sockets)
    app.on_response_prepare.append(_with_headers)
    await runner.setup()
    await web.SockSite(runner, server_socket).start()
    return RunningSite(base_url, runner)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((_LOOPBACK, port))
    return bound


def _parts(tokens: Tokens, world_url: str | None, base_url: str) -> Parts:
    faults, log, workspace = Faults(), Log(), Workspace(lambda: datetime.now(UTC))
    return Parts(
        workspace=workspace,
        tokens=tokens,
        faults=faults,
        log=log,
        rates=Rates(),
        triggers=Triggers(),
        hooks=Hooks(),
        sockets=Sockets(faults, log, workspace.now),
        world_url=world_url,
        base_url=base_url,
    )


def _routes() -> list[web.AbstractRouteDef]:
    return [
        web.get("/", page.index),
        web.get("/archives/{channel}/{message}", page.index),
        web.get("/_page/stream", page.stream),
        web.static("/page", page.FILES),
        web.route("*", "/api/{method}", dispatch.call),
        web.get("/link/", _link),
        web.post(r"/hooks/{hook:.+}", responses.take),
        web.post("/upload/v1/{file}", uploads.take),
        web.get("/files-pri/{file}/{name:.+}", uploads.give),
        *control.routes(),
        *looks.routes(),
        *switchboard.routes(),
        web.get("/_world/{word}", world.pass_on),
        web.post("/_world/{word}", world.pass_on),
    ]


async def _link(request: web.Request) -> web.StreamResponse:
    return await request.app[PARTS].sockets.serve(request)


@web.middleware
async def _only_from_here(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Some other web page, open in the same browser, must not destroy the cluster."""
    host = urlsplit(f"//{request.headers.get('Host', '')}")
    origin = request.headers.get("Origin")
    # What a token or a ticket opens is open to every client: slack-go sends an Origin of its own.
    guarded = request.path.startswith(("/_control/", "/_world/", "/_page/"))
    foreign = guarded and origin is not None and urlsplit(origin).netloc != host.netloc
    if host.hostname not in {_LOOPBACK, "localhost"} or foreign:
        return web.json_response({"ok": False, "error": "forbidden"}, status=403)
    return await handler(request)


async def _with_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    # The next start on the same port may bring another page.
    response.headers.setdefault("Cache-Control", "no-cache")


async def _world_session(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as session:
        app[world.SESSION] = session
        yield


async def _close_sockets(app: web.Application) -> None:
    await app[PARTS].sockets.close()
