"""Fills a new cluster: mounts, logins, policies as an installation has them, tenants' secrets."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from deploy.demo.cluster import async_api, custodian_logins, tenants
from deploy.demo.cluster.async_api import Answer, Api
from deploy.demo.cluster.layout import Layout
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.tenants import Written
from playbooks.core.trouble import Trouble

KV_MOUNTS: Final = ("vps", "smtp", "api_keys", "dkim")
# A JWT mount trusts each of its keys for each of its roles: where two processes share one, the key
# of either logs in as both. So each has a mount of its own.
LOGIN_MOUNTS: Final[Mapping[str, str]] = {
    "worker": "vault-responder",
    "looker": "vault-responder-looker",
    "writer": "writer",
}
INSTALL: Final = Path(__file__).resolve().parents[2] / "install" / "vault"
POLICIES: Final = ("worker", "looker", "looker-openbao")
WRITER_PATH: Final = "vps/data/test-tenant-id/writer"

_AT_ONCE: Final = 32
# A new KV mount refuses for a second while it upgrades itself.
_SETTLES_WITHIN_SECONDS: Final = 10.0
_ASK_AGAIN: Final = 0.1
_WRITER_POLICY: Final = f'path "{WRITER_PATH}" {{ capabilities = ["create", "update", "read"] }}'
_WRITER_ROLE: Final[Mapping[str, object]] = {
    "role_type": "jwt",
    "user_claim": "sub",
    "bound_audiences": ["vault-responder"],
    "bound_subject": "writer",
    "token_policies": ["writer"],
    "token_ttl": "1h",
}


@dataclass(frozen=True)
class LoginKeys:
    """Public keys as PEM; the private ones stay with their processes, outside Vault."""

    worker: str
    looker: str
    writer: str | None = None  # None: nothing writes to this cluster all the time.


async def seed(cluster: LocalCluster, keys: LoginKeys, now: datetime) -> int:
    """Install, write the canaries and every tenant's secrets; return how many secrets there are."""
    async with _active(cluster) as vault:
        await _install(vault, cluster.layout, keys)
        # Keys are made while others are written.
        made = [asyncio.to_thread(_made, now, tenant) for tenant in tenants.TENANTS]
        written = await _write(vault, tenants.canaries(now))
        for secrets in asyncio.as_completed(made):
            written += await _write(vault, await secrets)
    return written


async def install(cluster: LocalCluster, keys: LoginKeys) -> None:
    """Only mounts, policies and logins, for tests that bring their own secrets."""
    async with _active(cluster) as vault:
        await _install(vault, cluster.layout, keys)


@dataclass(frozen=True)
class _Root:
    """The active node, asked with the first token; what it refuses is a fault of the set-up."""

    api: Api
    token: str
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def put(self, path: str, body: Mapping[str, object]) -> Answer:
        loop = asyncio.get_running_loop()
        limit = loop.time() + _SETTLES_WITHIN_SECONDS
        async with self.turns:
            while True:
                answer = await self.api.call("POST", path, body, token=self.token)
                if answer.status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
                    return answer
                if loop.time() > limit:
                    raise Trouble(
                        f"Vault refused {path}: {answer.errors}",
                        left="the cluster is filled in part",
                        do="make it anew",
                    )
                await asyncio.sleep(_ASK_AGAIN)


@asynccontextmanager
async def _active(cluster: LocalCluster) -> AsyncIterator[_Root]:
    name = cluster.active()
    if name is None or cluster.root_token is None:
        raise Trouble(
            "The cluster has no active node or no root token any more",
            left="nothing was written",
            do="make a new cluster",
        )
    async with async_api.session(cluster.ca_file) as session:
        yield _Root(Api(session, cluster.endpoint(name).address), cluster.root_token)


async def _install(vault: _Root, layout: Layout, keys: LoginKeys) -> None:
    await asyncio.gather(
        *(_kv(vault, mount) for mount in KV_MOUNTS),
        *(_policy(vault, f"vault-responder-{name}", _text(f"{name}.hcl")) for name in POLICIES),
        _login(vault, "worker", keys.worker, json.loads(_text("roles/worker.json"))),
        _login(vault, "looker", keys.looker, json.loads(_text("roles/looker.json"))),
        custodian_logins.install(layout, vault.put),
    )
    if keys.writer:
        await _policy(vault, "writer", _WRITER_POLICY)
        await _login(vault, "writer", keys.writer, _WRITER_ROLE)


async def _kv(vault: _Root, mount: str) -> None:
    await vault.put(f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "2"}})


async def _policy(vault: _Root, name: str, text: str) -> None:
    await vault.put(f"sys/policies/acl/{name}", {"policy": text})


async def _login(vault: _Root, role: str, key: str, body: Mapping[str, object]) -> None:
    mount = LOGIN_MOUNTS[role]
    await vault.put(f"sys/auth/{mount}", {"type": "jwt"})
    trust = {"jwt_validation_pubkeys": [key], "jwt_supported_algs": ["EdDSA"]}
    await vault.put(f"auth/{mount}/config", trust)
    await vault.put(f"auth/{mount}/role/{role}", body)


def _made(now: datetime, tenant: str) -> list[Written]:
    return list(tenants.tenant_secrets(now, tenant))


async def _write(vault: _Root, secrets: Iterable[Written]) -> int:
    answers = await asyncio.gather(
        *(vault.put(f"{s.mount}/data/{s.path}", {"data": s.data}) for s in secrets)
    )
    return len(answers)


def _text(name: str) -> str:
    return (INSTALL / name).read_text(encoding="utf-8")
