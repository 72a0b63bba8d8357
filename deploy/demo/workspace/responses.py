"""Answers through a response_url, and the text a slash command is acknowledged with."""

from aiohttp import web

from deploy.demo.workspace import seed
from deploy.demo.workspace.hooks import Hook
from deploy.demo.workspace.incoming import json_object
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.posting import content_of
from deploy.demo.workspace.records import Message
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.state import changed
from deploy.demo.workspace.wire import Json, flag, text


async def take(request: web.Request) -> web.Response:
    """`POST /hooks/…`: what the app says through a response_url."""
    parts = request.app[PARTS]
    body: Json = {}
    hook_id = request.match_info["hook"]
    try:
        hook = parts.hooks.use(hook_id, parts.now())
        body = await json_object(request)
        answer_through(parts, hook, body)
    except Refusal as refused:
        answer = refused.as_json()
        parts.log.call("response_url", parts.now(), body, answer, 404)
        return web.json_response(answer, status=404)
    parts.log.call("response_url", parts.now(), body, {"ok": True})
    return web.json_response({"ok": True})


def answer_through(parts: Parts, hook: Hook, body: Json) -> None:
    original = parts.workspace.message(hook.channel, hook.message_ts) if hook.message_ts else None
    if flag(body, "delete_original"):
        if original:
            parts.workspace.drop(original)
        return
    content = content_of(body)
    if flag(body, "replace_original") and original:
        parts.workspace.put(
            changed(
                original,
                text=content.text,
                blocks=content.blocks,
                attachments=content.attachments,
                metadata=content.metadata or original.metadata,
            )
        )
        return
    in_channel = text(body, "response_type") == "in_channel"
    parts.workspace.put(
        Message(
            channel=hook.channel,
            ts=parts.workspace.tick(),
            user=seed.BOT_USER,
            by_app=True,
            text=content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            metadata=content.metadata,
            thread_ts=text(body, "thread_ts") or None,
            only_for=None if in_channel else hook.user,
            origin=hook.id,
        )
    )
