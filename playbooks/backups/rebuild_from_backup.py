"""Build a cluster anew from a backup: nothing is left of it, or it runs under other keys."""

from datetime import timedelta
from typing import Final

from playbooks.core.danger import Danger
from playbooks.core.objective import DATA_CENTRE_LOSS
from playbooks.core.plan import NotForMe
from playbooks.core.playbook import Playbook
from playbooks.core.step import (
    HARMLESS,
    CannotUndo,
    Holds,
    Instead,
    NotYet,
    do,
    prove,
    wait_until,
)
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.backups import Associated
from playbooks.core.world.world import World
from playbooks.steps.by_hand import backups, clients, nodes
from playbooks.steps.canaries import canaries_read_back
from playbooks.steps.clients import (
    clients_are_back,
    clients_are_cut_off,
    cut_clients_off,
    let_clients_back,
)
from playbooks.steps.copies import copy_is_kept, keep_copy
from playbooks.steps.custodians import nodes_are_unsealed, unsealed
from playbooks.steps.generations import UNKNOWN, generation_of
from playbooks.steps.logins import worker_can_log_in
from playbooks.steps.quorum import peers_are_healthy
from playbooks.steps.restoring import (
    USAGE,
    RestoreAsk,
    RestorePlan,
    backup_is_whole,
    choose,
    chosen,
    is_newer,
    what_it_costs,
    which_keys,
    who_opens_it,
)
from playbooks.steps.situation import Between, Empty, Serves, is_empty, node_states, situation

_INTERIM: Final = 2  # Shares of the scheme under which an empty node is filled: 1 of 1, or 2 of 2.


class RebuildPlan(RestorePlan):
    """`replaces` is the id of the running cluster under other keys that is thrown away."""

    first: Name
    others: tuple[Name, ...]
    replaces: str | None  # None: every node is empty.


async def look(ask: RestoreAsk, world: World) -> RebuildPlan | NotForMe:
    """Plan a rebuild where every node is empty, or serves under keys that the backup has not."""
    cluster = world.clusters.named(ask.cluster)
    found = await situation(cluster, world)
    if isinstance(found, Between):
        return found.refusal
    backup = await choose(ask, cluster.name, world)
    generation = await generation_of(backup, world)
    if isinstance(found, Serves):
        if generation.number == UNKNOWN:
            return which_keys(backup)
        newest = (await world.backups.generations(cluster.name))[-1]
        running = (found.active.cluster_id, newest.number)
        if running == (backup.cluster_id, generation.number):
            return NotForMe(why=f"{cluster.name} still has the keys of {backup.name}", do="restore")
    if not cluster.node_driver:
        return NotForMe(
            why=f"the nodes of {cluster.name} cannot be started and wiped from here",
            do="configure `node_command`, or rebuild by hand with the runbook",
        )
    tells = (
        *what_it_costs(backup, cluster, world),
        "Comes back to life: every token and policy of the backup, also those revoked since",
        who_opens_it(generation),
        f"The nodes must run Vault {backup.vault_version} or newer, which shows once they start",
    )
    replaces = found.active.cluster_id if isinstance(found, Serves) else None
    if replaces is not None:
        thrown = f"Thrown away: what {cluster.name} holds now; a copy is kept in the store first"
        tells = (thrown, *tells)
    return RebuildPlan(
        **chosen(backup, cluster, world),
        tells=tells,
        first=cluster.nodes[0],
        others=cluster.nodes[1:],
        replaces=replaces,
    )


def replaces_a_cluster(plan: RebuildPlan) -> bool:
    return plan.replaces is not None


def custodians_open_it(plan: RebuildPlan) -> bool:
    return plan.backup.scheme.kind == "shamir"


async def nodes_are_as_planned(plan: RebuildPlan, world: World) -> bool:
    """Hours may have passed since the look, and this is the last moment to find data."""
    found = await situation(world.clusters.named(plan.cluster), world)
    if plan.replaces is None:
        return isinstance(found, Empty)
    return isinstance(found, Serves) and found.active.cluster_id == plan.replaces


