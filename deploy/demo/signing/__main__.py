"""`python -m deploy.demo.signing`: one approver's signing console, a process of its own.

The key stays in its file on this approver's computer; only signatures go out.
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
from deploy.demo.cluster import loopback, processes
from deploy.demo.signing.console import Console
from deploy.demo.signing.keys import Computer
from playbooks.core.trouble import Trouble

_PAGE: Final = Path(__file__).with_name("console.html")


@dataclass(frozen=True)
class Site:
    """What a signing console answers over HTTP."""

    console: Console

    def app(self) -> web.Application:
        app = web.Application(middlewares=[loopback.loopback_only])
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/alive", self.alive),
                web.post("/read", self.read),
                web.post("/sign", self.sign),
            ]
        )
        return app

    async def page(self, _request: web.Request) -> web.Response:
        return console_pages.shown(_PAGE, name=self.console.name.capitalize())

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"name": self.console.name})

    async def read(self, request: web.Request) -> web.Response:
        return await _done(self.console.read, request)

    async def sign(self, request: web.Request) -> web.Response:
        return await _done(self.console.sign, request)


async def _done(act: Callable[[str], dict[str, object]], request: web.Request) -> web.Response:
    try:
        answer = {"ok": True, **await asyncio.to_thread(act, await _text(request))}
    except Trouble as trouble:
        answer = {"ok": False, "error": str(trouble)}
    return web.json_response(answer)


async def _text(request: web.Request) -> str:
    try:
        body = await request.json()
    except ValueError:
        return ""
    return str(body.get("text") or "") if isinstance(body, dict) else ""


async def serve(console: Console, port: int) -> None:
    async with loopback.serve(Site(console).app(), port) as url:
        loopback.announce({"name": console.name, "url": url})
        await processes.until_told_to_end()


def main(arguments: list[str]) -> None:
    options = argparse.ArgumentParser(prog="signing", description=__doc__)
    options.add_argument("--name", required=True)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--folder", type=Path, required=True, help="the demo's folder")
    chosen = options.parse_args(arguments)
    computer = Computer(chosen.folder.resolve(), chosen.name)
    asyncio.run(serve(Console(computer.name, computer.key, computer.memory), chosen.port))


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1:])
