"""chat.*: post, update, delete, ephemeral, permalink."""

from typing import Final

from deploy.demo.workspace import seed
from deploy.demo.workspace.parts import Parts
from deploy.demo.workspace.posting import MOST_IN_UPDATE, content_of
from deploy.demo.workspace.records import Message
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.state import changed
from deploy.demo.workspace.web_api.method import (
    Method,
    channel_of,
    open_channel_of,
    required,
)
from deploy.demo.workspace.wire import Json, flag, text


def post_message(parts: Parts, body: Json) -> Json:
    channel = _place_to_post(parts, body)
    content = content_of(body)
    if parts.faults.on.tiers:
        wait = parts.rates.too_many_posts(channel.id, parts.now())
        if wait:
            raise Refusal("ratelimited", retry_after=wait)
    message = parts.workspace.put(
        Message(
            channel=channel.id,
            ts=parts.workspace.tick(),
            user=seed.BOT_USER,
            by_app=True,
            text=content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            metadata=content.metadata,
            thread_ts=thread_of(parts, channel.id, body),
            broadcast=flag(body, "reply_broadcast"),
        )
    )
    answer: Json = {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "message": parts.shown(message),
    }
    if content.truncated:
        answer |= {
            "warning": "message_truncated",
            "response_metadata": {"warnings": ["message_truncated"]},
        }
    return answer


def _place_to_post(parts: Parts, body: Json) -> seed.Channel:
    """A person's id posts into the app's direct messages with them."""
    [wanted] = required(body, "channel")
    person = parts.workspace.people.get(wanted)
    if person and not person.is_bot:
        if person.deleted:
            raise Refusal("channel_not_found")
        return parts.workspace.direct(person.id)
    # This method alone takes a channel's name, too.
    for channel in parts.workspace.channels.values():
        if channel.kind == "public_channel" and wanted.removeprefix("#") == channel.name:
            return open_channel_of(parts, {"channel": channel.id})
    return open_channel_of(parts, body)


def thread_of(parts: Parts, channel: str, body: Json) -> str | None:
    """The thread's parent, also when a reply's ts was given."""
    wanted = text(body, "thread_ts")
    if not wanted:
        return None
    parent = parts.workspace.message(channel, wanted)
    if parent is None or parent.only_for:
        raise Refusal("thread_not_found")
    return parent.thread_ts or parent.ts


def post_ephemeral(parts: Parts, body: Json) -> Json:
    channel = open_channel_of(parts, body)
    [user] = required(body, "user")
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    content = content_of(body)
    message = parts.workspace.put(
        Message(
            channel=channel.id,
            ts=parts.workspace.tick(),
            user=seed.BOT_USER,
            by_app=True,
            text=content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            thread_ts=thread_of(parts, channel.id, body),
            only_for=user,
        )
    )
    return {"ok": True, "message_ts": message.ts}


def update(parts: Parts, body: Json) -> Json:
    message = _own_message(parts, body, "cant_update_message")
    if parts.workspace.channels[message.channel].is_archived:
        raise Refusal("is_inactive")
    if parts.faults.on.edit_window_closed:
        raise Refusal("edit_window_closed")
    content = content_of(body, most=MOST_IN_UPDATE)
    # Text without blocks takes the blocks away; with blocks, Slack shows no "(edited)".
    with_blocks = bool(content.blocks)
    kept = parts.workspace.put(
        changed(
            message,
            text=content.text or ("" if "text" in body else message.text),
            blocks=content.blocks,
            attachments=content.attachments if "attachments" in body else message.attachments,
            metadata=content.metadata or message.metadata,
            edited=message.edited if with_blocks else parts.workspace.tick(),
        )
    )
    return {
        "ok": True,
        "channel": kept.channel,
        "ts": kept.ts,
        "text": kept.text,
        "message": parts.shown(kept),
    }


def delete(parts: Parts, body: Json) -> Json:
    message = _own_message(parts, body, "cant_delete_message")
    parts.workspace.drop(message)
    return {"ok": True, "channel": message.channel, "ts": message.ts}


def _own_message(parts: Parts, body: Json, error: str) -> Message:
    channel = channel_of(parts, body)
    [ts] = required(body, "ts")
    message = parts.workspace.message(channel.id, ts)
    if message is None or message.only_for:
        raise Refusal("message_not_found")
    if not message.by_app:
        raise Refusal(error)
    return message


def get_permalink(parts: Parts, body: Json) -> Json:
    channel = channel_of(parts, body)
    [ts] = required(body, "message_ts")
    message = parts.workspace.message(channel.id, ts)
    if message is None or message.only_for:
        raise Refusal("message_not_found")
    link = f"{parts.base_url}/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"ok": True, "channel": channel.id, "permalink": link}


METHODS: Final = (
    Method("chat.postMessage", post_message, ("chat:write",)),
    Method("chat.postEphemeral", post_ephemeral, ("chat:write",), 4),
    Method("chat.update", update, ("chat:write",), 3),
    Method("chat.delete", delete, ("chat:write",), 3),
    Method("chat.getPermalink", get_permalink),
)
