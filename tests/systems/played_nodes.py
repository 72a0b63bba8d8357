"""A node that answers what a test wrote down: for what no server here can be made to answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from playbooks.systems.key_files import create_private
from playbooks.systems.vault.settings import LoginSettings, VaultSettings
from playbooks.systems.vault.vault import RealVault

SEAL: Mapping[str, Any] = {"type": "shamir", "initialized": True, "sealed": False, "t": 3, "n": 5}
LOGIN = "POST auth/vault-responder/login"
REVOKE = "POST auth/token/revoke-self"


@dataclass
class Played:
    """`answers` maps "GET path" to a status and a body; what is missing is a 404.

    The body of a 307 is where it leads.
    """

    answers: dict[str, tuple[int, Any]]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)  # What came with each; None where no JSON did.


def serving(**more: tuple[int, Any]) -> dict[str, tuple[int, Any]]:
    """The answers of an active node that lets everyone log in."""
    health = {"initialized": True, "sealed": False, "version": "1.21.2", "cluster_id": "c1"}
    return {
        "GET sys/health": (200, health),
        "GET sys/seal-status": (200, dict(SEAL)),
        LOGIN: (200, {"auth": {"client_token": "hvs.token"}}),
        **more,
    }


@asynccontextmanager
async def played_node(answers: dict[str, tuple[int, Any]]) -> AsyncIterator[Played]:
    """Serve the answers on the loopback until the block ends."""
    node = Played(answers)

    async def _answer(request: web.Request) -> web.Response:
        sent = await request.read()
        asked = f"{request.method} {request.path_qs.removeprefix('/v1/')}"
        node.asked.append(asked)
        node.bodies.append(
            json.loads(sent) if request.content_type == "application/json" and sent else None
        )
        status, body = node.answers.get(asked, (404, {"errors": []}))
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Location": data.decode()} if status == HTTPStatus.TEMPORARY_REDIRECT else {}
        return web.Response(status=status, body=data, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/v1/{path:.*}", _answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    node.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield node
    finally:
        await runner.cleanup()


@asynccontextmanager
async def silent_node() -> AsyncIterator[str]:
    """Take connections and never answer, until the block ends; gives the address."""
    ended = asyncio.Event()

    async def _hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    server = await asyncio.start_server(_hang, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        ended.set()
        server.close()


def vault_of(address: str, place: Path, **changed: object) -> RealVault:
    """An adapter whose cluster prod has the one node n1."""
    key = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    if not (place / "login.pem").exists():
        create_private(place / "login.pem", key)
    login = LoginSettings(mount="vault-responder", role="worker", key_file=place / "login.pem")
    settings = VaultSettings(
        nodes={"n1": address},
        ca_file=place / "ca.pem",
        login=login,
        canaries=("vps/test-tenant-id/admin_ssh",),
    ).model_copy(update=changed)
    return RealVault({"prod": settings}, mark_keys={"prod": b"m" * 32})
