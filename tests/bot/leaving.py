"""A run that waits while people leave, and how a test waits for what the bot makes of it."""

import asyncio

from jobs.runs.requests import Press
from tests.bot.people import Json, Slack, eventually
from tests.bot.scribe import Scribe


async def waiting(slack: Slack, scribe: Scribe, *approvers: str) -> tuple[str, Json]:
    """A run that these people have approved, and its card."""
    run = await slack.ask("restore latest")
    await scribe.plan(run)
    card = await slack.card(run, "Approve")
    for number, user in enumerate(approvers, 1):
        await slack.approve(card, user)
        await pressed(scribe, run, number)
    await scribe.answer(run)
    return run, card


async def pressed(scribe: Scribe, run: str, count: int) -> tuple[Press, ...]:
    async def all_of_them() -> tuple[Press, ...] | None:
        presses = await scribe.presses(run)
        return presses if len(presses) >= count else None

    return await eventually(all_of_them)


async def stopped(slack: Slack, bot: asyncio.Event) -> None:
    bot.set()

    async def gone() -> bool | None:
        return await slack.connections() == 0 or None

    await eventually(gone)


async def settled(slack: Slack, count: int) -> None:
    """Wait until the bot has acknowledged so many events, and done what they led to."""

    async def acknowledged() -> bool | None:
        acks = (await slack.get("acks", kind="events_api"))["acks"]
        return sum(each["acked_after"] is not None for each in acks) >= count or None

    await eventually(acknowledged)
    assert (await slack.say("runs"))["ok"]


async def asked_about(slack: Slack, user: str, after: int = 0) -> None:
    async def asked() -> bool | None:
        calls = (await slack.calls("users.info"))[after:]
        return any(call["body"]["user"] == user for call in calls) or None

    await eventually(asked)
