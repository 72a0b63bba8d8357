"""Files on their way in and out: the upload URL, and the download only the app's token opens."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from deploy.demo.workspace.parts import PARTS

MOST_BYTES: Final = 50_000_000


async def take(request: web.Request) -> web.Response:
    """`POST /upload/v1/FILE`: the bytes, as they are or in a form."""
    parts = request.app[PARTS]
    file = parts.workspace.files.get(request.match_info["file"])
    if file is None or file.data is not None:
        return web.Response(status=404, text="not found")
    data = await _data(request)
    if len(data) != file.length:
        return web.Response(status=400, text=f"{file.length} bytes announced, {len(data)} sent")
    parts.workspace.keep_file(replace(file, data=data))
    return web.Response(text=f"OK - {len(data)}")


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
