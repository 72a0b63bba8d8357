"""Somebody writes into Redis as the worker does, without its key: workers leave the run alone."""

from typing import Any, Final

import pytest
import redis
from redis.exceptions import NoPermissionError

from jobs.people import Button
from jobs.runs.proofs import ProofKind
from jobs.runs.state import AwaitsApproval, Ended
from tests.attacks.forgery import Entry, needing_nobody, read, with_approvals, write
from tests.attacks.room import Room
from tests.jobs.work.hands import RUN

_NOT_SIGNED: Final = "is not signed by any worker"
# What people ask and press, and what the bot and the scheduler remember.
_OTHERS: Final = (
    ("XADD", "asked", "*", "run", RUN),
    ("XADD", f"inbox:{RUN}", "*", "kind", "press", "body", "{}"),
    ("DEL", f"inbox:{RUN}"),
    ("SET", "bot:cursor", "0"),
    ("HSET", "scheduler", "epoch", "9"),
    ("FLUSHALL",),
)


@pytest.fixture
def worker(room: Room) -> Any:
    """A client with the worker's password."""
    return redis.Redis.from_url(room.place.urls["worker"], decode_responses=True)


async def test_approvals_that_no_worker_signed_begin_nothing(room: Room, worker: Any) -> None:
    room.proof = ProofKind.CLICK  # Nothing but the worker's signature is in the way.
    await room.plan()
    write(worker, RUN, with_approvals(RUN, read(worker, RUN)))
    await _is_left_alone(room, f"Event 2 of run {RUN} {_NOT_SIGNED}")


async def test_an_edited_event_begins_nothing(room: Room, worker: Any) -> None:
    await room.plan()
    write(worker, RUN, needing_nobody(RUN, read(worker, RUN)))
    await _is_left_alone(room, f"Event 1 of run {RUN} {_NOT_SIGNED}")


async def test_an_event_that_was_edited_and_not_hashed_anew_begins_nothing(
    room: Room, worker: Any
) -> None:
    await room.plan()
    [entry] = read(worker, RUN)
    edited = {**entry, "body": entry["body"].replace('"needs":2', '"needs":0')}
    assert edited != entry
    write(worker, RUN, [edited])
    await _is_left_alone(room, f"Event 1 of run {RUN} does not match its own hash")


async def test_a_journal_whose_tail_was_deleted_begins_nothing(room: Room, worker: Any) -> None:
    """What is left is whole and signed: a plan that Bob approved, before Carol denied it."""
    await room.plan()
    await room.approve("bob")
    await room.drive()
    before: list[Entry] = read(worker, RUN)
    await room.press("carol", button=Button.DENY)
    await room.drive()
    assert isinstance((await room.state()).stage, Ended)
    write(worker, RUN, before)
    await room.approve("carol")
    assert isinstance((await room.state()).stage, AwaitsApproval)
    says = f"The object store knows another event {len(before) + 1} of run {RUN} than Redis does"
    await _is_left_alone(room, says)


async def test_a_journal_that_was_deleted_begins_nothing_anew(room: Room, worker: Any) -> None:
    """The request is still in the inbox, so a looker could plan it again."""
    await room.plan()
    await room.approve("bob", "carol")
    before = await room.trace()
    worker.delete(f"journal:{RUN}", f"run:{RUN}")
    await room.look()
    assert not await room.drive()
    after = await room.trace()
    assert after.besides_journal == before.besides_journal
    assert after.journal == {}


async def test_another_redis_than_the_one_that_counts_begins_nothing(
    room: Room, worker: Any
) -> None:
    await room.plan()
    await room.approve("bob", "carol")
    worker.set("generation", "mine")
    await _is_left_alone(room, "Redis is not the one that the object store knows")


async def test_the_workers_password_presses_nothing_for_people(room: Room, worker: Any) -> None:
    await room.plan()
    before = room.records()
    for command in _OTHERS:
        with pytest.raises(NoPermissionError, match=r"(?i)no permissions"):
            worker.execute_command(*command)
    assert room.records() == before


async def _is_left_alone(room: Room, says: str) -> None:
    """A worker does nothing, writes nothing, and puts its reason where the bot finds it."""
    before = room.records(), room.files()
    assert not await room.drive()
    assert says in await room.note()
    assert (room.records(), room.files()) == before
    assert room.effects() == []
