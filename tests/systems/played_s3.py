"""The part of S3 that the store uses, in memory: objects, create-only puts, multipart uploads."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote
from xml.sax.saxutils import escape

from aiohttp import web

from playbooks.systems.key_files import create_private
from playbooks.systems.objects import StoredObjects, StoreSettings, open_store

BUCKET = "backups"


@dataclass
class PlayedS3:
    """`refused_part` is the number of a part that is answered with 403; None: none is."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    refused_part: int | None = None

    async def answer(self, request: web.Request) -> web.Response:
        key = request.match_info.get("key", "")
        match request.method:
            case "PUT":
                return await self._put(request, key)
            case "POST":
                return await self._post(request, key)
            case "DELETE":
                self.uploads.pop(request.query.get("uploadId", ""), None)
                return web.Response(status=204)
            case _ if not key:
                query = request.query
                return self._list(query.get("prefix", ""), query.get("delimiter", ""))
            case _:
                return self._get(key)

    async def _put(self, request: web.Request, key: str) -> web.Response:
        data = await request.read()
        if "partNumber" in request.query:
            number = int(request.query["partNumber"])
            if number == self.refused_part:
                return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
            self.uploads[request.query["uploadId"]][number] = data
            return web.Response(headers=_etag(data))
        source = request.headers.get("x-amz-copy-source")
        if source is not None:
            there = unquote(source).removeprefix(f"{BUCKET}/")
            if there not in self.objects:
                return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
            self.objects[key] = self.objects[there]
            return web.Response(text="<CopyObjectResult><ETag>x</ETag></CopyObjectResult>")
        if request.headers.get("If-None-Match") == "*" and key in self.objects:
            return web.Response(status=412, text="<Error><Code>PreconditionFailed</Code></Error>")
        self.objects[key] = data
        return web.Response(headers=_etag(data))

    async def _post(self, request: web.Request, key: str) -> web.Response:
        if "uploads" in request.query:
            upload = f"upload-{len(self.uploads)}"
            self.uploads[upload] = {}
            self.metadata[key] = {
                name.removeprefix("x-amz-meta-"): value
                for name, value in request.headers.items()
                if name.startswith("x-amz-meta-")
            }
            return web.Response(text=f"<R><UploadId>{upload}</UploadId></R>")
        parts = self.uploads.pop(request.query["uploadId"])
        self.objects[key] = b"".join(parts[number] for number in sorted(parts))
        return web.Response(text='<R><ETag>"x"</ETag></R>')

    def _get(self, key: str) -> web.Response:
        if key not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        data = self.objects[key]
        modified = {"Last-Modified": "Wed, 25 Nov 2026 02:00:00 GMT"}
        return web.Response(body=data, headers=_etag(data) | modified)

    def _list(self, prefix: str, delimiter: str) -> web.Response:
        keys = sorted(key for key in self.objects if key.startswith(prefix))
        if delimiter:
            rests = (key.removeprefix(prefix).split(delimiter) for key in keys)
            folders = sorted({prefix + rest[0] + delimiter for rest in rests if len(rest) > 1})
            common = "".join(
                f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
                for folder in folders
            )
            return web.Response(text=f"<ListBucketResult>{common}</ListBucketResult>")
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(data)}</Size>"
            "<LastModified>2026-11-25T02:00:00.000Z</LastModified><ETag>x</ETag></Contents>"
            for key, data in ((key, self.objects[key]) for key in keys)
        )
        return web.Response(text=f"<ListBucketResult>{found}</ListBucketResult>")


def _etag(data: bytes) -> dict[str, str]:
    return {"ETag": f'"{hashlib.sha256(data).hexdigest()}"'}


@asynccontextmanager
async def played_s3() -> AsyncIterator[PlayedS3]:
    """Serve on the loopback until the block ends."""
    s3 = PlayedS3()
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", f"/{BUCKET}", s3.answer)
    app.router.add_route("*", f"/{BUCKET}/{{key:.*}}", s3.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    s3.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield s3
    finally:
        await runner.cleanup()


def objects_on(s3: PlayedS3, place: Path) -> StoredObjects:
    """Open the bucket with made-up credentials from a file."""
    file = place / "credentials.json"
    if not file.exists():
        create_private(file, b'{"access_key_id": "AKIATEST", "secret_access_key": "made up"}')
    settings = StoreSettings(url=f"s3://{BUCKET}", endpoint=s3.url, credentials_file=file)
    return StoredObjects(open_store(settings), settings.url)
