"""Wait for the custodians, who give their shares to Vault and to nobody else."""

from playbooks.core.plan import NodesPlan
from playbooks.core.step import Holds, NotYet
from playbooks.core.values import Name
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.steps.situation import node_states


async def nodes_are_unsealed(plan: NodesPlan, world: World) -> Holds | NotYet:
    """Wait for every node of the plan."""
    return await unsealed(plan.cluster, plan.nodes, world)


async def unsealed(cluster: Name, nodes: tuple[Name, ...], world: World) -> Holds | NotYet:
    """Say how far the custodians are, node by node where the nodes differ."""
    states = await node_states(cluster, nodes, world)
    waiting = [state for state in states if state.kind not in {"active", "standby"}]
    if not waiting:
        return Holds()
    progress = {state.node: _progress(state) for state in waiting}
    if len(set(progress.values())) == 1 and len(waiting) > 1:
        return NotYet(f"{next(iter(progress.values()))}, on {', '.join(progress)}")
    return NotYet("; ".join(f"{says} on {node}" for node, says in progress.items()))


def _progress(state: NodeState) -> str:
    if state.kind != "sealed" or state.scheme is None:
        return "no answer yet" if state.kind == "silent" else "not joined yet"
    if state.scheme.kind == "auto":
        return "it unseals itself"
    return f"{state.shares_given} of {state.scheme.threshold} custodians"
