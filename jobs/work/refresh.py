"""The looker's regular look: the state of every cluster, written on the board for the bot."""

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
        for cluster in shop.clusters:
            await records.board.put_cluster(await _view(cluster, world))


async def _view(name: str, world: World) -> ClusterView:
    trouble: list[str] = []
    nodes: list[NodeState] = []
    for node in world.clusters.named(name).nodes:
        state = await _asked(world.vault.state(name, node), trouble)
        nodes.append(state or NodeState(node=node, kind="silent"))
    balancer = await _asked(world.balancer.state(name), trouble)
    backups = await _asked(world.backups.all(name), trouble)
    return ClusterView(
        cluster=name,
        at=world.now(),
        nodes=tuple(nodes),
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
