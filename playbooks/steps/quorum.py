"""Wait until a cluster can lose a node again."""

from playbooks.core.plan import NodesPlan
from playbooks.core.step import Holds, NotYet
from playbooks.core.world.world import World


async def peers_are_healthy(plan: NodesPlan, world: World) -> Holds | NotYet:
    """Autopilot says healthy while joined nodes are no voters yet, so all three are asked."""
    raft = await world.vault.raft(plan.cluster)
    voters = len(raft.voters)
    spare = (len(plan.nodes) - 1) // 2
    if voters == len(plan.nodes) and raft.healthy and raft.failure_tolerance >= spare:
        return Holds()
    if voters < len(plan.nodes):
        others = f" (not yet: {', '.join(raft.non_voters)})" if raft.non_voters else ""
        return NotYet(f"{voters} of {len(plan.nodes)} nodes vote{others}")
    return NotYet("autopilot does not call the cluster healthy yet")
