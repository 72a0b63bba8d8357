"""Close every node of a cluster, and prove which nodes belong to it before it is opened again."""

from playbooks.core.backup import KeyGeneration
from playbooks.core.plan import NodesPlan
from playbooks.core.step import Holds, NotYet
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.steps.listing import listed, verb
from playbooks.steps.situation import node_states

_OPEN = ("active", "standby")


async def answering_nodes_are_sealed(plan: NodesPlan, world: World) -> bool:
    states = await node_states(plan.cluster, plan.nodes, world)
    return not any(state.kind in _OPEN for state in states)


async def seal_nodes(plan: NodesPlan, world: World) -> None:
    """Standbys first: with the active node gone another one would only take over.

    After the second of three there is no quorum, so nobody can log in any more; the token that
    this worker holds still seals the rest. A worker that is new by then can only stop it.
    """
    states = await node_states(plan.cluster, plan.nodes, world)
    standbys = [state.node for state in states if state.kind == "standby"]
    active = [state.node for state in states if state.kind == "active"]
    faults = []
    for node in (*standbys, *active):
        try:
            await _seal_or_stop(plan, node, world)
        except Trouble as trouble:  # The others are closed first.
            faults.append(trouble)
    if faults:
        raise faults[0]


async def nothing_serves(plan: NodesPlan, world: World) -> bool:
    """A node that does not answer counts only where its supervisor says that it is stopped."""
    states = await node_states(plan.cluster, plan.nodes, world)
    return all([await _is_closed(plan, state, world) for state in states])


async def stop_silent_nodes(plan: NodesPlan, world: World) -> None:
    """Stop what cannot be asked to seal itself, since it may serve those who reach it."""
    states = await node_states(plan.cluster, plan.nodes, world)
    there = [state for state in states if not await _is_closed(plan, state, world)]
    for state in there:
        if state.kind in _OPEN:
            await _seal_or_stop(plan, state.node, world)
    silent = [state.node for state in there if state.kind == "silent"]
    if silent and not world.clusters.named(plan.cluster).node_driver:
        raise Trouble(
            f"{listed(silent)} of {plan.cluster} {verb(silent, 'does', 'do')} not answer, so nobody"
            f" knows whether {verb(silent, 'it serves', 'they serve')} clients that reach"
            f" {verb(silent, 'it', 'them')}",
            left="every node that answers is sealed",
            do=f"stop Vault on {listed(silent)} by hand or cut the network there, then press Leave",
        )
    for node in silent:
        await world.nodes.stop(plan.cluster, node)


async def _seal_or_stop(plan: NodesPlan, node: Name, world: World) -> None:
    """A stopped node serves nobody either, and a Shamir node is sealed when it starts again."""
    try:
        await world.vault.seal(plan.cluster, node)
    except Trouble as trouble:
        if not world.clusters.named(plan.cluster).node_driver:
            raise Trouble(
                f"{node} cannot be sealed: {trouble.happened}",
                left=f"{node} still serves, every other node that answers is sealed",
                do=f"stop Vault on {node} by hand, then press Try again",
            ) from trouble
        await world.nodes.stop(plan.cluster, node)


async def _is_closed(plan: NodesPlan, state: NodeState, world: World) -> bool:
    if state.kind != "silent":
        return state.kind not in _OPEN
    if not world.clusters.named(plan.cluster).node_driver:
        return False
    return not (await world.nodes.state(plan.cluster, state.node)).running


async def nodes_belong(plan: NodesPlan, world: World) -> bool:
    """Prove it before anybody gives a share: a sealed node tells its scheme, an open one its id."""
    generations = await world.backups.generations(plan.cluster)
    known = generations[-1] if generations else None
    for state in await node_states(plan.cluster, plan.nodes, world):
        if known is not None and _is_foreign(state, known):
            raise Trouble(
                f"{state.node} is not a node of {plan.cluster} as its keys are recorded",
                left="nobody was asked for a share",
                do=f"look at what runs at its address; if the keys of {plan.cluster} were changed"
                f" by hand, run `vault-responder adopt {plan.cluster} --rotated` on a worker",
            )
    return True


def _is_foreign(state: NodeState, known: KeyGeneration) -> bool:
    if state.kind in _OPEN:
        return state.cluster_id != known.cluster_id
    return state.kind == "sealed" and state.scheme != known.scheme


async def one_leads(plan: NodesPlan, world: World) -> Holds | NotYet:
    """An election takes some seconds after the last share."""
    states = await node_states(plan.cluster, plan.nodes, world)
    kinds = [state.kind for state in states]
    if kinds.count("active") == 1 and kinds.count("standby") == len(kinds) - 1:
        return Holds()
    return NotYet(", ".join(f"{state.node} {state.kind}" for state in states))
