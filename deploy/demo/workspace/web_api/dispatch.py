"""One Web API call: token, scope, faults and rate limits first, then the method, then the log."""

import asyncio
import json
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from deploy.demo.workspace.incoming import json_object
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
    body: Json = {}
    try:
        body = await _body(request)
        answer, status = await _answer(parts, name, _token(request, body), body)
    except Refusal as refused:
        answer, status = refused.as_json(), 200
    headers = _headers(parts, name)
    if answer.get("error") == "ratelimited":
        headers["Retry-After"] = str(answer.pop("retry_after"))
        status = 429
    parts.log.call(name, at, body, answer, status)
    if status == 500:  # noqa: PLR2004
        return web.Response(status=500, text="Internal Server Error")
    if parts.faults.answer_is_lost(name) and request.transport:
        request.transport.abort()
    return web.json_response(answer, status=status, headers=headers)


async def _answer(parts: Parts, name: str, token: str, body: Json) -> tuple[Json, int]:
    await asyncio.sleep(parts.faults.lag.total_seconds())
    if parts.faults.fails(name):
        return {"ok": False, "error": "internal_error"}, 500
    wait = parts.faults.rate_limited(name)
    if wait is not None:
        raise Refusal("ratelimited", retry_after=wait)
    method = METHODS.get(name)
    if method is None:
        raise Refusal("unknown_method", req_method=name)
    _check_token(parts, method, token)
    if parts.faults.tiers and method.tier:
        wait = parts.rates.too_many_calls(name, method.tier, parts.now())
        if wait:
            raise Refusal("ratelimited", retry_after=wait)
    return method.handle(parts, body), 200


def _check_token(parts: Parts, method: Method, token: str) -> None:
    if not token:
        raise Refusal("not_authed")
    if token not in {parts.tokens.bot, parts.tokens.app}:
        raise Refusal("invalid_auth")
    if (token == parts.tokens.app) != method.for_app_token:
        raise Refusal("not_allowed_token_type")
    if method.scopes and not parts.tokens.scopes.intersection(method.scopes):
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
        "X-OAuth-Scopes": ",".join(sorted(parts.tokens.scopes)),
        "X-Accepted-OAuth-Scopes": ",".join(method.scopes if method else ()),
    }