async def nodes_are_empty(plan: RebuildPlan, world: World) -> bool:
    machines = [await world.nodes.state(plan.cluster, node) for node in plan.nodes]
    return not any(machine.data for machine in machines)


async def wipe_nodes(plan: RebuildPlan, world: World) -> None:
    """Wipe what the plan throws away and nothing else: people may have rebuilt a node meanwhile."""
    for node in plan.nodes:
        state = await world.vault.state(plan.cluster, node)
        if state.kind == "sealed" or state.cluster_id not in {None, plan.replaces}:
            raise _not_ours(node)
        await world.nodes.stop(plan.cluster, node)
        await world.nodes.wipe(plan.cluster, node)


async def first_holds_backup(plan: RebuildPlan, world: World) -> bool:
    """A sealed node tells only its scheme; the one it was initialised with was another one."""
    state = await world.vault.state(plan.cluster, plan.first)
    match state.kind:
        case "active":
            return await world.vault.nonce(plan.cluster, plan.first) == plan.backup.nonce
        case "sealed":
            return plan.backup.scheme.kind == "shamir" and state.scheme == plan.backup.scheme
        case _:
            return False


async def load_into_first(plan: RebuildPlan, world: World) -> None:
    """Wipe, start alone, initialise, force-load, restart: one act, repeated whole if interrupted.

    A sealed node keeps its old seal configuration in memory after a forced load, so without the
    restart it would refuse the custodians' shares.
    """
    machine = await world.nodes.state(plan.cluster, plan.first)
    if machine.data and not machine.running:
        # Stopped in the middle of this very act, or by somebody else: only running does it tell.
        await world.nodes.start_alone(plan.cluster, plan.first)
    if await first_holds_backup(plan, world):
        return
    await _refuse_to_wipe_a_cluster(plan, world)
    await world.nodes.stop(plan.cluster, plan.first)
    await world.nodes.wipe(plan.cluster, plan.first)
    await world.nodes.start_alone(plan.cluster, plan.first)
    started = await world.vault.state(plan.cluster, plan.first)
    if is_newer(plan.backup.vault_version, started.version or ""):
        raise Trouble(
            f"{plan.first} runs {started.version}, too old for {plan.backup.name} of"
            f" {plan.backup.vault_version}",
            left="the nodes are empty and clients are cut off",
            do="upgrade the nodes, then press Try again",
        )
    bound = Associated(cluster=plan.backup.cluster, generation=plan.backup.generation)
    pieces = world.backups.open(plan.backup.object_keys[0], bound)
    await world.vault.load_into_empty(plan.cluster, plan.first, pieces, plan.backup.scheme)
    if plan.backup.scheme.kind == "shamir":
        await world.nodes.stop(plan.cluster, plan.first)
        await world.nodes.start_alone(plan.cluster, plan.first)


async def _refuse_to_wipe_a_cluster(plan: RebuildPlan, world: World) -> None:
    """Wipe only an empty node, or one that this act began to fill under an interim seal scheme."""
    state = await world.vault.state(plan.cluster, plan.first)
    scheme = state.scheme
    interim = scheme is not None and scheme != plan.backup.scheme and scheme.shares <= _INTERIM
    if not interim and not await is_empty(plan.cluster, state, world):
        raise _not_ours(plan.first)
    for other in await node_states(plan.cluster, plan.others, world):
        if not await is_empty(plan.cluster, other, world):
            raise _not_ours(other.node)


def _not_ours(node: str) -> Trouble:
    return Trouble(
        f"{node} holds data that this run did not put there",
        left="it was not wiped",
        do="see `/vault status`, then press Leave and ask again if a restore is still needed",
    )


async def first_is_unsealed(plan: RebuildPlan, world: World) -> Holds | NotYet:
    return await unsealed(plan.cluster, (plan.first,), world)


async def others_have_joined(plan: RebuildPlan, world: World) -> bool:
    """A node says it is initialised once it has found the first one; auto-sealed ones open then."""
    joined = {"standby", "active"} | ({"sealed"} if custodians_open_it(plan) else set())
    states = await node_states(plan.cluster, plan.others, world)
    return all(state.kind in joined for state in states)


