"""What a worker process is given by composition, and what each job opens of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.people import People
from jobs.records.archive import Archive
from jobs.records.attestations import Attestations
from jobs.records.board import Board
from jobs.records.connection import Address, Connection
from jobs.records.generation import Generation
from jobs.records.inbox import Inbox
from jobs.records.journal import Journal
from jobs.records.keys import KeyRing, SigningKey
from jobs.records.lease import USUAL
from jobs.records.locks import Locks
from jobs.records.prover import Prover
from jobs.records.signers import NOBODY, AllowedSigners
from jobs.runs.planning import ApprovalRules
from jobs.work.bell import Bell
from jobs.work.rings import QueueName
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.world.objects import Objects
from playbooks.core.world.world import World


@dataclass(frozen=True, kw_only=True)
class Trusted:
    """Whose word counts, as the configuration says it at this moment."""

    people: People
    rules: ApprovalRules
    signers: AllowedSigners
    codes: Mapping[str, Path]


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Built once, before the first fork, so it holds no connection.

    Neither sockets nor the object store's threads survive a fork: both are opened within a job.
    """

    queue: QueueName
    name: str  # Of this process, for people who read a lease.
    redis: Address
    bell_secret: bytes = field(repr=False)
    key: SigningKey
    ring: KeyRing
    people: People
    rules: ApprovalRules
    signers: AllowedSigners = NOBODY
    codes: Mapping[str, Path] = field(default_factory=dict)  # Authenticators' secrets, by person.
    clusters: tuple[str, ...]
    playbooks: Mapping[str, Playbook[Any, Any]]  # By Playbook.name.
    objects: Callable[[], Objects]
    world: Callable[[], AbstractAsyncContextManager[World]]
    now: Callable[[], datetime]
    fresh: Callable[[], str]  # 32 random hexadecimal digits.
    lease: timedelta = USUAL
    # Asked at each ring, so that whoever is taken out of the configuration counts no more from then
    # on. None: what the workshop was built with stays.
    trusted: Callable[[], Trusted] | None = None
    unreadable: Trouble | None = None  # Why nobody's word counts now. None: it can be read.

    def as_it_stands(self) -> "Workshop":
        """Read anew whose word counts; where that fails, say so instead of going on with before."""
        if self.trusted is None:
            return self
        try:
            now = self.trusted()
        except Trouble as trouble:
            return replace(self, unreadable=trouble)
        return replace(
            self, people=now.people, rules=now.rules, signers=now.signers, codes=now.codes
        )


@dataclass(frozen=True)
class Records:
    """All records over one connection, for the length of one job."""

    connection: Connection
    inbox: Inbox
    journal: Journal
    board: Board
    archive: Archive
    locks: Locks
    generation: Generation
    attestations: Attestations
    prover: Prover
    bell: Bell


@asynccontextmanager
async def opened(shop: Workshop) -> AsyncIterator[Records]:
    """Open the records for one job."""
    connection = shop.redis.connect()
    client = shop.redis.connect_sync()
    objects = shop.objects()
    journal = Journal(connection, shop.ring, shop.key)
    try:
        yield Records(
            connection=connection,
            inbox=Inbox(connection),
            journal=journal,
            board=Board(connection),
            archive=Archive(objects, journal),
            locks=Locks(connection, objects, shop.ring, shop.key),
            generation=Generation(connection, objects, shop.fresh),
            attestations=Attestations(connection, objects, shop.ring, shop.key),
            prover=Prover(shop.signers, shop.codes, objects),
            bell=Bell(client, shop.bell_secret),
        )
    finally:
        client.close()
        await connection.close()
