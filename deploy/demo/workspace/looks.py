"""What scripts may read: the workspace, its messages and files, and what the app did."""

from aiohttp import web

from deploy.demo.workspace import acts, seed
from deploy.demo.workspace.parts import PARTS
from deploy.demo.workspace.records import Message
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.shown import channel as shown_channel
from deploy.demo.workspace.shown import user as shown_user
from deploy.demo.workspace.shown import view as shown_view
from deploy.demo.workspace.wire import Json


def routes() -> list[web.RouteDef]:
    return [
        web.get("/_control/state", _state),
        web.get("/_control/log", _log),
        web.get("/_control/acks", _acks),
        web.get("/_control/messages/{channel}", _messages),
        web.get("/_control/files/{file}", _file),
    ]


async def _state(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    workspace = parts.workspace
    return web.json_response(
        {
            "ok": True,
            "team": {"id": seed.TEAM.id, "name": seed.TEAM.name},
            "app": {"id": seed.APP_ID, "bot_id": seed.BOT_ID, "user": seed.BOT_USER},
            "connections": parts.sockets.connections.number,
            "users": [shown_user(each) for each in workspace.people.values()],
            "channels": [
                shown_channel(each) | {"members": sorted(each.members)}
                for each in workspace.channels.values()
            ],
            "views": [
                shown_view(each) | {"view_id": each.id, "user": each.user}
                for each in workspace.views.values()
            ],
            "faults": parts.faults.as_json(),
        }
    )


async def _log(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    calls = parts.log.calls(request.query.get("method"), _since(request))
    envelopes = parts.log.envelopes(parts.now())
    return web.json_response({"ok": True, "log": calls, "envelopes": envelopes})


async def _acks(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    acks = parts.log.acks(parts.now(), request.query.get("kind"), _since(request))
    return web.json_response({"ok": True, "acks": acks})


def _since(request: web.Request) -> float:
    """Seconds since 1970; everything, without it."""
    return float(request.query.get("since", 0))


async def _messages(request: web.Request) -> web.Response:
    """A channel as one person sees it; without `user`, everything of everyone."""
    parts = request.app[PARTS]
    user, thread = request.query.get("user"), request.query.get("thread_ts")
    try:
        where = acts.channel(parts, request.match_info["channel"], user or "")
    except Refusal as refused:
        return web.json_response(refused.as_json(), status=404)
    if user and user not in where.members:
        return web.json_response({"ok": False, "error": "not_in_channel"}, status=403)
    seen = [
        parts.shown(each) | _who_sees(each)
        for each in parts.workspace.messages(where.id)
        if (user is None or each.only_for in {None, user})
        and (thread is None or thread in {each.ts, each.thread_ts})
    ]
    return web.json_response({"ok": True, "channel": where.id, "messages": seen})


def _who_sees(message: Message) -> Json:
    if message.only_for is None:
        return {"is_ephemeral": False}
    return {"is_ephemeral": True, "only_for": message.only_for}


async def _file(request: web.Request) -> web.Response:
    file = request.app[PARTS].workspace.files.get(request.match_info["file"])
    if file is None or file.data is None:
        return web.json_response({"ok": False, "error": "file_not_found"}, status=404)
    return web.Response(
        body=file.data,
        content_type="text/plain",
        charset="utf-8",
        headers={"X-Content-Type-Options": "nosniff"},
    )
