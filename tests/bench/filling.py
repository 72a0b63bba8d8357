"""Fills a cluster to the size that a measure needs."""

import asyncio
import base64
import os
from collections.abc import Iterator, Mapping
from typing import Final

from deploy.demo.cluster import async_api, tenants
from deploy.demo.cluster.async_api import Api
from deploy.demo.cluster.local import LocalCluster
from deploy.process import now

_AT_ONCE: Final = 8
_BIG: Final = 700_000  # Characters; a request may have 32 MB.


def fill_with_small(cluster: LocalCluster, count: int) -> None:
    """Write so many SSH keys, each to a path of its own."""
    moment = now()
    asyncio.run(_fill(cluster, (tenants.ssh_key(moment, f"bench-{n}") for n in range(count))))


def fill_with_big(cluster: LocalCluster, count: int) -> None:
    """Write so many secrets of 700 kB: 1428 of them are 1 GB."""
    asyncio.run(_fill(cluster, ({"blob": _blob()} for _ in range(count))))


def _blob() -> str:
    return base64.b64encode(os.urandom(_BIG * 3 // 4)).decode("ascii")


async def _fill(cluster: LocalCluster, secrets: Iterator[Mapping[str, object]]) -> None:
    active = cluster.active()
    assert active is not None
    numbered = enumerate(secrets)
    async with async_api.session(cluster.ca_file) as session:
        api = Api(session, cluster.endpoint(active).address)

        async def write() -> None:
            for number, data in numbered:
                path = f"vps/data/bench/{number}"
                answer = await api.call("POST", path, {"data": data}, token=cluster.root_token)
                assert answer.status == 200, answer.errors

        await asyncio.gather(*(write() for _ in range(_AT_ONCE)))
