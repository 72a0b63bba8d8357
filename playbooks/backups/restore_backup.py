"""Restore a running cluster from a backup under the same keys. Clients are cut off meanwhile."""

from datetime import timedelta
from typing import Final

from playbooks.core.backup import Backup
from playbooks.core.danger import Danger
from playbooks.core.objective import DATA_CENTRE_LOSS
from playbooks.core.plan import NotForMe
from playbooks.core.playbook import Playbook
from playbooks.core.step import HARMLESS, CannotUndo, Instead, do, prove, wait_until
from playbooks.core.trouble import Trouble
from playbooks.core.world.backups import Associated
from playbooks.core.world.world import World
from playbooks.steps.by_hand import backups, clients, nodes
from playbooks.steps.canaries import (
    canaries_read_back,
    every_node_holds_backup,
    no_node_holds_other_data,
    restart_lagging_nodes,
)
from playbooks.steps.clients import (
    clients_are_back,
    clients_are_cut_off,
    cut_clients_off,
    let_clients_back,
)
from playbooks.steps.copies import copy_is_kept, keep_copy
from playbooks.steps.custodians import nodes_are_unsealed
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
from playbooks.steps.situation import Between, Empty, active_node, situation


async def look(ask: RestoreAsk, world: World) -> RestorePlan | NotForMe:
    """Plan a restore where a node is active under the very keys that the backup needs."""
    cluster = world.clusters.named(ask.cluster)
    found = await situation(cluster, world)
    match found:
        case Between(refusal=refusal):
            return refusal
        case Empty():
            return NotForMe(why=f"{cluster.name} is empty", do="rebuild it from a backup")
        case _:
            pass
    backup = await choose(ask, cluster.name, world)
    generation = await generation_of(backup, world)
    active = await active_node(cluster.name, world)
    if generation.number == UNKNOWN:
        return which_keys(backup)
    newest = (await world.backups.generations(cluster.name))[-1]
    if (active.cluster_id, newest.number) != (backup.cluster_id, generation.number):
        return NotForMe(
            why=f"{cluster.name} runs under other keys than {backup.name} was made with",
            do="rebuild it from the backup",
        )
    if is_newer(backup.vault_version, active.version or ""):
        return NotForMe(
            why=f"{backup.name} comes from {backup.vault_version}, {cluster.name} runs"
            f" {active.version}",
            do="upgrade the nodes first, or pick an older backup",
        )
    tells = (
        *what_it_costs(backup, cluster, world),
        await _what_comes_back(backup, world),
        who_opens_it(generation) + ", if a node has to be restarted",
    )
    return RestorePlan(**chosen(backup, cluster, world), tells=tells)


async def _what_comes_back(backup: Backup, world: World) -> str:
    """Tell approvers what the load brings back, as far as metadata alone can tell."""
    try:
        changes = await world.vault.changes_since(backup.cluster, backup.taken_at)
    except Trouble as trouble:
        secrets = f"old values of secrets (how many is not known: {trouble.happened})"
    else:
        names = f" ({', '.join(changes.first)})" if changes.first else ""
        secrets = f"old values of {changes.count} secrets written since{names}"
    return (
        f"Comes back to life: {secrets}, and every token and policy of that time, also those"
        " revoked since (nobody can list them)"
    )


async def backup_fits(plan: RestorePlan, world: World) -> bool:
    """The cluster may have changed while the plan waited for approval."""
    active = await active_node(plan.cluster, world)
    newest = (await world.backups.generations(plan.cluster))[-1]
    needed = await generation_of(plan.backup, world)
    return (active.cluster_id, newest.number) == (
        plan.backup.cluster_id,
        needed.number,
    ) and not is_newer(plan.backup.vault_version, active.version or "")


async def backup_is_active(plan: RestorePlan, world: World) -> bool:
    """The copy wrote a nonce of its own before, so this backup's nonce can only come from it."""
    active = await active_node(plan.cluster, world)
    return await world.vault.nonce(plan.cluster, active.node) == plan.backup.nonce


async def load_backup(plan: RestorePlan, world: World) -> None:
    """Second pass: stream into the active node. A standby would seal itself and restore nothing.

    Days may have passed since the copy, and a balancer may have been restarted: neither a client
    that writes nor data that is in no copy may meet the load.
    """
    if not await clients_are_cut_off(plan, world):
        raise Trouble(
            f"Clients reach {plan.cluster} again",
            left="nothing was loaded",
            do="cut them off at the balancer and press Try again, or press Undo and ask again",
        )
    active = await active_node(plan.cluster, world)
    if await world.vault.nonce(plan.cluster, active.node) != plan.copy_nonce:
        raise Trouble(
            f"{plan.cluster} has changed since {plan.copy_name} was kept",
            left="nothing was loaded",
            do="press Undo, then ask again for a fresh plan",
        )
    bound = Associated(cluster=plan.backup.cluster, generation=plan.backup.generation)
    pieces = world.backups.open(plan.backup.object_keys[0], bound)
    await world.vault.load(plan.cluster, active.node, pieces)


# One step an entry, in the order of the printed runbook.
# fmt: off
PLAYBOOK: Final[Playbook[RestoreAsk, RestorePlan]] = Playbook(
    name="restore_backup", word="restore", usage=USAGE,
    about="Loads a backup into a running cluster that still has the keys of the backup",
    ask=RestoreAsk, look=look, plan=RestorePlan, danger=lambda _: Danger.DESTROYS,
    objective=DATA_CENTRE_LOSS, holds=lambda plan: (f"cluster:{plan.cluster}",), steps=(
    prove("Prove that {backup.name} is whole", backup_is_whole,
        otherwise="pick an older one from `/vault backups`",
        by_hand=backups.IS_WHOLE),
    prove("Prove that {backup.name} fits what {cluster} runs", backup_fits,
        otherwise="ask again for a fresh look, the cluster has changed since the plan was made",
        by_hand=backups.FITS),
    do("Cut clients off from {cluster}",
        check=clients_are_cut_off, act=cut_clients_off, undo=let_clients_back,
        within=timedelta(seconds=10), if_interrupted="act again",
        by_hand=clients.CUT_OFF),
    do("Keep a copy of what {cluster} holds now, as {copy_name}",
        check=copy_is_kept, act=keep_copy, undo=HARMLESS, if_interrupted="act again",
        by_hand=backups.KEEP_COPY),
    do("Load the backup taken at {backup.taken_at:%Y-%m-%d %H:%M} UTC",
        check=backup_is_active, act=load_backup, within=timedelta(minutes=2),
        undo=Instead("ask for `/vault restore {copy_name}`"), if_interrupted="ask",
        by_hand=backups.LOAD),
    prove("Log in to {cluster} afresh", worker_can_log_in,
        otherwise="ask for `/vault restore {copy_name}`: this backup lacks the worker's JWT role",
        by_hand=backups.LOG_IN_AFRESH),
    do("Bring every node of {cluster} to the backup",
        check=every_node_holds_backup, act=restart_lagging_nodes, verify=no_node_holds_other_data,
        within=timedelta(seconds=30), undo=HARMLESS, if_interrupted="act again",
        by_hand=nodes.SHOW_BACKUP),
    wait_until("Wait until the custodians have unsealed every node", nodes_are_unsealed,
        within=timedelta(minutes=30), otherwise="call the custodians, then press Try again",
        by_hand=nodes.UNSEAL_ALL),
    prove("Read the canary secrets back on every node", canaries_read_back,
        otherwise="ask for `/vault restore {copy_name}`: the data is not the backup's",
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
