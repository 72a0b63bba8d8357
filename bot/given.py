"""What composition gives to a bot or a terminal, and the records that each opens of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import redis.asyncio
from redis.asyncio.connection import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TooLate

from bot.desk import Desk
from bot.knowledge import Library
from bot.shelf import Shelf
from jobs.people import People
from jobs.records.attestations import Attestations
from jobs.records.board import Board
from jobs.records.connection import Address, Connection
from jobs.records.inbox import Inbox
from jobs.records.journal import Journal
from jobs.records.keys import KeyRing
from jobs.work.bell import Bell
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

# A bot outlives a Redis that is away for a restart.
_PAUSE: Final = 0.5
_ATTEMPTS: Final = 120
# Opening a connection takes redis-py about 10 ms of work, so fifty commands at once must share
# a few that are open already.
_CONNECTIONS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Given:
    redis: Address
    bell_secret: bytes = field(repr=False)
    ring: KeyRing
    people: People
    playbooks: Mapping[str, Playbook[Any, Any]]  # By Playbook.name.
    now: Callable[[], Moment]
    name: str  # Of this process, for people who read a lease.


@dataclass(frozen=True, kw_only=True)
class Opened:
    """No journal key is among them: whoever holds these can ask, read and show."""

    connection: Connection
    inbox: Inbox
    journal: Journal
    board: Board
    shelf: Shelf
    desk: Desk
    library: Library


@asynccontextmanager
async def opened(given: Given) -> AsyncIterator[Opened]:
    """Open the records for the life of a process."""
    if not given.people.approvers:
        raise Trouble(
            "The configuration names no approvers",
            left="nothing was started, since then nobody or anybody could approve",
            do="name at least one under `approval.approvers`",
        )
    client, ringer = _client(given.redis), given.redis.connect_sync()
    connection, shelf = Connection(client), Shelf(client)
    inbox, journal = Inbox(connection), Journal(connection, given.ring, None)
    board, attestations = Board(connection), Attestations(connection, None, given.ring, None)
    desk = Desk(inbox, attestations, Bell(ringer, given.bell_secret), shelf, given.now)
    library = Library(journal, board, attestations, given.playbooks, given.people)
    try:
        await asyncio.gather(*(connection.get("bot:cursor") for _ in range(_CONNECTIONS)))
        yield Opened(
            connection=connection,
            inbox=inbox,
            journal=journal,
            board=board,
            shelf=shelf,
            desk=desk,
            library=library,
        )
    finally:
        ringer.close()
        await connection.close()


def _client(address: Address) -> redis.asyncio.Redis:
    retry: Any = Retry(ConstantBackoff(_PAUSE), _ATTEMPTS)
    pool = BlockingConnectionPool.from_url(
        address.url,
        max_connections=_CONNECTIONS,
        timeout=None,  # Whoever comes later waits.
        decode_responses=True,
        retry=retry,
        retry_on_error=[Unreachable, TooLate],
    )
    return redis.asyncio.Redis.from_pool(pool)
