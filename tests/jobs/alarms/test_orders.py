"""The on-call and whoever is in charge hear once a day of an order that is not carried out."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from jobs.alarms.letters import Letters
from jobs.alarms.lookout import Lookout
from jobs.alarms.mail import Route
from jobs.people import Who
from jobs.records.connection import Connection
from jobs.records.journal import Journal
from jobs.runs.events import OrderVoid, PlanRefused
from tests.bot.scribe import Scribe, planned
from tests.jobs.alarms import processes
from tests.jobs.alarms.boxes import inbox, opened
from tests.jobs.bench import Place
from tests.jobs.nightly import DUE, NIGHTLY
from tests.servers import Valkey

RUN = "order-nightly-20261126"
SCHEDULE = Who(id="nightly", standing="schedule")


class Post:
    """What arrives, for one clock."""

    def __init__(self, place: Place, connection: Connection, route: Route) -> None:
        self.place, self.connection, self.route = place, connection, route
        self.at = DUE + timedelta(minutes=1)
        duty = processes.duty(route)
        self.duty = type(duty)(route=route, on_call=("bob",), people=duty.people)

    async def look(self, times: int = 1) -> list[EmailMessage]:
        """Let schedulers look, each afresh; all letters so far."""
        for _ in range(times):
            letters = Letters(self.duty, self.connection, lambda: self.at)
            journal = Journal(self.connection, self.place.ring, None)
            out = Lookout(self.connection, journal, letters, (NIGHTLY,))
            await out.once()
            await out.once()
        return [message_from_bytes(raw, policy=policy.default) for raw in inbox(self.route)]

    async def refuse(self, run: str, order: str = "nightly") -> None:
        refused = PlanRefused(
            at=DUE,
            run=run,
            word="backup",
            who=SCHEDULE.model_copy(update={"id": order}),
            channel=None,
            reasons=("standing order nightly is void: 0 of 1 signatures count",),
        )
        await Scribe(self.place).write(run, refused)


@pytest.fixture
async def post(place: Place, valkey: Valkey) -> AsyncIterator[Post]:
    valkey.admin().set("bot:answered", 1)
    connection = place.address("scheduler").connect(patient=False)
    async with opened(place.folder / "box") as route:
        yield Post(place, connection, route)
    await connection.close()


def about_orders(letters: list[EmailMessage]) -> list[EmailMessage]:
    return [letter for letter in letters if "standing order" in str(letter["Subject"])]


async def test_a_void_order_is_told_once_a_day_and_to_whoever_is_in_charge(post: Post) -> None:
    await post.refuse(RUN)
    letters = about_orders(await post.look(times=3))
    assert sorted(str(letter["To"]) for letter in letters) == [
        "bob@example.net",
        "carol@example.net",
    ]
    text = letters[0].get_content()
    for words in ("What happened", "0 of 1 signatures count", f'command "run {RUN}"', "orders"):
        assert words in text
    post.at += timedelta(days=1)
    await post.refuse("order-nightly-20261127")
    assert len(about_orders(await post.look(times=2))) == 2  # Its run is of more than a day ago.


async def test_an_order_that_falls_before_its_first_step_is_told(post: Post) -> None:
    asked = NIGHTLY.asked(DUE.date(), DUE)
    scribe = Scribe(post.place)
    await scribe.write(RUN, planned(asked, needs=1))
    assert about_orders(await post.look()) == []
    await scribe.write(RUN, OrderVoid(at=DUE, order="nightly", why="it was changed"))
    letters = about_orders(await post.look())
    assert len(letters) == 2
    assert "it was changed" in letters[0].get_content()


async def test_a_request_in_a_schedules_name_causes_no_mail(post: Post) -> None:
    await post.refuse("r-forged")
    await post.refuse("order-hourly-20261126")
    assert about_orders(await post.look()) == []


async def test_an_order_that_nobody_begins_is_told_after_a_quarter_of_an_hour(post: Post) -> None:
    post.at = DUE + timedelta(minutes=14)
    assert about_orders(await post.look()) == []
    post.at = DUE + timedelta(minutes=16)
    letters = about_orders(await post.look(times=2))
    assert len(letters) == 2
    assert "was due at 2026-11-26 02:00 UTC and has not begun" in letters[0].get_content()
    post.at = DUE + timedelta(days=1, minutes=-1)
    assert len(about_orders(await post.look())) == 2


async def test_an_order_that_began_is_not_late(post: Post) -> None:
    await Scribe(post.place).write(RUN, planned(NIGHTLY.asked(DUE.date(), DUE), needs=1))
    post.at = DUE + timedelta(minutes=16)
    assert about_orders(await post.look()) == []