async def start_others(plan: RebuildPlan, world: World) -> None:
    """Restart the first node where the load did not, then let the others join it.

    The backup brought another Raft TLS keyring than the running process uses, so nodes that join
    are refused ("tls: unrecognized name") until it has read the new one.
    """
    if not custodians_open_it(plan):
        await world.nodes.stop(plan.cluster, plan.first)
        await world.nodes.start_alone(plan.cluster, plan.first)
    for node in plan.others:
        await world.nodes.start(plan.cluster, node)


# One step an entry, in the order of the printed runbook.
# fmt: off
PLAYBOOK: Final[Playbook[RestoreAsk, RebuildPlan]] = Playbook(
    name="rebuild_from_backup", word="restore", usage=USAGE,
    about="Builds a cluster anew from a backup where nothing is left, or where the keys differ",
    ask=RestoreAsk, look=look, plan=RebuildPlan, danger=lambda _: Danger.DESTROYS,
    objective=DATA_CENTRE_LOSS, holds=lambda plan: (f"cluster:{plan.cluster}",), steps=(
    prove("Prove that {backup.name} is whole", backup_is_whole,
        otherwise="pick an older one from `/vault backups`",
        by_hand=backups.IS_WHOLE),
    prove("Prove that the nodes of {cluster} are as planned", nodes_are_as_planned,
        otherwise="ask again for a fresh look, the nodes have changed since the plan was made",
        by_hand=nodes.AS_PLANNED),
    do("Cut clients off from {cluster}",
        check=clients_are_cut_off, act=cut_clients_off, undo=let_clients_back,
        within=timedelta(seconds=10), if_interrupted="act again",
        by_hand=clients.CUT_OFF),
    do("Keep a copy of what {cluster} holds now, as {copy_name}", only_if=replaces_a_cluster,
        check=copy_is_kept, act=keep_copy, undo=HARMLESS, if_interrupted="act again",
        by_hand=backups.KEEP_COPY_OF_ANOTHER),
    do("Wipe every node of {cluster}", only_if=replaces_a_cluster,
        check=nodes_are_empty, act=wipe_nodes, if_interrupted="act again",
        undo=Instead("ask for `/vault restore {copy_name}`"),
        by_hand=nodes.WIPE),
    do("Load the backup taken at {backup.taken_at:%Y-%m-%d %H:%M} UTC into {first}",
        check=first_holds_backup, act=load_into_first, within=timedelta(seconds=30),
        undo=Instead("wipe the nodes, then ask for `/vault restore` again"),
        if_interrupted="act again",
        by_hand=nodes.LOAD_INTO_FIRST),
    wait_until("Wait until the custodians have unsealed {first}", first_is_unsealed,
        within=timedelta(minutes=30), only_if=custodians_open_it,
        otherwise="call the custodians, then press Try again",
        by_hand=nodes.UNSEAL_FIRST),
    prove("Log in to {cluster} afresh", worker_can_log_in,
        otherwise="press Leave and ask for another backup: this one lacks the worker's JWT role",
        by_hand=backups.LOG_IN_AFRESH),
    do("Start the other nodes of {cluster}",
        check=others_have_joined, act=start_others, within=timedelta(minutes=1),
        undo=HARMLESS, if_interrupted="act again",
        by_hand=nodes.START_OTHERS),
    wait_until("Wait until the custodians have unsealed every node", nodes_are_unsealed,
        within=timedelta(minutes=30), otherwise="call the custodians, then press Try again",
        by_hand=nodes.UNSEAL_ALL),
    prove("Read the canary secrets back on every node", canaries_read_back,
        otherwise="press Leave and ask for another backup: the data is not what it should hold",
        by_hand=nodes.CANARIES_READ_BACK),
    wait_until("Wait until every node is a voter", peers_are_healthy,
        within=timedelta(minutes=5), otherwise="see `/vault status`, then press Try again",
        by_hand=nodes.ALL_VOTE),
    do("Let clients back to {cluster}",
        check=clients_are_back, act=let_clients_back, within=timedelta(seconds=30),
        undo=CannotUndo("what clients write from here on is in no backup"),
        if_interrupted="act again",
        by_hand=clients.LET_BACK),
))
# fmt: on
