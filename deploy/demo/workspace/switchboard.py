"""`/_control/faults`: faults are set and shown, and what happens at once is done."""

from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from deploy.demo.workspace import responses, uploads
from deploy.demo.workspace.incoming import json_object
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.switches import Asked, read
from deploy.demo.workspace.web_api.dispatch import METHODS
from deploy.demo.workspace.wire import Json

_NAMES = frozenset({*METHODS, responses.METHOD, uploads.METHOD})


def routes() -> list[web.RouteDef]:
    return [web.get("/_control/faults", _show), web.post("/_control/faults", _set)]


async def _show(request: web.Request) -> web.Response:
    return web.json_response({"ok": True, "faults": request.app[PARTS].faults.as_json()})


async def _set(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    try:
        body = await json_object(request)
        asked = read(body, _NAMES)
    except Refusal as refused:
        return web.json_response(refused.as_json(), status=400)
    if asked.clear or not body:
        parts.faults.clear()
    parts.faults.set(asked)
    _apply(parts)
    answer = {"ok": True, **await _done_at_once(parts, asked)}
    return web.json_response(answer | {"faults": parts.faults.as_json()})


def clear(parts: Parts) -> None:
    parts.faults.clear()
    _apply(parts)


def _apply(parts: Parts) -> None:
    """Bring what stands elsewhere in line with the switches, and tell the page."""
    on, workspace = parts.faults.on, parts.workspace
    every = on.refresh_every_s
    parts.sockets.connections.refresh_every(None if every is None else timedelta(seconds=every))
    for channel in list(workspace.channels.values()):
        if channel.is_archived != (channel.id in on.archived):
            workspace.keep_channel(replace(channel, is_archived=channel.id in on.archived))
    workspace.feed.tell("faults", faults=parts.faults.as_json())


async def _done_at_once(parts: Parts, asked: Asked) -> Json:
    connections = parts.sockets.connections
    if asked.kill_socket:
        connections.kill()
    if asked.drop_socket:
        connections.drop()
    if asked.disconnect:
        await connections.tell_to_leave(asked.disconnect)
    if asked.refresh_socket:
        await connections.tell_to_leave("refresh_requested")
    if asked.redeliver_last:
        return {"redelivered": await parts.sockets.redeliver_last()}
    return {}
