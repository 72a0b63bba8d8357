"""The scheduler process: several may run, one leads by lease and rings each second."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from jobs.alarms.letters import Letters
from jobs.alarms.lookout import Lookout
from jobs.alarms.mail import Duty
from jobs.records.archive import Archive
from jobs.records.attestations import Attestations
from jobs.records.board import Board
from jobs.records.bugs import AWAY, going_on
from jobs.records.connection import Address, Connection
from jobs.records.inbox import Inbox
from jobs.records.journal import Journal
from jobs.records.keys import KeyRing
from jobs.records.lease import Lease, held
from jobs.runs.orders import StandingOrder
from jobs.work.bell import Bell
from jobs.work.reconciler import Reconciler
from jobs.work.schedule import Schedule
from playbooks.core.world.objects import Objects

_LOG: Final = logging.getLogger(__name__)
_ROUND: Final = 1.0  # Seconds.
_LEASE: Final = "scheduler"


@dataclass(frozen=True, kw_only=True)
class Tower:
    """What a scheduler process is given by composition; it has no key and decides nothing."""

    name: str  # Of this process, for people who read the lease.
    redis: Address
    bell_secret: bytes = field(repr=False)
    ring: KeyRing
    objects: Callable[[], Objects]
    now: Callable[[], datetime]
    orders: tuple[StandingOrder, ...] = ()  # What it rings for by the clock.
    duty: Duty | None = None  # None: no route for mail, so nobody is written to.


def schedule(tower: Tower) -> None:
    """Ring until SIGTERM, which ends it within a second."""
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_until_told(tower))


async def _until_told(tower: Tower) -> None:
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    # Beside the rings, so that neither a mail server nor a lost Redis keeps one from the other.
    async with asyncio.TaskGroup() as group:
        group.create_task(_ring(tower))
        if tower.duty is None:
            _LOG.warning("no mail route is configured, so nobody is told when no bot answers")
        else:
            group.create_task(_look_out(tower, tower.duty))


async def _ring(tower: Tower) -> None:
    while True:
        try:
            with going_on("scheduler"):
                await _lead(tower)
        except AWAY as error:
            _LOG.warning("redis does not answer", extra={"type": type(error).__name__})
        await asyncio.sleep(_ROUND)


async def _look_out(tower: Tower, duty: Duty) -> None:
    connection = tower.redis.connect(patient=False)
    journal = Journal(connection, tower.ring, None)
    letters = Letters(duty, connection, tower.now)
    try:
        await Lookout(connection, journal, letters, tower.orders).watch()
    finally:
        await connection.close()


async def _lead(tower: Tower) -> None:
    """Hold the lead for as long as it is ours; return where another scheduler has it."""
    connection = tower.redis.connect()
    # Impatient: a thread that waits for Redis would hold up the end of this process.
    client = tower.redis.connect_sync(patient=False)
    try:
        async with held(connection, tower.redis, _LEASE, tower.name) as lease:
            if lease is not None:
                bell = Bell(client, tower.bell_secret)
                reconciler = _reconciler(tower, connection, bell)
                await _rounds(tower, reconciler, Schedule(tower.orders, connection, bell), lease)
    finally:
        client.close()
        await connection.close()


async def _rounds(tower: Tower, reconciler: Reconciler, clock: Schedule, lease: Lease) -> None:
    while lease.is_ours():
        with going_on("schedule"):
            await clock.once(tower.now())
        with going_on("reconciler"):
            await reconciler.once(tower.now())
        await asyncio.sleep(_ROUND)


def _reconciler(tower: Tower, connection: Connection, bell: Bell) -> Reconciler:
    journal = Journal(connection, tower.ring, None)
    return Reconciler(
        connection=connection,
        inbox=Inbox(connection),
        journal=journal,
        board=Board(connection),
        archive=Archive(tower.objects(), journal),
        attestations=Attestations(connection, None, tower.ring, None),
        bell=bell,
    )
