"""A real local cluster with the product's own logins, and the adapters that reach it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.demo.cluster.layout import Seal
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import LOGIN_MOUNTS, LoginKeys, seed
from playbooks.systems.key_files import create_private
from playbooks.systems.nodes.command import CommandNodes, NodeCommandSettings
from playbooks.systems.vault.settings import LoginSettings, VaultSettings
from playbooks.systems.vault.vault import RealVault

CANARIES: Final = (
    "vps/test-tenant-id/admin_ssh",
    "smtp/test-tenant-id/admin",
    "api_keys/test-tenant-id/test-key-id",
)


@dataclass(frozen=True)
class RealCluster:
    """The cluster, and the folder with its login keys."""

    local: LocalCluster
    keys: Path

    def vault(self, role: Literal["worker", "looker"] = "worker", **changed: object) -> RealVault:
        """The adapter as a worker or a looker holds it; settings may be changed by name."""
        settings = self.settings(role).model_copy(update=changed)
        return RealVault(
            {"prod": settings}, mark_keys={"prod": b"m" * 32} if role == "worker" else {}
        )

    def settings(self, role: Literal["worker", "looker"]) -> VaultSettings:
        login = LoginSettings(mount=LOGIN_MOUNTS[role], role=role, key_file=self.keys / role)
        return VaultSettings(
            nodes=dict(zip(self.local.names, self.local.addresses, strict=True)),
            ca_file=self.local.ca_file,
            login=login,
            canaries=CANARIES,
        )

    def nodes(self) -> CommandNodes:
        """The node driver, through the local supervisor's own command."""
        return CommandNodes({"prod": NodeCommandSettings(command=self.local.nodectl())})

    async def unseal(self, *nodes: str) -> None:
        """Custodians give their shares to these nodes, once they take any."""
        for node in nodes:
            await asyncio.to_thread(self.local.unseal_when_it_waits, node)

    async def write(self, path: str, value: str) -> None:
        """A client writes a secret, with the first token."""
        mount, _, rest = path.partition("/")
        active = await asyncio.to_thread(self.local.active)
        assert active is not None
        body = {"data": {"value": value}}
        answer = await asyncio.to_thread(
            self.local.endpoint(active).call,
            "POST",
            f"{mount}/data/{rest}",
            body,
            token=self.local.root_token,
        )
        assert answer.status == 200, answer.body


@contextmanager
def real_cluster(place: Path, *, nodes: int = 3, seal: Seal = "shamir") -> Iterator[RealCluster]:
    """Start and fill a cluster; it ends with the block."""
    public = {role: _make_key(place / role) for role in ("worker", "looker")}
    with LocalCluster.create(place / "cluster", nodes=nodes, seal=seal) as local:
        keys = LoginKeys(worker=public["worker"], looker=public["looker"])
        # A fixture may be asked for by a test that runs in a loop already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(seed(local, keys, datetime.now(UTC)))).result()
        local.wait_for_voters()
        yield RealCluster(local, place)


def _make_key(path: Path) -> str:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    create_private(path, private)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode("ascii")
