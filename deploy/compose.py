"""Builds the World and the processes that touch it: the only module that joins the two."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, assert_never

from deploy import logs
from deploy.approval_settings import known_signers
from deploy.books import all_playbooks
from deploy.order_settings import known_orders
from deploy.process import fresh, key_ring, now, own_name, redis_address
from deploy.settings import (
    CarrierSettings,
    ClusterSettings,
    HAProxyDriver,
    Settings,
    SmallDriver,
    read_settings,
)
from deploy.settings import StoreSettings as StoreTable
from jobs.records.keys import KeyRing, SigningKey, load_key, read_private
from jobs.work.history import accept
from jobs.work.release import release
from jobs.work.rings import QueueName
from jobs.work.worker import work
from jobs.work.workshop import Trusted, Workshop, opened
from playbooks.core.backup import Backup, KeyGeneration
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.world.balancer import Balancer
from playbooks.core.world.clusters import Cluster
from playbooks.core.world.world import World
from playbooks.steps.generations import to_record
from playbooks.steps.situation import active_node
from playbooks.systems.backup_key import BackupKey
from playbooks.systems.backups import StoredBackups
from playbooks.systems.balancer.haproxy import HAProxyBalancer, HAProxySettings
from playbooks.systems.balancer.small import SmallBalancer, SmallBalancerSettings
from playbooks.systems.balancers import Balancers
from playbooks.systems.clusters import ConfiguredClusters
from playbooks.systems.nodes.command import CommandNodes, NodeCommandSettings
from playbooks.systems.objects import StoredObjects, StoreSettings, open_store
from playbooks.systems.signed import Signatures
from playbooks.systems.stores import Stores
from playbooks.systems.vault.settings import LoginSettings, VaultSettings
from playbooks.systems.vault.vault import RealVault


def worker(settings: Settings, environment: Mapping[str, str], queue: QueueName) -> int:
    """Work on one queue until SIGTERM; a second one kills the step that is under way."""
    logs.begin()
    work(workshop(settings, environment, queue))
    return 0


def accept_redis(settings: Settings, environment: Mapping[str, str]) -> str:
    """Let runs begin with a Redis that was lost or replaced, once a person has looked."""

    async def accepting() -> str:
        shop = workshop(settings, environment, "act")
        async with opened(shop) as records:
            return await accept(shop, records)

    return asyncio.run(accepting())


def release_lock(settings: Settings, environment: Mapping[str, str], name: str) -> str:
    """Free what a run holds that no worker can carry on, once a person has looked."""

    async def free() -> str:
        shop = workshop(settings, environment, "act")
        async with opened(shop) as records:
            return await release(shop, records, name)

    return asyncio.run(free())


def workshop(settings: Settings, environment: Mapping[str, str], queue: QueueName) -> Workshop:
    carrier = settings.worker if queue == "act" else settings.looker
    key = load_key(carrier.signing_key_file)
    books = all_playbooks()
    counts = _trusted(settings, books)
    ring = key_ring(settings.journal)

    @asynccontextmanager
    async def world() -> AsyncIterator[World]:
        async with opened_world(settings, queue, key, ring) as touched:
            yield touched

    return Workshop(
        queue=queue,
        name=own_name(queue),
        redis=redis_address(environment),
        bell_secret=read_private(carrier.bell_key_file),
        key=key,
        ring=ring,
        people=counts.people,
        rules=counts.rules,
        signers=counts.signers,
        codes=counts.codes,
        trusted=lambda: _trusted(read_settings(environment), books),
        clusters=tuple(settings.clusters),
        playbooks=books,
        objects=lambda: stored_objects(settings.journal.records),
        world=world,
        now=now,
        fresh=fresh,
    )


def _trusted(settings: Settings, books: Mapping[str, Playbook[Any, Any]]) -> Trusted:
    orders = known_orders(settings.standing_orders, books)
    return Trusted(
        people=settings.known_people(),
        rules=settings.rules().model_copy(update={"orders": orders}),
        signers=known_signers(settings.approval),
        codes=settings.codes(),
    )


def adopt(settings: Settings, cluster: str, *, rotated: bool = False) -> str:
    """Record who opens a running cluster: once, and again after its keys changed. Raises Trouble.

    A rotation of the shares alone shows only where their mark was recorded before; whoever made one
    of another cluster, or of recovery keys, says so with `rotated`.
    """
    return asyncio.run(_adopt(settings, cluster, rotated=rotated))


async def _adopt(settings: Settings, cluster: str, *, rotated: bool) -> str:
    key, ring = load_key(settings.worker.signing_key_file), key_ring(settings.journal)
    async with opened_world(settings, "act", key, ring) as world:
        known = world.clusters.named(cluster)
        before = await world.backups.generations(cluster)
        active = await active_node(cluster, world)
        is_shamir = active.scheme is not None and active.scheme.kind == "shamir"
        mark = await world.vault.shares_mark(cluster) if is_shamir else None
        backups = await world.backups.all(cluster)
    present = KeyGeneration.model_validate(
        {
            "cluster": cluster,
            "cluster_id": active.cluster_id,
            "number": len(before) + 1,
            "scheme": active.scheme,
            "custodians": known.custodians,
            "since": now(),
            "shares_mark": mark,
        }
    )
    made = to_record(present, before, backups, rotated=rotated)
    if not made:
        return f"The keys of {cluster} are recorded already; nothing was changed."
    store = _store(settings.clusters[cluster], _signatures(key, ring), None)
    for generation in made:
        await store.enter_generation(generation)
    scheme = present.scheme
    earlier = "".join(
        f" Key generation {each.number} opens backups of {each.since:%Y-%m-%d %H:%M} UTC on: its"
        " shares were made by hand, so write down who holds them."
        for each in made[:-1]
    )
    return (
        f"{cluster} is adopted: {scheme.threshold} of {scheme.shares} shares of key generation"
        f" {made[-1].number} open it and the backups made from now on."
        f"{earlier}"
    )


async def known_in_store(
    settings: Settings, cluster: str
) -> tuple[tuple[Backup, ...], tuple[KeyGeneration, ...]]:
    """Read a cluster's catalogue, newest first, and its key generations; needs no private key."""
    signatures = _signatures(None, key_ring(settings.journal))
    store = _store(settings.clusters[cluster], signatures, None)
    return await store.all(cluster), await store.generations(cluster)


