"""A node that answers what a test wrote down: for what no server here can be made to answer."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from playbooks.systems.key_files import create_private
from playbooks.systems.vault.settings import LoginSettings, VaultSettings
from playbooks.systems.vault.vault import RealVault

SEAL: Mapping[str, Any] = {"type": "shamir", "initialized": True, "sealed": False, "t": 3, "n": 5}
LOGIN = "POST auth/vault-responder/login"


@dataclass
class Played:
    """`answers` maps "GET path" to a status and a body; what is missing is a 404."""

    answers: dict[str, tuple[int, Any]]
    address: str = ""
    asked: list[str] = field(default_factory=list)


def serving(**more: tuple[int, Any]) -> dict[str, tuple[int, Any]]:
    """The answers of an active node that lets everyone log in."""
    health = {"initialized": True, "sealed": False, "version": "1.21.2", "cluster_id": "c1"}
    return {
        "GET sys/health": (200, health),
        "GET sys/seal-status": (200, dict(SEAL)),
        LOGIN: (200, {"auth": {"client_token": "hvs.token"}}),
        **more,
    }


@contextmanager
def played_node(answers: dict[str, tuple[int, Any]]) -> Iterator[Played]:
    """Serve the answers on the loopback until the block ends."""
    node = Played(answers)

    class _Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = urlsplit(self.path)
            asked = f"{self.command} {url.path.removeprefix('/v1/')}"
            asked += f"?{url.query}" if url.query else ""
            node.asked.append(asked)
            status, body = node.answers.get(asked, (404, {"errors": []}))
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 -- its base's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its base's name
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    node.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True).start()
    try:
        yield node
    finally:
        server.shutdown()
        server.server_close()


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
