"""reactions.* and pins.*: marks on a message."""

import re
from typing import Final

from deploy.demo.workspace import seed
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.records import Message, Reaction
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.state import changed
from deploy.demo.workspace.web_api.method import (
    Method,
    joined_channel_of,
    open_channel_of,
    required,
)
from deploy.demo.workspace.wire import Json

_NAME: Final = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def react(parts: Parts, body: Json) -> Json:
    message, name, users = _reaction(parts, body)
    if seed.BOT_USER in users:
        raise Refusal("already_reacted")
    _keep_reaction(parts, message, name, (*users, seed.BOT_USER))
    return {"ok": True}


def unreact(parts: Parts, body: Json) -> Json:
    message, name, users = _reaction(parts, body)
    if seed.BOT_USER not in users:
        raise Refusal("no_reaction")
    _keep_reaction(parts, message, name, tuple(one for one in users if one != seed.BOT_USER))
    return {"ok": True}


def _reaction(parts: Parts, body: Json) -> tuple[Message, str, tuple[str, ...]]:
    message = _marked(parts, body)
    [name] = required(body, "name")
    name = name.strip(":")
    if not _NAME.fullmatch(name):
        raise Refusal("invalid_name")
    users = next((each.users for each in message.reactions if each.name == name), ())
    return message, name, users


def _keep_reaction(parts: Parts, message: Message, name: str, users: tuple[str, ...]) -> None:
    others = [each for each in message.reactions if each.name != name]
    kept = (*others, Reaction(name, users)) if users else tuple(others)
    parts.workspace.put(changed(message, reactions=kept))


def pin(parts: Parts, body: Json) -> Json:
    message = _marked(parts, body)
    if message.pinned:
        raise Refusal("already_pinned")
    parts.workspace.put(changed(message, pinned=True))
    return {"ok": True}


def unpin(parts: Parts, body: Json) -> Json:
    message = _marked(parts, body)
    if not message.pinned:
        raise Refusal("no_pin")
    parts.workspace.put(changed(message, pinned=False))
    return {"ok": True}


def list_pins(parts: Parts, body: Json) -> Json:
    channel = joined_channel_of(parts, body)
    return {
        "ok": True,
        "items": [
            {
                "type": "message",
                "channel": channel.id,
                "created": int(float(each.ts)),
                "created_by": seed.BOT_USER,
                "message": parts.shown(each),
            }
            for each in parts.workspace.messages(channel.id)
            if each.pinned
        ],
    }


def _marked(parts: Parts, body: Json) -> Message:
    channel = open_channel_of(parts, body)
    [ts] = required(body, "timestamp")
    message = parts.workspace.message(channel.id, ts)
    if message is None or message.only_for:
        raise Refusal("message_not_found")
    return message


METHODS: Final = (
    Method("reactions.add", react, ("reactions:write",), 3),
    Method("reactions.remove", unreact, ("reactions:write",), 2),
    Method("pins.add", pin, ("pins:write",), 2),
    Method("pins.remove", unpin, ("pins:write",), 2),
    Method("pins.list", list_pins, ("pins:read",), 2),
)
