"""Whoever may not press is told why, the journal keeps it, and nothing else changes."""

import asyncio
from dataclasses import dataclass

import pytest

from jobs.people import Button
from jobs.runs.events import Approved, Refused
from tests.bot.people import INCIDENT, Json, Slack, eventually, field
from tests.bot.scribe import DIGEST, Scribe
from tests.jobs.bench import Place


@pytest.fixture
async def waiting(bot: asyncio.Event, slack: Slack, scribe: Scribe) -> tuple[str, Json]:
    """A run that Alice asked for, and its card, waiting for two approvals."""
    run = await slack.ask("restore latest")
    await scribe.plan(run)
    return run, await slack.card(run, "Approve")


async def answered(scribe: Scribe, run: str, presses: int = 1) -> list[object]:
    """Wait for presses, and answer them as a worker would."""

    async def arrived() -> bool | None:
        return len(await scribe.presses(run)) >= presses or None

    await eventually(arrived)
    return list(await scribe.answer(run))


async def told(slack: Slack, user: str, words: str) -> None:
    async def look() -> bool | None:
        return any(words in said for said in await slack.whispers(user)) or None

    await eventually(look)


async def nothing_arrives(scribe: Scribe, run: str) -> None:
    """The bot has answered by now, so whatever it would put is there."""
    assert await scribe.presses(run) == ()


async def test_the_requester_cannot_approve(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    run, card = waiting
    assert not (await slack.press(card, "press:approve", "U0ALICE")).get("view_id")
    [event] = await answered(scribe, run)
    assert isinstance(event, Refused)
    assert event.why == "whoever asked for a run cannot approve it"
    await told(slack, "U0ALICE", "whoever asked for a run cannot approve it")
    await slack.thread_line(card, "which did not count")


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0GUEST", "guests of the workspace cannot press anything here"),
        ("U0STRANGER", "people of other organisations cannot press anything here"),
        ("U0GONE", "this Slack account is deactivated"),
        ("U0ERIN", "only an approver may press Approve"),
        ("U0VAULT", "only people can press this, not apps"),
    ],
)
async def test_nobody_but_approvers_can_approve(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe, user: str, why: str
) -> None:
    run, card = waiting
    assert not (await slack.press(card, "press:approve", user)).get("view_id")
    [event] = await answered(scribe, run)
    assert isinstance(event, Refused)
    assert event.why == why
    await slack.thread_line(card, why)


