"""The looker's regular look: the state of every cluster, written on the board for the bot."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from jobs.runs.views import ClusterView
from jobs.work.workshop import Records, Workshop
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
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
    states, balancer, backups, rotations = await asyncio.gather(
        asyncio.gather(*(_asked(world.vault.state(name, node), trouble) for node in names)),
        _asked(world.balancer.state(name), trouble),
        _asked(world.backups.all(name), trouble),
        _asked(_unrecorded(name, world), trouble),
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
        rotations=rotations or (),
    )


async def _unrecorded(cluster: Name, world: World) -> tuple[Name, ...]:
    """Name rotations of shares that no run has settled, and that nobody adopted since.

    Which shares are in force only a snapshot tells, and a looker may take none.
    """
    open_ones = [note for note in await world.backups.notes(cluster) if not note.settled]
    if not open_ones:
        return ()
    recorded = (await world.backups.generations(cluster))[-1:]
    marks = {generation.shares_mark for generation in recorded}
    return tuple(note.mark for note in open_ones if marks <= {None, note.shares_mark})


async def _asked(question: Awaitable[T], trouble: list[str]) -> T | None:
    try:
        return await question
    except Trouble as error:
        trouble.append(str(error))
        return None
