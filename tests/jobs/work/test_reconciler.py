"""Laws of the reconciler: every lost ring is repeated, and nothing is rung for in vain."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from jobs.people import Button
from jobs.records.archive import Archive
from jobs.records.attestations import Attest, Attestations
from jobs.records.board import Board
from jobs.records.inbox import Inbox
from jobs.records.journal import Journal
from jobs.records.lease import held
from jobs.work.bell import Bell
from jobs.work.reconciler import Reconciler
from playbooks.core.danger import Danger
from tests.jobs.bench import Place, member, now
from tests.jobs.work.hands import RUN, begin, drive
from tests.servers import Valkey


class Rounds:
    """A reconciler, and what it rang in the last round."""

    def __init__(self, place: Place, valkey: Valkey) -> None:
        self._admin: Any = valkey.admin()
        self.in_order: list[str] = []  # The runs whose history was rung for.
        self.connection = place.address("scheduler").connect()
        journal = Journal(self.connection, place.ring, None)
        client = place.address("scheduler").connect_sync()
        self._reconciler = Reconciler(
            connection=self.connection,
            inbox=Inbox(self.connection),
            journal=journal,
            board=Board(self.connection),
            archive=Archive(place.objects(), journal),
            attestations=Attestations(self.connection, None, place.ring, None),
            bell=Bell(client, place.bell_secret),
        )

    async def rung(self, at: datetime) -> set[str]:
        """Make a round, and hear every ring of it."""
        for key in self._admin.keys("rq:*"):
            self._admin.delete(key)
        await self._reconciler.once(at)
        self.in_order = list(self._reconciler.searched_for)
        echoes = [key.removeprefix("rq:rung:") for key in self._admin.keys("rq:rung:*")]
        return {echo for echo in echoes if echo != "refresh:all"}


@pytest.fixture
async def rounds(place: Place, valkey: Valkey) -> AsyncIterator[Rounds]:
    rounds = Rounds(place, valkey)
    yield rounds
    await rounds.connection.close()


async def test_a_request_is_rung_for_until_it_is_answered(place: Place, rounds: Rounds) -> None:
    await place.ask(RUN)
    assert await rounds.rung(now()) == {f"look:{RUN}"}
    await begin(place)
    assert await rounds.rung(now()) == {f"act:{RUN}"}


async def test_a_run_under_way_is_rung_for_only_while_nobody_drives_it(
    place: Place, rounds: Rounds
) -> None:
    await begin(place)
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, f"lease:{RUN}", "w"):
        assert await rounds.rung(now()) == set()
    await connection.close()
    assert await rounds.rung(now()) == {f"act:{RUN}"}
    await drive(place, RUN)
    assert await rounds.rung(now()) == set()


async def test_approval_is_rung_for_when_someone_pressed_or_at_its_expiry(
    place: Place, rounds: Rounds
) -> None:
    await begin(place, danger=Danger.DESTROYS)
    assert await rounds.rung(now()) == set()
    assert await rounds.rung(now() + timedelta(minutes=61)) == {f"act:{RUN}"}
    await place.press(RUN, Button.APPROVE, "bob")
    assert await rounds.rung(now()) == {f"act:{RUN}"}
    await drive(place, RUN)
    assert await rounds.rung(now()) == set()


async def test_a_wait_is_asked_every_two_seconds(place: Place, rounds: Rounds) -> None:
    await begin(place, waits=True)
    await drive(place, RUN)
    start = now()
    rung = [await rounds.rung(start + timedelta(seconds=second)) for second in range(6)]
    assert [bool(one) for one in rung] == [True, False, True, False, True, False]


async def test_a_stopped_run_waits_for_a_press(place: Place, rounds: Rounds) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    await place.press(RUN, Button.CANCEL, "alice")
    await drive(place, RUN)
    assert await rounds.rung(now()) == set()
    await place.press(RUN, Button.LEAVE, "bob")
    assert await rounds.rung(now()) == {f"act:{RUN}"}


async def test_an_altered_run_is_brought_before_a_worker_now_and_then(
    place: Place, rounds: Rounds, valkey: Valkey
) -> None:
    await begin(place)
    valkey.admin().xadd(f"journal:{RUN}", {"body": "forged"})
    start = now()
    rung = [await rounds.rung(start + timedelta(seconds=second)) for second in (0, 1, 9, 10)]
    assert [bool(one) for one in rung] == [True, False, False, True]
    assert not await drive(place, RUN)


async def test_copies_that_are_missing_in_the_store_are_completed(
    place: Place, rounds: Rounds
) -> None:
    await begin(place)
    await drive(place, RUN)
    copies = await place.objects().list(f"journal/{RUN}/")
    for copy in copies[2:4]:
        (place.folder / "store" / copy).unlink()
    await rounds.rung(now())
    assert await place.objects().list(f"journal/{RUN}/") == copies


async def test_what_someone_vouched_for_is_rung_for_until_it_is_signed(
    place: Place, rounds: Rounds
) -> None:
    connection = place.address("bot").connect()
    wish = Attest(id="env-1", item="2.1", note="seen", who=member("bob"), at=now())
    await Attestations(connection, None, place.ring, None).ask(wish)
    assert await rounds.rung(now()) == {"attest:env-1"}
    await connection.close()
