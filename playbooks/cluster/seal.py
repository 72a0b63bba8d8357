"""Seal every node of a cluster, to contain what may be going on. Clients lose Vault at once."""

from datetime import timedelta
from typing import Final

from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import NodesPlan, NotForMe
from playbooks.core.playbook import Playbook
from playbooks.core.step import Instead, do
from playbooks.core.trouble import Trouble
from playbooks.core.world.clusters import Cluster
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.steps.by_hand import sealing
from playbooks.steps.listing import listed, verb
from playbooks.steps.sealing import (
    answering_nodes_are_sealed,
    nothing_serves,
    seal_nodes,
    stop_silent_nodes,
)
from playbooks.steps.situation import node_states


async def look(ask: Ask, world: World) -> NodesPlan | NotForMe:
    """Plan it for every node, also for one that is sealed now. Needs no login."""
    cluster = world.clusters.named(ask.cluster)
    states = await node_states(cluster.name, cluster.nodes, world)
    kinds = {state.kind for state in states}
    if kinds == {"uninitialised"}:
        return NotForMe(
            why=f"no node of {cluster.name} is initialised",
            do="nothing can be read from them; see `/vault status`",
        )
    if kinds <= {"sealed", "uninitialised"}:
        return NotForMe(
            why=f"every node of {cluster.name} is sealed already",
            do="to open it, ask for `/vault unseal`",
        )
    if kinds == {"silent"} and not cluster.node_driver:
        return NotForMe(
            why=f"no node of {cluster.name} answers, and no node driver can stop them",
            do="stop Vault on every node by hand, or cut their network",
        )
    return NodesPlan(
        cluster=cluster.name,
        nodes=cluster.nodes,
        tells=(*_what_it_means(cluster, states), await _who_opens_it(cluster, states, world)),
    )


def _what_it_means(cluster: Cluster, states: list[NodeState]) -> list[str]:
    tells = [
        f"Every client loses {cluster.name} until every node is unsealed again; no data is lost",
        "Runs that are under way on it stop where they are; a rotation of its shares breaks off",
    ]
    silent = [state.node for state in states if state.kind == "silent"]
    if silent and cluster.node_driver:
        tells.append(f"Not asked but stopped: {listed(silent)}, since no answer comes from there")
    elif silent:
        tells.append(
            f"{listed(silent)} {verb(silent, 'does', 'do')} not answer and cannot be stopped from"
            " here: somebody must do that by hand"
        )
    if any(state.scheme and state.scheme.kind == "auto" for state in states):
        tells.append(
            f"{cluster.name} unseals itself: a node that is restarted, by whomever, opens again"
        )
    return tells


async def _who_opens_it(cluster: Cluster, states: list[NodeState], world: World) -> str:
    """The store may be part of the trouble, and containment must not wait for it."""
    scheme = next((state.scheme for state in states if state.scheme), None)
    if scheme is not None and scheme.kind == "auto":
        return "To open it again a restart is enough, no custodian is needed"
    try:
        generations = await world.backups.generations(cluster.name)
    except Trouble:
        generations = ()
    names = listed(generations[-1].custodians) if generations and generations[-1].custodians else ""
    needed = f"{scheme.threshold} of {scheme.shares} custodians" if scheme else "The custodians"
    return f"{needed} must open every node again{f': {names}' if names else ''}"


# One step an entry, in the order of the printed runbook. It holds nothing: containment never waits
# behind another run, which then meets sealed nodes and stops with a sentence.
# fmt: off
PLAYBOOK: Final[Playbook[Ask, NodesPlan]] = Playbook(
    name="seal", word="seal", usage="[on CLUSTER] [reason …]",
    about="Seals every node of a cluster at once, so that nobody reads anything from it",
    ask=Ask, look=look, plan=NodesPlan, danger=lambda _: Danger.DISRUPTS, objective=None,
    holds=lambda _: (), steps=(
    do("Seal every node of {cluster} that answers, the active one last",
        check=answering_nodes_are_sealed, act=seal_nodes, within=timedelta(seconds=30),
        undo=Instead("ask for `/vault unseal`"), if_interrupted="act again",
        otherwise="see `/vault status`, then press Try again; stop by hand what cannot be sealed",
        by_hand=sealing.SEAL),
    do("Stop the nodes of {cluster} that do not answer",
        check=nothing_serves, act=stop_silent_nodes, within=timedelta(seconds=30),
        undo=Instead("ask for `/vault unseal`, which starts them too"), if_interrupted="act again",
        otherwise="stop them by hand, then press Try again",
        by_hand=sealing.STOP_SILENT),
))
# fmt: on
