"""Where the suites of vault and nodes are run: the stand-in and a real cluster, alike."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment
from playbooks.core.world.clusters import CustodianKey
from playbooks.core.world.nodes import Nodes
from playbooks.core.world.vault import Vault
from tests.systems.custodians import Custodians
from tests.systems.real_clusters import RealCluster
from tests.worlds.toy import ToyWorld

NODES: Final = ("n1", "n2", "n3")
_WITHIN: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Site:
    """A cluster prod of three nodes, and the hands of its clients and custodians."""

    vault: Vault
    looker: Vault
    nodes: Nodes
    write: Callable[[str, str], Awaitable[None]]
    unseal: Callable[..., Awaitable[None]]
    now: Callable[[], Moment]
    keys: tuple[CustodianKey, ...]
    give: Callable[[str, str], Awaitable[None]]  # A custodian's old share, for a nonce.
    prove: Callable[[str, str], Awaitable[None]]  # A custodian's new share, for a nonce.

    async def active(self) -> str:
        """The node that is active now."""
        for node in NODES:
            if (await self.vault.state("prod", node)).kind == "active":
                return node
        pytest.fail("no node is active")

    async def standby(self) -> str:
        """One that is not."""
        active = await self.active()
        return next(node for node in NODES if node != active)

    async def snapshot(self) -> list[bytes]:
        """A snapshot of the active node."""
        return [piece async for piece in self.vault.snapshot("prod", await self.active())]

    async def kinds(self) -> list[str]:
        """How the nodes are, in their order."""
        return [(await self.vault.state("prod", node)).kind for node in NODES]

    async def everyone_votes(self) -> bool:
        """The cluster is whole again."""
        raft = await self.vault.raft("prod")
        return sorted(raft.voters) == list(NODES) and raft.healthy and raft.failure_tolerance == 1


def toy_site() -> Site:
    """The stand-in."""
    toy = ToyWorld()

    async def _write(path: str, value: str) -> None:
        toy.clock += timedelta(seconds=1)
        toy.write(path, value)

    async def _unseal(*nodes: str) -> None:
        toy.unseal(*nodes)

    async def _give(custodian: str, nonce: str) -> None:
        toy.ceremony.give(custodian, nonce)

    async def _prove(custodian: str, nonce: str) -> None:
        toy.ceremony.prove(custodian, nonce)

    keys = toy.clusters.custodian_keys("prod")
    hands = (_write, _unseal, toy.now, keys, _give, _prove)
    return Site(toy.vault, toy.vault, toy.nodes, *hands)


async def real_site(cluster: RealCluster) -> AsyncIterator[Site]:
    """The real cluster, as a worker and a looker reach it."""
    vault, looker = cluster.vault(), cluster.vault("looker")
    custodians = Custodians(cluster.local)
    yield Site(
        vault,
        looker,
        cluster.nodes(),
        cluster.write,
        cluster.unseal,
        lambda: datetime.now(UTC),
        custodians.keys,
        custodians.give,
        custodians.prove,
    )
    await vault.close()
    await looker.close()


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; Trouble meanwhile counts as "not yet"."""
    give_up = asyncio.get_running_loop().time() + _WITHIN.total_seconds()
    while True:
        try:
            if await holds():
                return
        except Trouble:
            if asyncio.get_running_loop().time() > give_up:
                raise
        if asyncio.get_running_loop().time() > give_up:
            pytest.fail("it never came to hold")
        await asyncio.sleep(0.1)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """Give bytes as a stream."""
    for part in parts:
        yield part
