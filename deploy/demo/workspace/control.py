"""The control API: scripts act as people, and as those who look after the workspace."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from deploy.demo.workspace import acts, events, switchboard
from deploy.demo.workspace.incoming import json_object
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.records import View
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.shown import user as shown_user
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
        "delete": _delete,
        "user": _user,
    }
    return [web.post(f"/_control/{name}", _posted(act)) for name, act in posts.items()]


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
    switchboard.clear(parts)
    parts.triggers.clear()
    parts.hooks.clear()
    return {"ok": True}


async def _delete(parts: Parts, body: Json) -> Json:
    """Somebody who may do so deletes a message, the app's or not."""
    where = acts.channel(parts, text(body, "channel"), "")
    message = parts.workspace.message(where.id, text(body, "ts"))
    if message is None:
        raise Refusal("message_not_found")
    parts.workspace.drop(message)
    return {"ok": True}


async def _user(parts: Parts, body: Json) -> Json:
    """A person is deactivated or made a guest, or is so no longer; the app gets the event."""
    unknown = body.keys() - {"user", "deleted", "is_restricted"}
    if unknown:
        raise Refusal(f"A person has no {', '.join(sorted(unknown))} to change.")
    who = acts.person(parts, text(body, "user"))
    changed = replace(
        who,
        deleted=flag({"deleted": who.deleted, **body}, "deleted"),
        is_restricted=flag({"is_restricted": who.is_restricted, **body}, "is_restricted"),
    )
    parts.workspace.keep_person(changed)
    parts.sockets.tell(events.user_change(changed, parts.workspace.tick()))
    return {"ok": True, "user": shown_user(changed)}
