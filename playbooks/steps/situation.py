"""What state a cluster is in, as far as it decides which playbook is the right one."""

import asyncio
from dataclasses import dataclass
from typing import TypeAlias

from playbooks.core.plan import NotForMe
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.clusters import Cluster
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.steps.listing import listed, verb


@dataclass(frozen=True)
class Serves:
    """One node is active and all the others stand by."""

    active: NodeState


@dataclass(frozen=True)
class Empty:
    """The node driver says of every node that it holds no data."""


@dataclass(frozen=True)
class Between:
    """Neither: somebody must do something first."""

    refusal: NotForMe


Situation: TypeAlias = Serves | Empty | Between


async def node_states(cluster: Name, nodes: tuple[Name, ...], world: World) -> list[NodeState]:
    """Ask all nodes at once; a silent one costs its time only once."""
    return list(await asyncio.gather(*(world.vault.state(cluster, node) for node in nodes)))


async def active_node(cluster: Name, world: World) -> NodeState:
    """Find the node that serves now. Raises Trouble where there is none."""
    states = await node_states(cluster, world.clusters.named(cluster).nodes, world)
    for state in states:
        if state.kind == "active":
            return state
    raise Trouble(
        f"No node of {cluster} is active",
        left="asking changed nothing",
        do="see `/vault status`, bring the cluster up, then press Try again",
    )


async def situation(cluster: Cluster, world: World) -> Situation:
    """Look at every node, from outside first and through the node driver where that helps."""
    states = await node_states(cluster.name, cluster.nodes, world)
    active = next((state for state in states if state.kind == "active"), None)
    if active is not None and all(state.kind in {"active", "standby"} for state in states):
        return Serves(active)
    if all(state.kind in {"silent", "uninitialised"} for state in states):
        return await _empty_or_not(cluster, states, world)
    return Between(_what_is_wrong(cluster.name, states))


async def is_empty(cluster: Name, state: NodeState, world: World) -> bool:
    """Say if a node holds nothing: a running one says so itself, of a stopped one its driver."""
    if state.kind == "uninitialised":
        return True
    return state.kind == "silent" and not (await world.nodes.state(cluster, state.node)).data


async def _empty_or_not(cluster: Cluster, states: list[NodeState], world: World) -> Situation:
    if not cluster.node_driver:
        return Between(
            NotForMe(
                why=f"no node of {cluster.name} answers, and no node driver is configured",
                do="start the nodes, or configure `node_command` so that they can be proven empty",
            )
        )
    empty = await asyncio.gather(*(is_empty(cluster.name, state, world) for state in states))
    with_data = [state.node for state, is_so in zip(states, empty, strict=True) if not is_so]
    if not with_data:
        return Empty()
    return Between(
        NotForMe(
            why=f"{listed(with_data)} {verb(with_data, 'does', 'do')} not answer but still"
            f" {verb(with_data, 'holds', 'hold')} data",
            do="start the nodes first; a restore never throws away data that nobody looked at",
        )
    )


def _what_is_wrong(cluster: str, states: list[NodeState]) -> NotForMe:
    sealed = [state.node for state in states if state.kind == "sealed"]
    if sealed:
        return NotForMe(
            why=f"{listed(sealed)} of {cluster} {verb(sealed, 'is', 'are')} sealed",
            do="call the custodians to unseal first",
        )
    silent = [state.node for state in states if state.kind in {"silent", "uninitialised"}]
    if silent:
        return NotForMe(
            why=f"{listed(silent)} of {cluster} {verb(silent, 'does', 'do')} not serve",
            do="start it and let it join first, or take it out of the configuration",
        )
    return NotForMe(
        why=f"no node of {cluster} is active",
        do="bring back enough nodes for a quorum first",
    )