@asynccontextmanager
async def opened_world(
    settings: Settings, queue: QueueName, key: SigningKey, ring: KeyRing
) -> AsyncIterator[World]:
    """Everything a playbook may touch, for the length of one job; a looker's opens no backup."""
    carrier = settings.worker if queue == "act" else settings.looker
    role = "worker" if queue == "act" else "looker"
    clusters = settings.clusters
    backup_keys = {
        name: BackupKey(cluster.backup_key_file) if queue == "act" else None
        for name, cluster in clusters.items()
    }
    vault = RealVault(
        {name: _vault(cluster, carrier, role) for name, cluster in clusters.items()},
        mark_keys={name: key.mark_key for name, key in backup_keys.items() if key is not None},
    )
    stores = {
        name: _store(cluster, _signatures(key, ring), backup_keys[name])
        for name, cluster in clusters.items()
    }
    try:
        yield World(
            now=now,
            pause=_pause,
            fresh=fresh,
            clusters=ConfiguredClusters(
                {name: _known(name, clusters[name]) for name in clusters}, settings.pgp_keys()
            ),
            vault=vault,
            backups=Stores(stores),
            balancer=Balancers({name: _balancer(cluster) for name, cluster in clusters.items()}),
            nodes=_nodes(clusters),
        )
    finally:
        await vault.close()


def _nodes(clusters: Mapping[str, ClusterSettings]) -> CommandNodes:
    return CommandNodes(
        {
            name: NodeCommandSettings(command=cluster.node_command)
            for name, cluster in clusters.items()
            if cluster.node_command is not None
        }
    )


async def _pause(span: timedelta) -> None:
    await asyncio.sleep(span.total_seconds())


def _known(name: str, cluster: ClusterSettings) -> Cluster:
    return Cluster(
        name=name,
        nodes=tuple(cluster.nodes),
        addresses=tuple(cluster.nodes.values()),
        canaries=cluster.canaries,
        custodians=cluster.custodians,
        node_driver=cluster.node_command is not None,
    )


def _vault(cluster: ClusterSettings, carrier: CarrierSettings, role: str) -> VaultSettings:
    return VaultSettings(
        nodes=cluster.nodes,
        ca_file=cluster.ca_file,
        login=LoginSettings(mount=carrier.login_path, role=role, key_file=carrier.login_key_file),
        canaries=cluster.canaries,
        nonce_path=cluster.nonce_path,
        mounts=cluster.mounts,
    )


def stored_objects(table: StoreTable) -> StoredObjects:
    return StoredObjects(open_store(StoreSettings(**table.model_dump())), table.url)


def _store(
    cluster: ClusterSettings, signatures: Signatures, key: BackupKey | None
) -> StoredBackups:
    return StoredBackups(stored_objects(cluster.store), signatures, key)


def _signatures(key: SigningKey | None, ring: KeyRing) -> Signatures:
    """Only a worker's signature makes a catalogue entry; the key's id stands before it.

    Without a key, records can be read and not written.
    """

    def sign(message: bytes) -> str:
        if key is None:
            raise Trouble("This process has no signing key", left="nothing was written", do="")
        return f"{key.id}:{key.sign(message)}"

    def check(message: bytes, signature: str) -> bool:
        key_id, _, value = signature.partition(":")
        return ring.check(key_id, message, value) == "worker"

    return Signatures(sign=sign, check=check)


def _balancer(cluster: ClusterSettings) -> Balancer:
    match cluster.balancer:
        case HAProxyDriver(address=address, socket=socket, backend=backend):
            haproxy = HAProxySettings(address=address, socket=socket, backend=backend)
            return HAProxyBalancer(haproxy)
        case SmallDriver(address=address, control=control, token_file=token_file):
            small = SmallBalancerSettings(address=address, control=control, token_file=token_file)
            return SmallBalancer(small)
        case _:
            assert_never(cluster.balancer)
