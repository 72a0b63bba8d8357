"""`python -m deploy.demo.cluster.balancer CONFIG.json`: TCP to the active node, or to none."""

import asyncio
import hmac
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from deploy.demo.cluster import async_api, loopback, processes
from deploy.demo.cluster.async_api import Api
from deploy.demo.cluster.forwarding import Forwarder
from deploy.demo.cluster.layout import HOST

_CHECK_EVERY_SECONDS: Final = 1.0
# A node that is loading a snapshot keeps every request waiting for seconds: that is not up.
_CHECK_WITHIN_SECONDS: Final = 2.0
_ALIVE: Final = {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class Backend:
    name: str
    address: str


@dataclass(frozen=True)
class Config:
    """Ports may be 0; the token file holds one line and is its owner's alone."""

    port: int
    control_port: int
    token_file: Path
    state_file: Path
    ca_file: Path
    backends: tuple[Backend, ...]


def read_config(file: Path) -> Config:
    written = json.loads(file.read_text(encoding="utf-8"))
    return Config(
        port=written["port"],
        control_port=written["control_port"],
        token_file=Path(written["token_file"]),
        state_file=Path(written["state_file"]),
        ca_file=Path(written["ca_file"]),
        backends=tuple(Backend(**backend) for backend in written["backends"]),
    )


class Balancer:
    """Mutable on purpose: the last health of each node, and the switch."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._health = {backend.name: 0 for backend in config.backends}
        self._active: str | None = None
        self._maintenance = _was_in_maintenance(config.state_file)
        self.forwarder = Forwarder(self._target)

    def state(self) -> dict[str, object]:
        return {
            "open": not self._maintenance,
            "active": None if self._maintenance else self._active,
            "backends": [
                {"name": name, "state": self._word(status)} for name, status in self._health.items()
            ],
        }

    def switch(self, *, maintenance: bool) -> None:
        """Written down first, so that a restart cannot let clients in."""
        draft = self._config.state_file.with_suffix(".tmp")
        draft.write_text(json.dumps({"maintenance": maintenance}), encoding="utf-8")
        draft.replace(self._config.state_file)
        self._maintenance = maintenance
        if maintenance:
            self.forwarder.close_all()

    @asynccontextmanager
    async def checking(self) -> AsyncIterator[None]:
        async with async_api.session(self._config.ca_file) as session:
            checks = [
                asyncio.create_task(self._check(backend.name, Api(session, backend.address)))
                for backend in self._config.backends
            ]
            yield
            for check in checks:
                check.cancel()
            await asyncio.gather(*checks, return_exceptions=True)

    async def _check(self, name: str, api: Api) -> None:
        while True:
            answer = await api.call("GET", "sys/health", seconds=_CHECK_WITHIN_SECONDS)
            self._health[name] = answer.status
            self._choose()
            await asyncio.sleep(_CHECK_EVERY_SECONDS)

    def _choose(self) -> None:
        leaders = [name for name, status in self._health.items() if status == HTTPStatus.OK]
        if self._active not in leaders:
            self._active = leaders[0] if leaders else None
            self.forwarder.close_all()

    def _target(self) -> tuple[str, int] | None:
        if self._maintenance or self._active is None:
            return None
        address = next(b.address for b in self._config.backends if b.name == self._active)
        parts = urlsplit(address)
        return parts.hostname or HOST, parts.port or 443

    def _word(self, status: int) -> str:
        if self._maintenance:
            return "maintenance"
        return "up" if status in _ALIVE else "down"


def control(balancer: Balancer, token: str) -> web.Application:
    @web.middleware
    async def with_token(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return web.json_response({"error": "This needs the control token."}, status=401)
        return await handler(request)

    async def state(request: web.Request) -> web.Response:
        return web.json_response(balancer.state())

    async def maintenance(request: web.Request) -> web.Response:
        wanted = await request.json()
        if not isinstance(wanted, dict) or not isinstance(wanted.get("on"), bool):
            return web.json_response({"error": 'Send {"on": true} or {"on": false}.'}, status=400)
        balancer.switch(maintenance=wanted["on"])
        return web.json_response(balancer.state())

    app = web.Application(middlewares=[loopback.loopback_only, with_token])
    app.add_routes([web.get("/state", state), web.post("/maintenance", maintenance)])
    return app


async def balance(config: Config) -> None:
    balancer = Balancer(config)
    token = config.token_file.read_text(encoding="ascii").strip()
    server = await asyncio.start_server(balancer.forwarder.accept, HOST, config.port)
    port = server.sockets[0].getsockname()[1]
    app = control(balancer, token)
    async with balancer.checking(), loopback.serve(app, config.control_port) as url:
        loopback.announce({"address": f"https://{HOST}:{port}", "control": url})
        await processes.until_told_to_end()
        server.close()
        balancer.forwarder.close_all()


def _was_in_maintenance(file: Path) -> bool:
    return file.exists() and bool(json.loads(file.read_text(encoding="utf-8"))["maintenance"])


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(balance(read_config(Path(sys.argv[1]))))
