"""Answers through a response_url, and the text a slash command is acknowledged with."""

from typing import Final

from aiohttp import web

from deploy.demo.workspace import seed
from deploy.demo.workspace.hooks import Hook
from deploy.demo.workspace.incoming import json_object
from deploy.demo.workspace.log import Call, Reply
from deploy.demo.workspace.outages import strike_at, suffer
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.posting import content_of
from deploy.demo.workspace.records import Message
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.state import changed
from deploy.demo.workspace.wire import Json, flag, text

METHOD: Final = "response_url"  # its name among the methods


async def take(request: web.Request) -> web.StreamResponse:
    """`POST /hooks/…`: what the app says through a response_url."""
    parts = request.app[PARTS]
    at = parts.now()
    strike = await strike_at(parts.faults, METHOD)
    try:
        call = Call(method=METHOD, at=at, body=await json_object(request))
    except Refusal as refused:
        return web.json_response(refused.as_json(), status=404)
    if strike and not strike.takes_effect:
        return await suffer(parts, request, call, strike)
    reply = _reply(parts, request.match_info["hook"], call.body)
    if strike:
        return await suffer(parts, request, call, strike, reply.answer)
    parts.log.call(call, reply, parts.now())
    return web.json_response(reply.answer, status=reply.status)


def _reply(parts: Parts, hook_id: str, body: Json) -> Reply:
    try:
        answer_through(parts, parts.hooks.use(hook_id, parts.now()), body)
    except Refusal as refused:
        return Reply(answer=refused.as_json(), status=404)
    return Reply(answer={"ok": True})


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
