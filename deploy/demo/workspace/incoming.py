"""The JSON object of a request, refused in Slack's words when it is none."""

from aiohttp import web

from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.wire import Json


async def json_object(request: web.Request) -> Json:
    """An absent body is an empty object."""
    try:
        body = await request.json() if request.can_read_body else {}
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(body, dict):
        raise Refusal("json_not_object")
    return body
