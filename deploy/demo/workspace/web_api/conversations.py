"""conversations.*: channels, their members and what was said in them."""

from typing import Final

from deploy.demo.workspace import seed
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.records import Message
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.shown import channel as shown_channel
from deploy.demo.workspace.web_api.method import (
    Method,
    channel_of,
    joined_channel_of,
    need_scope,
    required,
)
from deploy.demo.workspace.web_api.pages import page_of
from deploy.demo.workspace.wire import Json, flag, text

_READ: Final = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY: Final = ("channels:history", "groups:history", "im:history", "mpim:history")


def wanted_kinds(body: Json) -> set[str]:
    return set((text(body, "types") or "public_channel").replace(" ", "").split(","))


def list_channels(parts: Parts, body: Json) -> Json:
    kinds = wanted_kinds(body)
    for kind in kinds:
        need_scope(parts, kind, "read")
    seen = [
        each
        for each in parts.workspace.channels.values()
        if each.kind in kinds and (each.kind == "public_channel" or seed.BOT_USER in each.members)
    ]
    page, cursor = page_of(seen, body, 100)
    return {
        "ok": True,
        "channels": [shown_channel(each) for each in page],
        "response_metadata": {"next_cursor": cursor},
    }


def info(parts: Parts, body: Json) -> Json:
    channel = channel_of(parts, body)
    need_scope(parts, channel.kind, "read")
    return {"ok": True, "channel": shown_channel(channel)}


def history(parts: Parts, body: Json) -> Json:
    channel = joined_channel_of(parts, body)
    need_scope(parts, channel.kind, "history")
    said = [
        each
        for each in parts.workspace.messages(channel.id)
        if each.only_for is None and (each.thread_ts is None or each.broadcast)
    ]
    page, cursor = page_of([each for each in reversed(said) if _inside(each, body)], body, 100)
    return {
        "ok": True,
        "messages": _shown(parts, page, body),
        "has_more": bool(cursor),
        "pin_count": sum(each.pinned for each in said),
        "response_metadata": {"next_cursor": cursor},
    }


def replies(parts: Parts, body: Json) -> Json:
    channel = joined_channel_of(parts, body)
    need_scope(parts, channel.kind, "history")
    [ts] = required(body, "ts")
    given = parts.workspace.message(channel.id, ts)
    if given is None or given.only_for:
        raise Refusal("thread_not_found")
    parent = parts.workspace.message(channel.id, given.thread_ts or ts) or given
    thread = [parent, *parts.workspace.replies(channel.id, parent.ts)]
    page, cursor = page_of([each for each in thread if _inside(each, body)], body, 1000)
    return {
        "ok": True,
        "messages": _shown(parts, page, body),
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _shown(parts: Parts, messages: list[Message], body: Json) -> list[Json]:
    metadata = flag(body, "include_all_metadata")
    return [parts.shown(each, metadata=metadata) for each in messages]


def _inside(message: Message, body: Json) -> bool:
    """Timestamps of equal length compare as text."""
    latest, oldest = text(body, "latest"), text(body, "oldest")
    if flag(body, "inclusive") and message.ts in {latest, oldest}:
        return True
    after = not oldest or oldest == "0" or message.ts > oldest
    return after and (not latest or message.ts < latest)


def members(parts: Parts, body: Json) -> Json:
    channel = channel_of(parts, body)
    need_scope(parts, channel.kind, "read")
    page, cursor = page_of(sorted(channel.members), body, 100)
    return {"ok": True, "members": page, "response_metadata": {"next_cursor": cursor}}


def open_direct(parts: Parts, body: Json) -> Json:
    if text(body, "channel"):
        channel = channel_of(parts, body)
        if not channel.direct_with:
            raise Refusal("invalid_channel")
    else:
        users = text(body, "users").split(",")
        if users == [""]:
            raise Refusal("users_list_not_supplied")
        person = parts.workspace.people.get(users[0])
        if len(users) != 1 or person is None or person.is_bot:
            raise Refusal("user_not_found")
        if person.deleted:
            raise Refusal("user_disabled")
        channel = parts.workspace.direct(person.id)
    shown = shown_channel(channel) if flag(body, "return_im") else {"id": channel.id}
    return {"ok": True, "channel": shown}


METHODS: Final = (
    Method("conversations.list", list_channels, _READ, 2),
    Method("conversations.info", info, _READ, 3),
    Method("conversations.history", history, _HISTORY, 3),
    Method("conversations.replies", replies, _HISTORY, 3),
    Method("conversations.members", members, _READ, 4),
    Method(
        "conversations.open",
        open_direct,
        ("im:write", "mpim:write", "channels:manage", "groups:write"),
        3,
    ),
)
