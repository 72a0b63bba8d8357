"""Store a snapshot of the active node: streamed, verified, encrypted, read back, catalogued."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from playbooks.core.backup import Backup
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.backups import Associated
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.snapshot.archive import ArchiveCheck, checked
from playbooks.steps.situation import active_node


@dataclass(frozen=True)
class Target:
    """Where a snapshot goes; every name was chosen when the plan was made."""

    cluster: Name
    name: Name
    kind: str  # As in Backup.kind.
    keys: tuple[str, ...]
    nonce: str
    generation: int


async def keep_snapshot(target: Target, world: World) -> None:
    """Write its nonce, store it, read it back and enter it, all in one. Raises Trouble."""
    if await world.backups.find(target.cluster, target.name) is not None:
        return  # A catalogue entry is final, and a second snapshot would not be the one it names.
    await world.vault.write_nonce(target.cluster, target.nonce)
    await store_snapshot(target, world)
    await world.backups.enter(await draft_reads_back(target.cluster, target.name, world))


async def store_snapshot(target: Target, world: World) -> Backup:
    """Take a snapshot of the active node and store it; keeps a draft of the entry."""
    active = await active_node(target.cluster, world)
    return await store_archive(target, world.vault.snapshot(target.cluster, active.node), world)


async def store_archive(target: Target, archive: AsyncIterator[bytes], world: World) -> Backup:
    """Verify, encrypt and store what comes; keeps a draft of the entry. Raises Trouble."""
    before = await active_node(target.cluster, world)
    taken_at = world.now()
    check = ArchiveCheck()
    bound = Associated(cluster=target.cluster, generation=target.generation)
    sealed = await world.backups.seal(target.keys[0], bound, checked(archive, check))
    facts = check.finish()
    marks = await world.vault.marks(target.cluster, before.node)
    nonce = await world.vault.nonce(target.cluster, before.node)
    _stood_still(before, await active_node(target.cluster, world), nonce == target.nonce)
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