async def test_one_person_counts_once(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    run, card = waiting
    await slack.approve(card, "U0BOB")
    await slack.approve(card, "U0BOB")
    first, second = await answered(scribe, run, 2)
    assert isinstance(first, Approved)
    assert isinstance(second, Refused)
    await told(slack, "U0BOB", "one person counts once")


async def test_a_replayed_envelope_is_the_same_press(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    run, card = waiting
    await slack.approve(card, "U0BOB")
    for _ in range(3):
        assert (await slack.post("faults", redeliver_last=True))["redelivered"]
    await answered(scribe, run)
    assert len(await scribe.presses(run)) == 1


async def test_a_forged_digest_counts_for_nothing(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    run, card = waiting
    answer = await slack.press(card, "press:approve", "U0BOB", value=f"{run}:{'e' * 64}")
    assert "belongs to another plan" in answer["ephemeral"]["text"]
    await nothing_arrives(scribe, run)


async def test_a_forged_digest_of_a_cancel_is_refused_by_the_worker(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    run, card = waiting
    await slack.press(card, "press:cancel", "U0BOB", value=f"{run}:{'e' * 64}")
    [event] = await answered(scribe, run)
    assert isinstance(event, Refused)
    assert "belongs to another plan" in event.why


@pytest.mark.parametrize("value", ["", "nonsense", "r-aaaaaaaa", f"../..:{DIGEST}", "x" * 1999])
async def test_a_forged_value_counts_for_nothing(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe, value: str
) -> None:
    run, card = waiting
    answer = await slack.press(card, "press:approve", "U0BOB", value=value)
    assert "too old" in answer["ephemeral"]["text"]
    await nothing_arrives(scribe, run)


async def test_a_button_moved_to_another_runs_card_counts_for_nothing(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    run, card = waiting
    other = await slack.ask("restore latest reason another")
    await scribe.plan(other)
    await slack.card(other, "Approve")
    answer = await slack.press(card, "press:approve", "U0BOB", value=f"{other}:{DIGEST}")
    assert "use the card of the run" in answer["ephemeral"]["text"]
    await nothing_arrives(scribe, other)
    await nothing_arrives(scribe, run)


async def test_a_button_of_a_run_that_is_gone_counts_for_nothing(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    _, card = waiting
    answer = await slack.press(card, "press:approve", "U0BOB", value=f"r-gone2345:{DIGEST}")
    assert "too old" in answer["ephemeral"]["text"]
    assert await scribe.presses("r-gone2345") == ()


async def test_a_button_of_an_older_version_is_answered(
    waiting: tuple[str, Json], slack: Slack
) -> None:
    _, card = waiting
    answer = await slack.press(card, "approve_v0", "U0BOB", value="1")
    assert "too old" in answer["ephemeral"]["text"]


async def test_an_approval_of_an_older_plan_is_refused(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe, place: Place
) -> None:
    """The dialog of one run cannot approve another plan: its digest is the one that was read."""
    run, card = waiting
    opened = await slack.press(card, "press:approve", "U0BOB")
    [view] = [each for each in await slack.views("U0BOB") if each["view_id"] == opened["view_id"]]
    assert view["private_metadata"] == f"{run}:{DIGEST}"
    await slack.submit(opened["view_id"], "U0BOB")
    [event] = await answered(scribe, run)
    assert isinstance(event, Approved)
    assert event.digest == DIGEST


async def test_a_press_after_the_end_is_told_so(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe, place: Place
) -> None:
    run, card = waiting
    await place.press(run, Button.DENY, "bob")
    await scribe.answer(run)
    await slack.card(run, "denied")
    await slack.press(card, "press:cancel", "U0CAROL", value=f"{run}:{DIGEST}")
    [event] = await answered(scribe, run, 2)
    assert isinstance(event, Refused)
    assert event.why == "this run has ended"
    await told(slack, "U0CAROL", "this run has ended")


async def test_deny_needs_a_reason(waiting: tuple[str, Json], slack: Slack, scribe: Scribe) -> None:
    run, card = waiting
    opened = await slack.press(card, "press:deny", "U0BOB")
    refused = await slack.submit(opened["view_id"], "U0BOB", **field("reason", "  "))
    assert "reason" in refused["errors"]
    await nothing_arrives(scribe, run)
    await slack.submit(opened["view_id"], "U0BOB", **field("reason", "not <now> & here"))
    await answered(scribe, run)
    [press] = await scribe.presses(run)
    assert (press.button, press.reason) == (Button.DENY, "not <now> & here")
    await slack.card(run, "denied")


@dataclass(frozen=True)
class Unfit:
    user: str
    channel: str
    why: str


@pytest.mark.parametrize(
    "unfit",
    [
        Unfit("U0GUEST", INCIDENT, "guests of the workspace cannot use this"),
        Unfit("U0STRANGER", "C0PARTNER", "people of other organisations cannot use this"),
        Unfit("U0GONE", INCIDENT, "deactivated"),
        Unfit("U0ALICE", "C0PARTNER", "shared with another organisation"),
    ],
)
async def test_commands_are_refused_with_the_reason(
    bot: asyncio.Event, slack: Slack, place: Place, unfit: Unfit
) -> None:
    for line in ("restore latest", "status", "backup"):
        answer = await slack.say(line, unfit.user, unfit.channel)
        assert unfit.why in answer["ephemeral"]["text"]
    assert await asked_for(place) == 0


async def asked_for(place: Place) -> int:
    connection = place.address("bot").connect()
    try:
        return len(await connection.newest_lines("asked", 100))
    finally:
        await connection.close()


async def test_nobody_is_believed_while_slack_does_not_say_who_they_are(
    waiting: tuple[str, Json], slack: Slack, scribe: Scribe
) -> None:
    run, card = waiting
    await slack.post("faults", http_500={"method": "users.info", "times": 5})
    assert not (await slack.press(card, "press:approve", "U0CAROL")).get("view_id")
    [event] = await answered(scribe, run)
    assert isinstance(event, Refused)
    assert event.why == "Slack did not say who this is"
    answer = await slack.say("restore latest", "U0DAVE")
    assert "Slack did not say who you are" in answer["ephemeral"]["text"]


async def test_a_recovery_is_not_begun_in_a_direct_conversation(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    answer = await slack.say("restore latest", "U0ALICE", "U0VAULT")
    assert "a recovery is begun where others see it" in answer["ephemeral"]["text"]
    assert (await slack.say("help", "U0ALICE", "U0VAULT"))["ok"]
    assert await asked_for(place) == 0
