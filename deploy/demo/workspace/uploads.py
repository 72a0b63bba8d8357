"""Files on their way in and out: the upload URL, and the download only the app's token opens."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from deploy.demo.workspace.log import Call, Reply
from deploy.demo.workspace.outages import strike_at, suffer
from deploy.demo.workspace.parts import PARTS, Parts

METHOD: Final = "upload"  # its name among the methods
MOST_BYTES: Final = 50_000_000
_TAKEN: Final = 200


async def take(request: web.Request) -> web.StreamResponse:
    """`POST /upload/v1/FILE`: the bytes, as they are or in a form."""
    parts = request.app[PARTS]
    name = request.match_info["file"]
    call = Call(method=METHOD, at=parts.now(), body={"file": name})
    strike = await strike_at(parts.faults, METHOD)
    if strike and not strike.takes_effect:
        return await suffer(parts, request, call, strike)
    status, says = _kept(parts, name, await _data(request))
    reply = Reply(answer={"ok": status == _TAKEN}, status=status)
    if strike:
        return await suffer(parts, request, call, strike, reply.answer)
    parts.log.call(call, reply, parts.now())
    return web.Response(status=status, text=says)


def _kept(parts: Parts, name: str, data: bytes) -> tuple[int, str]:
    file = parts.workspace.files.get(name)
    if file is None or file.data is not None:
        return 404, "not found"
    if len(data) != file.length:
        return 400, f"{file.length} bytes announced, {len(data)} sent"
    parts.workspace.keep_file(replace(file, data=data))
    return _TAKEN, f"OK - {len(data)}"


async def _data(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""


async def give(request: web.Request) -> web.Response:
    """`GET /files-pri/FILE/…`: Slack asks for the token here too."""
    parts = request.app[PARTS]
    if request.headers.get("Authorization") != f"Bearer {parts.tokens.bot}":
        return web.Response(status=403, text="invalid_auth")
    file = parts.workspace.files.get(request.match_info["file"])
    if file is None or file.data is None:
        return web.Response(status=404, text="file_not_found")
    return web.Response(body=file.data, content_type="application/octet-stream")
