"""One plain call of Vault's HTTP API over TLS, for what has no event loop of its own."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where nothing answered."""

    status: int
    body: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """One node, and the authority that its certificate is checked against."""

    address: str
    tls: ssl.SSLContext

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        seconds: float = _PATIENCE_SECONDS,
    ) -> Answer:
        """Ask once; a node that is silent or cut the connection answers with status 0."""
        host = urlsplit(self.address)
        connection = http.client.HTTPSConnection(
            host.hostname or "", host.port, timeout=seconds, context=self.tls
        )
        headers = {"X-Vault-Token": token} if token else {}
        try:
            connection.request(
                method, f"/v1/{path}", json.dumps(body) if body is not None else None, headers
            )
            response = connection.getresponse()
            return Answer(response.status, _decoded(response.read()))
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            connection.close()


def endpoint(address: str, ca_file: Path) -> Endpoint:
    return Endpoint(address, ssl.create_default_context(cafile=str(ca_file)))


def _decoded(raw: bytes) -> dict[str, object]:
    try:
        decoded = json.loads(raw)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
