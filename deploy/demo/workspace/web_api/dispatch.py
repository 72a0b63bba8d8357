"""One Web API call: token, scope, faults and rate limits first, then the method, then the log."""

import json
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from deploy.demo.workspace.incoming import json_object
from deploy.demo.workspace.log import Call, Reply
from deploy.demo.workspace.outages import TOO_MANY, strike_at, suffer
from deploy.demo.workspace.parts import PARTS, Parts
from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.web_api import chat, conversations, files, marks, people, views
from deploy.demo.workspace.web_api.method import Method, missing_scope
from deploy.demo.workspace.wire import Json

METHODS: Final[Mapping[str, Method]] = {
    each.name: each
    for family in (chat, conversations, files, marks, people, views)
    for each in family.METHODS
}
# Forms carry these as JSON in a field.
_STRUCTURED: Final = ("blocks", "attachments", "metadata", "view", "files")


async def call(request: web.Request) -> web.StreamResponse:
    parts = request.app[PARTS]
    name = request.match_info["method"]
    at = parts.now()
    try:
        body = await _body(request)
    except Refusal as refused:
        asked = Call(method=name, at=at, body={})
        reply = Reply(answer=refused.as_json())
    else:
        token = _token(request, body)
        asked = Call(method=name, at=at, body=body)
        strike = await strike_at(parts.faults, name)
        if strike and not strike.takes_effect:
            return await suffer(parts, request, asked, strike)
        reply = _reply(parts, name, token, body)
        if strike:
            return await suffer(parts, request, asked, strike, reply.answer)
    headers = _headers(parts, name)
    if reply.status == TOO_MANY:
        headers["Retry-After"] = str(reply.answer.pop("retry_after"))
    parts.log.call(asked, reply, parts.now())
    return web.json_response(reply.answer, status=reply.status, headers=headers)


def _reply(parts: Parts, name: str, token: str, body: Json) -> Reply:
    try:
        return Reply(answer=_answer(parts, name, token, body))
    except Refusal as refused:
        limited = refused.error == "ratelimited"
        return Reply(answer=refused.as_json(), status=TOO_MANY if limited else 200)


def _answer(parts: Parts, name: str, token: str, body: Json) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", req_method=name)
    _check_token(parts, method, token)
    if parts.faults.on.tiers and method.tier:
        wait = parts.rates.too_many_calls(name, method.tier, parts.now())
        if wait:
            raise Refusal("ratelimited", retry_after=wait)
    return method.handle(parts, body)


def _check_token(parts: Parts, method: Method, token: str) -> None:
    if not token:
        raise Refusal("not_authed")
    if token not in {parts.tokens.bot, parts.tokens.app}:
        raise Refusal("invalid_auth")
    if parts.faults.on.token:
        raise Refusal(parts.faults.on.token)
    if (token == parts.tokens.app) != method.for_app_token:
        raise Refusal("not_allowed_token_type")
    if method.scopes and not parts.scopes.intersection(method.scopes):
        raise missing_scope(parts, ",".join(method.scopes))


def _token(request: web.Request, body: Json) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    given = body.pop("token", "")
    return token.strip() if kind.lower() == "bearer" else str(given)


async def _body(request: web.Request) -> Json:
    if request.content_type == "application/json":
        body = await json_object(request)
    else:
        body = {
            **request.query,
            **{name: str(value) for name, value in (await request.post()).items()},
        }
    for name in _STRUCTURED:
        if isinstance(body.get(name), str) and body[name]:
            body[name] = _decoded(name, body[name])
    return body


def _decoded(name: str, words: str) -> object:
    try:
        return json.loads(words)
    except ValueError:
        wrong = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}
        raise Refusal(wrong.get(name, "invalid_arguments")) from None


def _headers(parts: Parts, name: str) -> dict[str, str]:
    method = METHODS.get(name)
    return {
        "X-OAuth-Scopes": ",".join(sorted(parts.scopes)),
        "X-Accepted-OAuth-Scopes": ",".join(method.scopes if method else ()),
    }
