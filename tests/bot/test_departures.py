"""Whoever is deactivated or made a guest approves no longer, whatever Slack does meanwhile."""

import asyncio

import pytest

from bot.door import Door, Home
from bot.web import Web, client_for
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from jobs.people import Button, Who
from jobs.runs.events import Answered, Approved, Finished, StepDone, StepStarted, Withdrawn
from jobs.runs.state import Run
from tests.bot.conftest import Start
from tests.bot.leaving import asked_about, pressed, settled, stopped, waiting
from tests.bot.people import Json, Slack, eventually
from tests.bot.scribe import STEPS, Scribe
from tests.jobs.bench import Place, now
from tests.servers import Valkey


async def test_an_approval_falls_with_the_account_that_gave_it(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run, card = await waiting(slack, scribe, "U0BOB")
    await slack.post("user", user="U0BOB", deleted=True)
    *_, press = await pressed(scribe, run, 2)
    assert (press.button, press.who) == (Button.WITHDRAW, Who(id="U0BOB", standing="deleted"))
    [event] = await scribe.answer(run)
    assert isinstance(event, Withdrawn)
    line = await slack.thread_line(card, "their Slack account was deactivated")
    assert line["text"].endswith("0 of 2 approvals are left")
    assert "<@U0BOB> approves this no longer" in line["text"]
    await slack.approve(card, "U0CAROL")
    await pressed(scribe, run, 3)
    await scribe.answer(run)
    await slack.post("user", user="U0CAROL", is_restricted=True)
    *_, press = await pressed(scribe, run, 4)
    assert (press.button, press.who) == (Button.WITHDRAW, Who(id="U0CAROL", standing="guest"))
    await scribe.answer(run)
    await slack.thread_line(card, "they are only a guest of the workspace now")
    await slack.card(run, "0 of 2 approvals")


async def test_a_change_that_makes_nobody_leave_takes_nothing_back(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run, _ = await waiting(slack, scribe, "U0BOB")
    await slack.post("user", user="U0BOB", deleted=False)
    await slack.post("user", user="U0ALICE", deleted=True)
    await slack.post("user", user="U0CAROL", deleted=True)
    await settled(slack, 3)
    assert len(await scribe.presses(run)) == 1


async def test_an_event_that_comes_again_withdraws_once(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run, card = await waiting(slack, scribe, "U0BOB")
    await slack.post("faults", event_repeated={})
    await slack.post("user", user="U0BOB", deleted=True)
    await settled(slack, 2)
    await pressed(scribe, run, 2)
    await scribe.answer(run)
    # Back at work Bob approves anew, and when he leaves for good that falls too.
    await slack.post("user", user="U0BOB", deleted=False)
    await settled(slack, 3)
    await slack.approve(card, "U0BOB")
    await pressed(scribe, run, 3)
    await scribe.answer(run)
    await slack.post("user", user="U0BOB", deleted=True)
    presses = await pressed(scribe, run, 4)
    assert [press.button for press in presses] == [Button.APPROVE, Button.WITHDRAW] * 2


async def test_an_old_event_is_checked_with_slack_as_it_is_now(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    """Slack delivers an event up to six minutes late."""
    await slack.post("faults", event_retries_s=[1.5], envelope_lost={})
    await slack.post("user", user="U0BOB", deleted=True)
    await slack.post("faults", envelope_lost=[])
    await slack.post("user", user="U0BOB", deleted=False)
    run, _ = await waiting(slack, scribe, "U0BOB")
    await settled(slack, 2)
    assert [press.button for press in await scribe.presses(run)] == [Button.APPROVE]


@pytest.mark.parametrize(
    "fault",
    [
        {"rate_limit": {"method": "users.info", "retry_after": 30, "times": None}},
        {"http_500": {"method": "users.info", "times": None}},
        {"reset": {"method": "users.info", "times": None}},
        {"silence": {"method": "users.info", "times": None}},
    ],
    ids=["429", "500", "reset", "silence"],
)
async def test_where_slack_answers_nothing_its_event_is_believed(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, fault: Json
) -> None:
    run, _ = await waiting(slack, scribe, "U0BOB")
    await slack.post("faults", **fault)
    await slack.post("user", user="U0BOB", deleted=True)
    *_, press = await pressed(scribe, run, 2)
    assert (press.button, press.who.standing) == (Button.WITHDRAW, "deleted")


@pytest.mark.parametrize("kind", ["http_500", "reset"])
async def test_where_slack_answers_nothing_no_approval_is_doubted(
    start_bot: Start, slack: Slack, scribe: Scribe, kind: str
) -> None:
    bot = await start_bot()
    run, _ = await waiting(slack, scribe, "U0BOB")
    await stopped(slack, bot)
    await slack.post("faults", **{kind: {"method": "users.info", "times": None}})
    await start_bot()
    await asked_about(slack, "U0BOB")
    assert (await slack.say("runs"))["ok"]
    assert [press.button for press in await scribe.presses(run)] == [Button.APPROVE]


async def test_a_bot_that_missed_it_asks_at_its_start(
    start_bot: Start, slack: Slack, scribe: Scribe
) -> None:
    bot = await start_bot()
    run, _ = await waiting(slack, scribe, "U0BOB")
    over = await slack.ask("restore latest")
    await scribe.plan(over)
    await scribe.approve(over, "bob", "carol")
    await scribe.write(over, StepStarted(at=now(), step=STEPS[0], again=False))
    await stopped(slack, bot)
    await slack.post("faults", event_retries_s=[])
    await slack.post("user", user="U0BOB", deleted=True)
    await start_bot()
    *_, press = await pressed(scribe, run, 2)
    assert (press.button, press.who.standing) == (Button.WITHDRAW, "deleted")
    # Only about those whose approvals wait for something.
    assert {call["body"]["user"] for call in await slack.calls("users.info")} <= {
        "U0ALICE",
        "U0BOB",
    }
    assert [press.button for press in await scribe.presses(over)] == [Button.APPROVE] * 2


async def test_the_second_approval_is_not_added_to_one_of_somebody_who_left(
    start_bot: Start, slack: Slack, scribe: Scribe
) -> None:
    """The event got lost, and Slack did not answer when the bot asked at its start."""
    bot = await start_bot()
    run, card = await waiting(slack, scribe, "U0BOB")
    await stopped(slack, bot)
    await slack.post("faults", event_retries_s=[], http_500={"method": "users.info"})
    await slack.post("user", user="U0BOB", deleted=True)
    before = len(await slack.calls("users.info"))
    await start_bot()
    await asked_about(slack, "U0BOB", before)
    await slack.approve(card, "U0CAROL")
    presses = await pressed(scribe, run, 3)
    assert [press.button for press in presses[1:]] == [Button.WITHDRAW, Button.APPROVE]
    withdrawn, approved = await scribe.answer(run)
    assert isinstance(withdrawn, Withdrawn)
    assert isinstance(approved, Approved)
    await slack.card(run, "1 of 2 approvals")


async def test_a_run_that_has_begun_is_stopped_by_its_own_buttons_alone(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run, _ = await waiting(slack, scribe, "U0BOB", "U0CAROL")
    await scribe.write(run, StepStarted(at=now(), step=STEPS[0], again=False))
    await slack.post("user", user="U0BOB", deleted=True)
    await settled(slack, 1)
    for step in STEPS:
        if step != STEPS[0]:
            await scribe.write(run, StepStarted(at=now(), step=step, again=False))
        await scribe.write(run, StepDone(at=now(), step=step, already=False))
    await scribe.write(run, Finished(at=now(), outcome="done"))
    assert len(await scribe.presses(run)) == 2


async def test_what_was_approved_and_not_begun_waits_for_another(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run, _ = await waiting(slack, scribe, "U0BOB", "U0CAROL")
    await slack.post("user", user="U0CAROL", deleted=True)
    await pressed(scribe, run, 3)
    await scribe.answer(run)
    await slack.card(run, "1 of 2 approvals", "Approve…", "Withdraw")


async def test_an_approval_from_a_terminal_falls_with_the_last_account_of_its_person(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, place: Place
) -> None:
    run, _ = await waiting(slack, scribe)
    await scribe.write(run, given_at_a_terminal(await place.state(run), "bob"))
    await slack.post("user", user="U0BOB", deleted=True)
    [press] = await pressed(scribe, run, 1)
    assert (press.button, press.who.id) == (Button.WITHDRAW, "U0BOB")
    [event] = await scribe.answer(run)
    assert isinstance(event, Withdrawn)


def given_at_a_terminal(run: Run, person: str) -> Approved:
    press = Answered(id="at-a-terminal", by=person, account=f"{person}-unix")
    return Approved(at=now(), press=press, digest=run.planned.digest)


async def test_approving_and_withdrawing_takes_a_click_each(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run, _ = await waiting(slack, scribe, "U0BOB")
    card = await slack.card(run, "Withdraw")
    await slack.press(card, "press:withdraw", "U0CAROL")
    await pressed(scribe, run, 2)
    await scribe.answer(run)

    async def told() -> bool | None:
        said = await slack.whispers("U0CAROL")
        return any("you have not approved this run" in each for each in said) or None

    await eventually(told)
    await slack.press(card, "press:withdraw", "U0BOB")
    await pressed(scribe, run, 3)
    [event] = await scribe.answer(run)
    assert isinstance(event, Withdrawn)
    card = await slack.card(run, "0 of 2 approvals")
    assert "press:withdraw" not in str(card["blocks"])
    line = await slack.thread_line(card, "approves this no longer: they withdrew it")
    assert "0 of 2 approvals are left" in line["text"]


async def test_whoever_slack_tells_nothing_of_is_unknown_and_loses_nothing(
    slack: Slack, site: RunningSite, tokens: Tokens
) -> None:
    client = client_for(tokens.bot, f"{site.url}/api/", slack.session)
    door = Door(Web(client), Home(team="T0DEMO", app="A0VAULT", bot="B0VAULT"))
    assert await door.standing("U0NOBODY") == "unknown"
    await slack.post("faults", token="token_revoked")
    assert await door.standing("U0GONE") == "unknown"
    await slack.post("faults", clear=True)
    assert await door.standing("U0GONE") == "deleted"
    # What is remembered for a minute is asked anew where Slack says that it has changed.
    await slack.post("user", user="U0GONE", deleted=False)
    assert await door.standing("U0GONE") == "deleted"
    door.forget("U0GONE")
    assert await door.standing("U0GONE") == "member"


async def test_a_record_that_nobody_can_read_hides_no_departure_from_the_others(
    start_bot: Start, slack: Slack, scribe: Scribe, valkey: Valkey
) -> None:
    bot = await start_bot()
    run, _ = await waiting(slack, scribe, "U0BOB")
    await stopped(slack, bot)
    valkey.admin().sadd("runs:open", "a-torn")
    valkey.admin().hset("run:a-torn", mapping={"length": "3", "head": "0" * 64})
    await slack.post("user", user="U0BOB", deleted=True)
    await start_bot()
    *_, press = await pressed(scribe, run, 2)
    assert press.button is Button.WITHDRAW
