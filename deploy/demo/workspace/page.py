"""The page: its files, and the stream of changes that keeps it live."""

import json
from pathlib import Path
from typing import Final

from aiohttp import web

from deploy.demo.workspace import seed
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.records import Message
from deploy.demo.workspace.shown import channel as shown_channel
from deploy.demo.workspace.shown import view as shown_view
from deploy.demo.workspace.state import Workspace
from deploy.demo.workspace.wire import Json

FILES: Final = Path(__file__).parent / "page"
# The page brings everything itself. Only people's own consoles, each a process of its own on this
# machine, are shown in frames.
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; frame-src http://127.0.0.1:*; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def index(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(
        FILES / "index.html",
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"},
    )


async def stream(request: web.Request) -> web.StreamResponse:
    """Server-sent events: everything first, then each change."""
    parts = request.app[PARTS]
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    with parts.workspace.feed.follow() as changes:
        await _send(response, {"kind": "everything", **_everything(parts)})
        try:
            while True:
                change = await changes.get()
                if change["kind"] == "reset":
                    change = {"kind": "everything", **_everything(parts)}
                await _send(response, _told(parts, change))
        except (ConnectionResetError, ConnectionError):
            return response


async def _send(response: web.StreamResponse, change: Json) -> None:
    await response.write(f"data: {json.dumps(change)}\n\n".encode())


def _everything(parts: Parts) -> Json:
    workspace = parts.workspace
    return {
        "team": {"id": seed.TEAM.id, "name": seed.TEAM.name},
        "app": {"user": seed.BOT_USER},
        "people": _people(workspace),
        "groups": [
            {"id": each.id, "handle": each.handle, "users": list(each.users)}
            for each in seed.GROUPS
        ],
        "commands": [
            {
                "name": each.name,
                "description": each.description,
                "usage_hint": each.usage_hint,
            }
            for each in seed.COMMANDS
        ],
        "channels": [_channel(each) for each in workspace.channels.values()],
        "messages": [
            _message(parts, each)
            for channel in workspace.channels
            for each in workspace.messages(channel)
        ],
        "views": [shown_view(each) | {"user": each.user} for each in workspace.views.values()],
        "faults": parts.faults.as_json(),
    }


def _told(parts: Parts, change: Json) -> Json:
    match change["kind"]:
        case "message":
            return {"kind": "message", "message": _message(parts, change["message"])}
        case "channel":
            return {"kind": "channel", "channel": _channel(change["channel"])}
        case "people":
            return {"kind": "people", "people": _people(parts.workspace)}
        case "view":
            view = change["view"]
            return {"kind": "view", "view": shown_view(view) | {"user": view.user}}
        case _:
            return change


def _people(workspace: Workspace) -> list[Json]:
    return [
        {
            "id": each.id,
            "name": each.name,
            "real_name": each.real_name,
            "role": each.role,
            "is_bot": each.is_bot,
            "deleted": each.deleted,
            "is_restricted": each.is_restricted,
            "is_stranger": each.is_stranger,
            "team": seed.OTHER_TEAM.name if each.is_stranger else seed.TEAM.name,
        }
        for each in workspace.people.values()
    ]


def _channel(channel: seed.Channel) -> Json:
    return shown_channel(channel) | {
        "members": sorted(channel.members),
        "direct_with": channel.direct_with,
    }


def _message(parts: Parts, message: Message) -> Json:
    return parts.shown(message, metadata=False) | {
        "channel": message.channel,
        "only_for": message.only_for,
        "broadcast": message.broadcast,
    }
