"""A rotation of shares that outlives its run is told: custodians may finish it unrecorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from bot.blocks.status import status
from jobs.alarms.letters import Letters
from jobs.alarms.lookout import Lookout
from jobs.alarms.mail import Route
from jobs.records.board import Board
from jobs.records.connection import Connection
from jobs.records.journal import Journal
from jobs.runs.views import ClusterView
from jobs.work.refresh import refresh
from jobs.work.workshop import opened as opened_shop
from playbooks.core.backup import RotationNote
from playbooks.core.world.world import World
from tests.bot.scribe import Scribe, planned
from tests.bot.test_due import ASKED
from tests.jobs.alarms import processes
from tests.jobs.alarms.boxes import inbox, opened
from tests.jobs.bench import Place, now
from tests.servers import Valkey
from tests.worlds.toy import ToyWorld

MARK = "rotation-20261125-020000"


class Post:
    """What arrives, for one clock."""

    def __init__(self, place: Place, connection: Connection, route: Route) -> None:
        self.place, self.connection, self.route = place, connection, route
        self.ahead = timedelta(0)
        letters = Letters(processes.duty(route), connection, lambda: now() + self.ahead)
        journal = Journal(connection, place.ring, None)
        self.lookout = Lookout(connection, journal, letters, looks_since=now())

    async def look(self, *marks: str) -> list[EmailMessage]:
        """Look now, where a looker has just seen these rotations; all letters about them."""
        worker = self.place.address("worker").connect()
        at = now() + self.ahead
        view = ClusterView(
            cluster="prod", at=at, nodes=(), balancer=None, backups=(), rotations=marks
        )
        await Board(worker).put_cluster(view)
        await worker.close()
        await self.lookout.once()
        told = [message_from_bytes(raw, policy=policy.default) for raw in inbox(self.route)]
        return [letter for letter in told if "shares of prod" in str(letter["Subject"])]


@pytest.fixture
async def post(place: Place, valkey: Valkey) -> AsyncIterator[Post]:
    valkey.admin().set("bot:answered", int(now().timestamp() * 1000))
    connection = place.address("scheduler").connect(patient=False)
    async with opened(place.folder / "box") as route:
        yield Post(place, connection, route)
    await connection.close()


async def test_the_on_call_hear_once_of_a_rotation_that_was_left(post: Post) -> None:
    assert await post.look(MARK) == []
    post.ahead = timedelta(minutes=1, seconds=1)
    told = await post.look(MARK)
    assert sorted(str(letter["To"]) for letter in told) == ["bob@example.net", "carol@example.net"]
    text = told[0].get_content()
    for words in (MARK, "vault-responder adopt prod", "no record says so", "What to do"):
        assert words in text
    post.ahead = timedelta(minutes=9)
    assert len(await post.look(MARK)) == 2


async def test_nobody_is_written_to_while_its_run_is_open(post: Post) -> None:
    await Scribe(post.place).write("run-1", planned(ASKED, needs=2))
    for minutes in (0, 2, 4):
        post.ahead = timedelta(minutes=minutes)
        assert await post.look(MARK) == []


async def test_a_run_has_the_time_to_record_what_came_of_it(post: Post) -> None:
    assert await post.look(MARK) == []
    post.ahead = timedelta(seconds=50)
    assert await post.look() == []
    post.ahead = timedelta(seconds=70)
    assert await post.look(MARK) == []


@pytest.mark.parametrize(
    ("settled", "adopted", "seen"),
    [(False, False, (MARK,)), (True, False, ()), (False, True, ())],
    ids=["left", "settled", "adopted"],
)
async def test_the_board_shows_what_no_run_settled_and_nobody_adopted(
    place: Place, *, settled: bool, adopted: bool, seen: tuple[str, ...]
) -> None:
    toy = ToyWorld()
    [recorded] = toy.backups.known
    assert recorded.shares_mark is not None
    note = RotationNote(
        cluster="prod",
        mark=MARK,
        fingerprints=(),
        shares_mark=recorded.shares_mark,
        leader="n1",
        settled=settled,
    )
    toy.backups.kept_notes[MARK] = note
    if adopted:
        newer = recorded.model_copy(update={"number": 2, "shares_mark": "e" * 64})
        toy.backups.known.append(newer)

    @asynccontextmanager
    async def world() -> AsyncIterator[World]:
        yield toy.world()

    shop = replace(place.workshop("look"), world=world)
    async with opened_shop(shop) as records:
        await refresh(shop, records)
    view = await Board(place.address("bot").connect()).cluster("prod")
    assert view is not None
    assert view.rotations == seen
    said = str(status((view,), (), now()).blocks)
    assert (MARK in said) == ("vault-responder adopt prod" in said) == bool(seen)
