"""Read a backup's canaries on every node, and deal with nodes that lag behind."""

import asyncio
from datetime import timedelta
from typing import Final

from playbooks.core.plan import NodesPlan
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.world import World
from playbooks.steps.restoring import RestorePlan
from playbooks.steps.situation import node_states

# A standby takes some seconds to follow a load; one that still fails then never will (its keyring
# is of the old data) and only a restart helps.
PATIENCE: Final = timedelta(seconds=60)
_PAUSE: Final = timedelta(seconds=1)


async def canaries_read_back(plan: RestorePlan, world: World) -> bool:
    """Every node must hold exactly what the catalogue says of the backup's canaries."""
    for node in plan.nodes:
        nonce = await world.vault.nonce(plan.cluster, node)
        marks = await world.vault.marks(plan.cluster, node)
        if (nonce, marks) != (plan.backup.nonce, plan.backup.canaries):
            raise Trouble(
                f"The canary secrets on {node} are not those of {plan.backup.name}",
                left="clients are still cut off",
                do="",  # The step's own `otherwise` says it, which approvers have read.
            )
    return True


async def canaries_agree(plan: NodesPlan, world: World) -> bool:
    """Every node must read every canary of the configuration, and all of them the same."""
    wanted = len(world.clusters.named(plan.cluster).canaries)
    marks = {node: await world.vault.marks(plan.cluster, node) for node in plan.nodes}
    for node, held in marks.items():
        if len(held) < wanted or held != marks[plan.nodes[0]]:
            raise Trouble(
                f"{node} does not show the canary secrets as the other nodes do",
                left="the nodes are open and serve clients",
                do="",  # The step's own `otherwise` says it, which approvers have read.
            )
    return True


async def every_node_holds_backup(plan: RestorePlan, world: World) -> bool:
    return not await _lagging(plan, world)


async def no_node_holds_other_data(plan: RestorePlan, world: World) -> bool:
    """A sealed node holds nothing that it could serve; custodians open it in the next step."""
    lagging = await _lagging(plan, world)
    states = await node_states(plan.cluster, lagging, world)
    return all(state.kind == "sealed" for state in states)


async def restart_lagging_nodes(plan: RestorePlan, world: World) -> None:
    """Give nodes a minute to follow by themselves, then restart those that did not."""
    give_up = world.now() + PATIENCE
    while (lagging := await _lagging(plan, world)) and world.now() < give_up:
        if await no_node_holds_other_data(plan, world):
            return
        await world.pause(_PAUSE)
    for node in lagging:
        if not world.clusters.named(plan.cluster).node_driver:
            raise Trouble(
                f"{node} does not show the backup and no node driver can restart it",
                left="clients are still cut off",
                do=f"restart {node} by hand, then press Try again",
            )
        await world.nodes.stop(plan.cluster, node)
        await world.nodes.start(plan.cluster, node)


async def _lagging(plan: RestorePlan, world: World) -> tuple[Name, ...]:
    nonces = await asyncio.gather(*(_nonce(plan, node, world) for node in plan.nodes))
    return tuple(
        node for node, nonce in zip(plan.nodes, nonces, strict=True) if nonce != plan.backup.nonce
    )


async def _nonce(plan: RestorePlan, node: Name, world: World) -> str | None:
    try:
        return await world.vault.nonce(plan.cluster, node)
    except Trouble:  # Sealed, restarting, or unable to decrypt: it does not hold the backup.
        return None
