"""Vault's HTTP API for the processes with an event loop: one session, many calls at once."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where nothing answered."""

    status: int
    body: dict[str, object] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, object]:
        data = self.body.get("data")
        return data if isinstance(data, dict) else {}

    @property
    def errors(self) -> str:
        """Vault's own words, or that there was no answer."""
        errors = self.body.get("errors")
        said = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
        return said or (f"HTTP {self.status}" if self.status else "no answer")


@dataclass(frozen=True)
class Api:
    session: aiohttp.ClientSession
    address: str

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        seconds: float = _PATIENCE_SECONDS,
    ) -> Answer:
        """Ask once; a node that is silent or cuts the connection answers with status 0."""
        try:
            async with self.session.request(
                method,
                f"{self.address}/v1/{path}",
                json=body,
                headers={"X-Vault-Token": token} if token else None,
                timeout=aiohttp.ClientTimeout(total=seconds),
                # A standby's redirect leads past the balancer; the caller sees it as it is.
                allow_redirects=False,
            ) as response:
                return Answer(response.status, await _decoded(response))
        except (TimeoutError, aiohttp.ClientError, OSError):
            return Answer(0)


@asynccontextmanager
async def session(ca_file: Path) -> AsyncIterator[aiohttp.ClientSession]:
    tls = ssl.create_default_context(cafile=str(ca_file))
    connector = aiohttp.TCPConnector(ssl=tls, limit=0)
    async with aiohttp.ClientSession(connector=connector) as opened:
        yield opened


async def _decoded(response: aiohttp.ClientResponse) -> dict[str, object]:
    try:
        decoded = await response.json(content_type=None)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
