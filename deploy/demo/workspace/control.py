"""The control API: scripts act as people and read what the workspace holds."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from deploy.demo.workspace import acts, seed
from deploy.demo.workspace.incoming import json_object
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.records import Message, View
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.shown import channel as shown_channel
from deploy.demo.workspace.shown import user as shown_user
from deploy.demo.workspace.shown import view as shown_view
from deploy.demo.workspace.wire import Json, flag, record, text

_Act = Callable[[Parts, Json], Awaitable[Json]]


def routes() -> list[web.RouteDef]:
    posts: dict[str, _Act] = {
        "command": _command,
        "message": _message,
        "interact": _interact,
        "submit": _submit,
        "close": _close,
        "reset": _reset,
        "faults": _faults,
    }
    return [
        *(web.post(f"/_control/{name}", _posted(act)) for name, act in posts.items()),
        web.get("/_control/state", _state),
        web.get("/_control/log", _log),
        web.get("/_control/messages/{channel}", _messages),
        web.get("/_control/files/{file}", _file),
    ]


def _posted(act: _Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            answer = await act(request.app[PARTS], await json_object(request))
        except Refusal as refused:
            answer = refused.as_json()
        return web.json_response(answer)

    return handle


async def _command(parts: Parts, body: Json) -> Json:
    who = acts.person(parts, text(body, "user"))
    where = acts.channel(parts, text(body, "channel"), who.id)
    name, _, rest = text(body, "command").strip().partition(" ")
    name = f"/{name.removeprefix('/')}"
    words = " ".join(filter(None, (rest.strip(), text(body, "text").strip())))
    answer = await acts.command(parts, who, where, name, words)
    return answer.as_json()


async def _message(parts: Parts, body: Json) -> Json:
    who = acts.person(parts, text(body, "user"))
    where = acts.channel(parts, text(body, "channel"), who.id)
    return acts.say(
        parts, where, who.id, text(body, "text"), text(body, "thread_ts") or None
    ).as_json()


async def _interact(parts: Parts, body: Json) -> Json:
    who = acts.person(parts, text(body, "user"))
    action, state = record(body, "action"), record(body, "state")
    if text(body, "view_id"):
        view = _open_view(parts, text(body, "view_id"))
        return (await acts.press_in_view(parts, who, view, action, state)).as_json()
    where = acts.channel(parts, text(body, "channel"), who.id)
    ts = text(body, "messageTs") or text(body, "message_ts")
    message = parts.workspace.message(where.id, ts)
    if message is None:
        raise Refusal("message_not_found")
    return (await acts.press(parts, who, message, action, state)).as_json()


async def _submit(parts: Parts, body: Json) -> Json:
    who = acts.person(parts, text(body, "user"))
    view = _open_view(parts, text(body, "view_id"))
    return (await acts.submit(parts, who, view, record(body, "values"))).as_json()


async def _close(parts: Parts, body: Json) -> Json:
    who = acts.person(parts, text(body, "user"))
    view = _open_view(parts, text(body, "view_id"))
    return (await acts.dismiss(parts, who, view, everything=flag(body, "everything"))).as_json()


def _open_view(parts: Parts, view_id: str) -> View:
    try:
        return parts.workspace.views[view_id]
    except KeyError:
        raise Refusal("view_not_found") from None


async def _reset(parts: Parts, body: Json) -> Json:
    """The workspace only: the app stays connected, the world is not touched."""
    parts.workspace.clear()
    parts.log.clear()
    parts.faults.clear()
    parts.triggers.clear()
    parts.hooks.clear()
    return {"ok": True}


async def _faults(parts: Parts, body: Json) -> Json:
    if flag(body, "clear"):
        parts.faults.clear()
    parts.faults.set(body)
    answer: Json = {"ok": True}
    if flag(body, "drop_socket"):
        parts.sockets.drop()
    if flag(body, "refresh_socket"):
        await parts.sockets.refresh()
    if flag(body, "redeliver_last"):
        answer["redelivered"] = await parts.sockets.redeliver_last()
    return answer | {"faults": parts.faults.as_json()}


async def _state(request: web.Request) -> web.Response:
    parts = request.app[PARTS]
    workspace = parts.workspace
    return web.json_response(
        {
            "ok": True,
            "team": {"id": seed.TEAM.id, "name": seed.TEAM.name},
            "app": {"id": seed.APP_ID, "bot_id": seed.BOT_ID, "user": seed.BOT_USER},
            "connections": parts.sockets.number,
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
    return web.json_response({"ok": True, **request.app[PARTS].log.as_json()})


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
