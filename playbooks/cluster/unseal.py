"""Open a sealed cluster again: the custodians give their shares, and everything is read back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from playbooks.core.ask import Ask
from playbooks.core.backup import KeyGeneration, SealScheme
from playbooks.core.danger import Danger
from playbooks.core.objective import SERVER_FAILURE
from playbooks.core.plan import NodesPlan, NotForMe
from playbooks.core.playbook import Playbook
from playbooks.core.step import HARMLESS, Instead, do, prove, wait_until
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.clusters import Cluster
from playbooks.core.world.nodes import Machine
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.steps.by_hand import nodes, sealing
from playbooks.steps.canaries import canaries_agree
from playbooks.steps.custodians import nodes_are_unsealed
from playbooks.steps.listing import listed, verb
from playbooks.steps.logins import worker_can_log_in
from playbooks.steps.quorum import peers_are_healthy
from playbooks.steps.restoring import who_opens_it
from playbooks.steps.sealing import nodes_belong, one_leads
from playbooks.steps.situation import node_states


class UnsealPlan(NodesPlan):
    """`nodes` are those that serve in the end; `starts` and `restarts` are among them."""

    starts: tuple[Name, ...]  # Stopped, with data.
    restarts: tuple[Name, ...]  # Sealed, and unsealing themselves when they start.
    opens_itself: bool
    left_out: tuple[Name, ...]

    def accounts_for(self) -> tuple[Name, ...]:
        return (*self.nodes, *self.left_out)


@dataclass(frozen=True)
class _Found:
    serving: list[Name]
    sealed: list[Name]
    stopped: list[Name]
    silent: list[Name]
    empty: list[Name]
    scheme: SealScheme | None  # None: no node that answers is initialised.


async def look(ask: Ask, world: World) -> UnsealPlan | NotForMe:
    """Plan it where a node is sealed, or stopped with data on it. Needs no login."""
    cluster = world.clusters.named(ask.cluster)
    found = await _found(cluster, world)
    if not found.sealed and not found.stopped:
        return _nothing_to_unseal(cluster.name, found)
    generations = await world.backups.generations(cluster.name)
    known = generations[-1] if generations else None
    scheme = found.scheme or (known.scheme if known else None)
    opens_itself = scheme is not None and scheme.kind == "auto"
    if opens_itself and found.sealed and not cluster.node_driver:
        return NotForMe(
            why=f"only a restart unseals {listed(found.sealed)} of {cluster.name}, and no node"
            " driver is configured",
            do="restart Vault there by hand, then see `/vault status`",
        )
    return UnsealPlan(
        cluster=cluster.name,
        nodes=tuple(
            node
            for node in cluster.nodes
            if node in {*found.serving, *found.sealed, *found.stopped}
        ),
        starts=tuple(found.stopped),
        restarts=tuple(found.sealed) if opens_itself else (),
        opens_itself=opens_itself,
        left_out=(*found.silent, *found.empty),
        tells=tuple(_tells(cluster, found, known)),
    )


async def _found(cluster: Cluster, world: World) -> _Found:
    states = await node_states(cluster.name, cluster.nodes, world)
    found = _Found([], [], [], [], [], next((s.scheme for s in states if s.scheme), None))
    for state in states:
        match state.kind:
            case "active" | "standby":
                found.serving.append(state.node)
            case "sealed":
                found.sealed.append(state.node)
            case "uninitialised":
                found.empty.append(state.node)
            case "silent":
                machine = await _machine(cluster, state, world)
                is_stopped = machine is not None and machine.data and not machine.running
                (found.stopped if is_stopped else found.silent).append(state.node)
    return found


async def _machine(cluster: Cluster, state: NodeState, world: World) -> Machine | None:
    """A host that is gone must not keep the other nodes from being opened."""
    if not cluster.node_driver:
        return None
    try:
        return await world.nodes.state(cluster.name, state.node)
    except Trouble:
        return None


def _nothing_to_unseal(cluster: Name, found: _Found) -> NotForMe:
    if found.empty and not found.serving:
        return NotForMe(
            why=f"no node of {cluster} that answers is initialised",
            do="restore a backup with `/vault restore`; shares open no empty node",
        )
    if found.silent:
        do_not = f"{verb(found.silent, 'does', 'do')} not answer"
        return NotForMe(
            why=f"{listed(found.silent)} of {cluster} {do_not}",
            do="look at their machines and start Vault there, then ask again",
        )
    return NotForMe(why=f"no node of {cluster} is sealed", do="see `/vault status`")


def _tells(cluster: Cluster, found: _Found, known: KeyGeneration | None) -> list[str]:
    tells = (
        [who_opens_it(known)]
        if known
        else [f"Nobody recorded who opens {cluster.name}: its nodes cannot be proven to be its own"]
    )
    if found.stopped:
        tells.append(f"Stopped, and started first: {listed(found.stopped)}")
    if found.silent:
        tells.append(f"Left out, as no answer comes from there: {listed(found.silent)}")
    if found.empty:
        tells.append(
            f"Left out, as it holds no data: {listed(found.empty)}; it joins when others are open"
        )
    return tells


def danger(plan: UnsealPlan) -> Danger:
    """Custodians approve with their shares; where none are needed, a restart would open it alone.

    Whoever sealed such a cluster to contain something must be asked before one person opens it.
    """
    return Danger.DISRUPTS if plan.opens_itself else Danger.READS


def some_are_stopped(plan: UnsealPlan) -> bool:
    return bool(plan.starts)


def some_open_themselves(plan: UnsealPlan) -> bool:
    return bool(plan.restarts)


def all_are_there(plan: UnsealPlan) -> bool:
    return not plan.left_out


async def stopped_nodes_answer(plan: UnsealPlan, world: World) -> bool:
    states = await node_states(plan.cluster, plan.starts, world)
    return all(state.kind != "silent" for state in states)


async def start_stopped_nodes(plan: UnsealPlan, world: World) -> None:
    for state in await node_states(plan.cluster, plan.starts, world):
        if state.kind == "silent":
            await world.nodes.start(plan.cluster, state.node)


async def restarted_nodes_are_open(plan: UnsealPlan, world: World) -> bool:
    states = await node_states(plan.cluster, plan.restarts, world)
    return all(state.kind in {"active", "standby"} for state in states)


async def restart_sealed_nodes(plan: UnsealPlan, world: World) -> None:
    """Only those that are still sealed: a restart of the active node would be one too many."""
    for state in await node_states(plan.cluster, plan.restarts, world):
        if state.kind in {"sealed", "silent"}:
            await world.nodes.stop(plan.cluster, state.node)
            await world.nodes.start(plan.cluster, state.node)


# One step an entry, in the order of the printed runbook.
# fmt: off
PLAYBOOK: Final[Playbook[Ask, UnsealPlan]] = Playbook(
    name="unseal", word="unseal", usage="[on CLUSTER] [since HH:MM] [reason …]",
    about="Brings a sealed cluster back: custodians open every node, and its data is read back",
    ask=Ask, look=look, plan=UnsealPlan, danger=danger, objective=SERVER_FAILURE,
    holds=lambda plan: (f"cluster:{plan.cluster}",), steps=(
    do("Start the nodes of {cluster} that are stopped", only_if=some_are_stopped,
        check=stopped_nodes_answer, act=start_stopped_nodes, within=timedelta(minutes=1),
        undo=HARMLESS, if_interrupted="act again",
        by_hand=sealing.START_STOPPED),
    prove("Prove that the nodes of {cluster} are its own", nodes_belong,
        otherwise="look at what runs at their addresses before anybody gives a share",
        by_hand=sealing.NODES_BELONG),
    do("Restart the sealed nodes of {cluster}, which unseal themselves",
        only_if=some_open_themselves, check=restarted_nodes_are_open, act=restart_sealed_nodes,
        within=timedelta(minutes=2),
        undo=Instead("ask for `/vault seal`"), if_interrupted="act again",
        by_hand=sealing.RESTART_SEALED),
    wait_until("Wait until the custodians have unsealed every node", nodes_are_unsealed,
        within=timedelta(hours=1), otherwise="call the custodians, then press Try again",
        by_hand=nodes.UNSEAL_ALL),
    wait_until("Wait until one node of {cluster} leads and the others follow", one_leads,
        within=timedelta(minutes=2), otherwise="see `/vault status`, then press Try again",
        by_hand=sealing.ONE_LEADS),
    prove("Prove that every open node of {cluster} is its own", nodes_belong,
        otherwise="ask for `/vault seal`: another cluster has been opened",
        by_hand=sealing.OPEN_NODES_BELONG),
    prove("Log in to {cluster} afresh", worker_can_log_in,
        otherwise="install the JWT role and its policy, then press Try again",
        by_hand=sealing.LOG_IN),
    prove("Read the canary secrets back on every node", canaries_agree,
        otherwise="see `/vault status`, then press Try again; a node that differs needs a restart",
        by_hand=sealing.CANARIES_AGREE),
    wait_until("Wait until every node is a voter", peers_are_healthy, only_if=all_are_there,
        within=timedelta(minutes=5), otherwise="see `/vault status`, then press Try again",
        by_hand=sealing.ALL_VOTE_AGAIN),
))
# fmt: on
