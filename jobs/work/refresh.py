"""The looker's regular look: the state of every cluster, written on the board for the bot."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from jobs.runs.views import ClusterView
from jobs.work.workshop import Records, Workshop
from playbooks.core.trouble import Trouble
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World

T = TypeVar("T")


async def refresh(shop: Workshop, records: Records) -> None:
    """Look at every cluster; a part that does not answer is None on the board, with the reason."""
    async with shop.world() as world:
        # All at once: a silent node answers after seconds, and people may be waiting for a look.
        views = await asyncio.gather(*(_view(cluster, world) for cluster in shop.clusters))
    for view in views:
        await records.board.put_cluster(view)


async def _view(name: str, world: World) -> ClusterView:
    trouble: list[str] = []
    names = world.clusters.named(name).nodes
    states, balancer, backups = await asyncio.gather(
        asyncio.gather(*(_asked(world.vault.state(name, node), trouble) for node in names)),
        _asked(world.balancer.state(name), trouble),
        _asked(world.backups.all(name), trouble),
    )
    return ClusterView(
        cluster=name,
        at=world.now(),
        nodes=tuple(
            state or NodeState(node=node, kind="silent")
            for node, state in zip(names, states, strict=True)
        ),
        balancer=balancer,
        backups=backups,
        trouble=tuple(trouble),
    )


async def _asked(question: Awaitable[T], trouble: list[str]) -> T | None:
    try:
        return await question
    except Trouble as error:
        trouble.append(str(error))
        return None
