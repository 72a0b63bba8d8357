"""Store a snapshot of the active node: streamed, verified, encrypted, read back, catalogued."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from playbooks.core.backup import Backup
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Name
from playbooks.core.world.backups import Associated
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.snapshot.archive import ArchiveCheck, checked
from playbooks.snapshot.shares import SharesMark, marked
from playbooks.steps.generations import number_of
from playbooks.steps.situation import active_node


@dataclass(frozen=True)
class Target:
    """Where a snapshot goes; every name was chosen when the plan was made."""

    cluster: Name
    name: Name
    kind: str  # As in Backup.kind.
    keys: tuple[str, ...]
    nonce: str
    generation: int  # As it was when the plan was made; an archive may turn out to be of another.


class OtherShares(Trouble):
    """The archive is whole, and its shares are not those of the generation that it was to have."""

    def __init__(self, target: Target, number: Count) -> None:
        recorded = f"of key generation {number}" if number else "recorded nowhere"
        super().__init__(
            f"The shares that open {target.name} are {recorded}, not of generation"
            f" {target.generation}: they were changed",
            left="the catalogue has no entry of it",
            do=f"run `vault-responder adopt {target.cluster}` on a worker, then store it again",
        )
        self.number = number


async def keep_snapshot(target: Target, world: World) -> None:
    """Write its nonce, store it, read it back and enter it, all in one. Raises Trouble."""
    if await world.backups.find(target.cluster, target.name) is not None:
        return  # A catalogue entry is final, and a second snapshot would not be the one it names.
    await world.vault.write_nonce(target.cluster, target.nonce)
    await store_snapshot(target, world)
    await world.backups.enter(await draft_reads_back(target.cluster, target.name, world))


async def store_snapshot(target: Target, world: World) -> Backup:
    """Take a snapshot of the active node and store it; keeps a draft of the entry.

    A backup under shares that people made by hand is better than none: it says so, and is bound to
    its true number, for which it is stored once more. Raises Trouble.
    """
    active = await active_node(target.cluster, world)
    try:
        return await store_archive(target, world.vault.snapshot(target.cluster, active.node), world)
    except OtherShares as other:
        true = replace(target, generation=other.number)
    return await store_archive(true, world.vault.snapshot(target.cluster, active.node), world)


async def store_archive(target: Target, archive: AsyncIterator[bytes], world: World) -> Backup:
    """Verify, encrypt and store what comes; keeps a draft of the entry. Raises Trouble."""
    before = await active_node(target.cluster, world)
    taken_at = world.now()
    check, shares = ArchiveCheck(), SharesMark()
    bound = Associated(cluster=target.cluster, generation=target.generation)
    whole = checked(marked(archive, shares), check)
    sealed = await world.backups.seal(target.keys[0], bound, whole)
    facts = check.finish()
    marks = await world.vault.marks(target.cluster, before.node)
    nonce = await world.vault.nonce(target.cluster, before.node)
    _stood_still(before, await active_node(target.cluster, world), nonce == target.nonce)
    await _must_be_its_generation(target, before, shares, world)
    draft = Backup.model_validate(
        {
            "name": target.name,
            "kind": target.kind,
            "cluster": target.cluster,
            "cluster_id": before.cluster_id,
            "object_keys": target.keys,
            "taken_at": taken_at,
            "vault_version": before.version,
            "raft_index": facts.raft_index,
            "generation": target.generation,
            "scheme": before.scheme,
            "archive_bytes": facts.archive_bytes,
            "archive_sha256": facts.archive_sha256,
            "object_bytes": sealed.object_bytes,
            "object_sha256": sealed.object_sha256,
            "nonce": target.nonce,
            "canaries": marks,
            "shares_mark": shares.found,
        }
    )
    await world.backups.keep_draft(draft)
    return draft


async def draft_reads_back(cluster: Name, name: Name, world: World) -> Backup:
    """Decrypt the stored object to its end and compare it with the draft. Raises Trouble."""
    draft = await draft_lies_there(cluster, name, world)
    check = ArchiveCheck()
    bound = Associated(cluster=cluster, generation=draft.generation)
    async for _ in checked(world.backups.open(draft.object_keys[0], bound), check):
        pass
    if check.finish().archive_sha256 != draft.archive_sha256:
        raise _altered(draft)
    return draft


async def draft_lies_there(cluster: Name, name: Name, world: World) -> Backup:
    """Compare the object as it lies in the store with the draft. Raises Trouble."""
    draft = await world.backups.draft(cluster, name)
    if draft is None:
        raise Trouble(
            f"What is known of {name} is not in the store",
            left="the catalogue has no entry of it",
            do="press Try again",
        )
    there = await world.backups.fingerprint(cluster, draft.object_keys[0])
    if there.object_sha256 != draft.object_sha256:
        raise _altered(draft)
    return draft


async def _must_be_its_generation(
    target: Target, active: NodeState, shares: SharesMark, world: World
) -> None:
    """Raises OtherShares. A cluster that opens itself, or that nobody adopted, has nothing to tell.

    The second time the number is what the first one found, so this holds but for a new rotation.
    """
    generations = await world.backups.generations(target.cluster)
    ours = active.cluster_id or ""
    if shares.found is None or not any(each.cluster_id == ours for each in generations):
        return
    number = number_of(generations, ours, shares.found, target.generation)
    if number != target.generation:
        raise OtherShares(target, number)


def _altered(draft: Backup) -> Trouble:
    return Trouble(
        f"The object {draft.object_keys[0]} is not what was written",
        left="the catalogue has no entry of it",
        do="look at the store, then press Try again",
    )


def _stood_still(before: NodeState, after: NodeState, nonce_is_there: bool) -> None:  # noqa: FBT001 -- private, one caller
    if (before.node, before.cluster_id) == (after.node, after.cluster_id) and nonce_is_there:
        return
    raise Trouble(
        f"The cluster changed while its snapshot was taken ({before.node} was active,"
        f" now {after.node} is)",
        left="the catalogue has no entry of it",
        do="press Try again once the cluster is calm",
    )
