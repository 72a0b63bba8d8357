"""The on-call hear once that no bot answers, again each half hour, and once that one is back."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from deploy.demo import mailbox
from jobs.alarms.letters import Letters
from jobs.alarms.lookout import Lookout
from jobs.alarms.mail import Route
from jobs.records.connection import Connection
from jobs.records.heartbeat import Heartbeats
from jobs.records.journal import Journal
from jobs.runs.events import Answered, GlassBroken
from playbooks.core.values import Moment
from tests.bot.scribe import Scribe, planned
from tests.jobs.alarms import processes
from tests.jobs.alarms.boxes import inbox, opened
from tests.jobs.bench import Place, now
from tests.jobs.processes import end
from tests.jobs.work.hands import RUN, begin
from tests.servers import Valkey

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def route(place: Place) -> AsyncIterator[Route]:
    async with opened(place.folder / "box") as route:
        yield route


@pytest.fixture
async def connection(place: Place) -> AsyncIterator[Connection]:
    connection = place.address("scheduler").connect(patient=False)
    yield connection
    await connection.close()


def lookout(place: Place, route: Route, connection: Connection) -> Lookout:
    """One that has looked for an hour."""
    letters = Letters(processes.duty(route), connection, now)
    journal = Journal(connection, place.ring, None)
    return Lookout(connection, journal, letters, looks_since=now() - timedelta(hours=1))


def answered(valkey: Valkey, ago: timedelta) -> None:
    at = now() - ago
    valkey.admin().set("bot:answered", int(at.timestamp() * 1000))


async def beat(place: Place, *, connected: bool) -> None:
    connection = place.address("bot").connect()
    await Heartbeats(connection).beat("bot 1", connected=connected)
    await connection.close()


def letters_in(route: Route) -> list[EmailMessage]:
    return [message_from_bytes(raw, policy=policy.default) for raw in inbox(route)]


def subjects(route: Route) -> list[str]:
    return [str(letter["Subject"]) for letter in letters_in(route)]


async def test_an_outage_is_told_once_by_all_schedulers_and_its_end_too(
    place: Place, route: Route, connection: Connection, valkey: Valkey
) -> None:
    await begin(place)
    answered(valkey, timedelta(seconds=50))
    await lookout(place, route, connection).once()
    assert subjects(route) == []
    answered(valkey, timedelta(seconds=70))
    await asyncio.gather(*(lookout(place, route, connection).once() for _ in range(3)))
    await lookout(place, route, connection).once()
    told = letters_in(route)
    assert sorted(str(letter["To"]) for letter in told) == ["bob@example.net", "carol@example.net"]
    text = told[0].get_content()
    for words in ("What happened", "What is true now", "What to do", RUN, f'command "run {RUN}"'):
        assert words in text
    await beat(place, connected=True)
    for _ in range(2):
        await lookout(place, route, connection).once()
    assert sum("answers in Slack again" in subject for subject in subjects(route)) == 2
    assert len(subjects(route)) == 4


async def test_it_is_told_again_each_half_hour(
    place: Place, route: Route, connection: Connection, valkey: Valkey
) -> None:
    since = now() - MINUTE * 2
    valkey.admin().set("bot:answered", int(since.timestamp() * 1000))
    out = lookout(place, route, connection)
    await out.once()
    valkey.admin().set("bot:answered", int((since - MINUTE * 30).timestamp() * 1000))
    await out.once()
    assert sum("for 32 min" in subject for subject in subjects(route)) == 2


async def test_a_bot_without_slack_does_not_count_as_one_that_answers(
    place: Place, route: Route, connection: Connection, valkey: Valkey
) -> None:
    answered(valkey, MINUTE * 2)
    await beat(place, connected=False)
    await lookout(place, route, connection).once()
    assert "bot 1: running, but without a connection" in letters_in(route)[0].get_content()


async def test_who_has_only_begun_to_look_raises_no_alarm(
    place: Place, route: Route, connection: Connection, valkey: Valkey
) -> None:
    answered(valkey, timedelta(hours=9))
    out = lookout(place, route, connection)
    out.looks_since = None
    await out.once()
    assert subjects(route) == []


async def test_a_lost_redis_is_told_once_and_its_return(
    own_place: Place, own_valkey: Valkey
) -> None:
    connection = own_place.address("scheduler").connect(patient=False)
    async with opened(own_place.folder / "box") as route:
        ahead = timedelta(0)

        def clock() -> Moment:
            return now() + ahead

        letters = Letters(processes.duty(route), connection, clock)
        out = Lookout(connection, Journal(connection, own_place.ring, None), letters)
        await out.once()
        own_valkey.kill()
        await out.once()
        assert subjects(route) == []
        ahead = MINUTE
        for _ in range(3):
            await out.once()
        assert len(subjects(route)) == 2
        assert "Redis does not answer since" in subjects(route)[0]
        own_valkey.start()
        for _ in range(2):
            await out.once()
        assert subjects(route)[2:] == ["vault-responder: Redis answers again"] * 2
    await connection.close()


async def test_a_letter_that_was_not_taken_is_tried_again_later(
    place: Place, connection: Connection, valkey: Valkey
) -> None:
    folder = place.folder / "box"
    async with opened(folder) as route:
        pass
    answered(valkey, MINUTE * 2)
    ahead = timedelta(0)
    letters = Letters(processes.duty(route), connection, lambda: now() + ahead)
    journal = Journal(connection, place.ring, None)
    out = Lookout(connection, journal, letters, looks_since=now() - timedelta(hours=1))
    await out.once()
    server = await mailbox.serve(folder, route.port)
    await out.once()
    assert inbox(route) == []
    ahead = timedelta(seconds=6)
    await out.once()
    assert len(inbox(route)) == 2
    server.close()


async def test_whoever_was_skipped_when_glass_broke_gets_one_letter(
    place: Place, route: Route, connection: Connection
) -> None:
    plan = planned(await place.ask(RUN), needs=2).model_copy(update={"break_glass": True})
    scribe, digest = Scribe(place), plan.digest
    await scribe.write(RUN, plan)
    press = Answered(id="press-1", by="alice", account="U0ALICE")
    await scribe.write(
        RUN,
        GlassBroken(at=now(), press=press, digest=digest, reason="on fire", skipped=("carol",)),
    )
    await beat(place, connected=True)
    for _ in range(2):
        out = lookout(place, route, connection)
        await out.once()
        await out.once()
    [letter] = letters_in(route)
    assert letter["To"] == "carol@example.net"
    text = letter.get_content()
    for words in ("alice broke the glass", "on fire", f'command "cancel {RUN}"'):
        assert words in text


async def test_two_scheduler_processes_write_once_after_a_minute(
    place: Place, route: Route
) -> None:
    begun = time.monotonic()
    running = [processes.start(place, route) for _ in range(2)]
    try:
        while len(inbox(route)) < 2:
            assert time.monotonic() - begun < 90
            await asyncio.sleep(0.1)
        assert time.monotonic() - begun > 58
        await asyncio.sleep(3)
        assert len(inbox(route)) == 2
        running[0].terminate()
        stopped = time.monotonic()
        assert await asyncio.to_thread(running[0].wait, 10) == 0
        assert time.monotonic() - stopped < 3
    finally:
        for process in running:
            end(process)
