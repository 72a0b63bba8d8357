"""`python -m deploy.demo.cluster.custodian`: one custodian's console, a process of its own.

The share goes to Vault and to this custodian's own page, and nowhere else.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from deploy.demo import console_pages
from deploy.demo.cluster import layout, loopback, processes
from deploy.demo.cluster.custodian_console import Console
from playbooks.core.trouble import Trouble

_PAGE: Final = Path(__file__).with_name("custodian.html")
# A header that a script of another site cannot send here without our consent.
_MARK: Final = "X-Custodian"


@dataclass(frozen=True)
class Site:
    """What a console answers over HTTP."""

    console: Console

    def app(self) -> web.Application:
        app = web.Application(middlewares=[loopback.loopback_only])
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/alive", self.alive),
                web.get("/state", self.state),
                web.post("/unseal", self.unseal),
                web.post("/rotate", self.rotate),
                web.post("/share", self.share),
            ]
        )
        return app

    async def page(self, _request: web.Request) -> web.Response:
        """The share is not in it: the page asks for it when the person presses the button."""
        words = {"name": self.console.name.capitalize(), "cluster": self.console.cluster.shape.name}
        return console_pages.shown(_PAGE, **words)

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"name": self.console.name})

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(self.console.state))

    async def unseal(self, request: web.Request) -> web.Response:
        """With `old`, the share of before the rotation: for what an old backup brought back."""
        body = await _body(request)
        return await self._done(self.console.unseal, old=body.get("old") is True)

    async def rotate(self, request: web.Request) -> web.Response:
        """Without a nonce, whatever is under way: scripts have nobody to compare with."""
        body = await _body(request)
        return await self._done(self.console.rotate, nonce=str(body.get("nonce") or ""))

    async def _done(self, act: Callable[..., dict[str, object]], **words: object) -> web.Response:
        try:
            answer = {"ok": True, **await asyncio.to_thread(act, **words)}
        except Trouble as trouble:
            nodes = await asyncio.to_thread(self.console.nodes)
            answer = {"ok": False, "error": str(trouble), "nodes": nodes}
        return web.json_response(answer)

    async def share(self, request: web.Request) -> web.Response:
        # Only this page's own script sends this; another site's script cannot.
        if request.headers.get(_MARK) != "page":
            return web.json_response({"ok": False, "error": "Only on its page."}, status=403)
        try:
            share = await asyncio.to_thread(self.console.share)
            return web.json_response({"ok": True, "share": share})
        except Trouble as trouble:
            return web.json_response({"ok": False, "error": str(trouble)})


async def _body(request: web.Request) -> dict[str, object]:
    try:
        body = await request.json() if request.can_read_body else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def serve(console: Console, port: int) -> None:
    async with loopback.serve(Site(console).app(), port) as url:
        loopback.announce({"name": console.name, "url": url})
        await processes.until_told_to_end()
    console.close()


def main(arguments: list[str]) -> None:
    options = argparse.ArgumentParser(prog="custodian", description=__doc__)
    options.add_argument("--name", required=True)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--cluster", type=Path, required=True, help="the cluster's cluster.json")
    options.add_argument("--share-file", type=Path, required=True)
    chosen = options.parse_args(arguments)
    cluster = layout.read(chosen.cluster.resolve().parent)
    console = Console(chosen.name, cluster, chosen.share_file.resolve())
    asyncio.run(serve(console, chosen.port))


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1:])
