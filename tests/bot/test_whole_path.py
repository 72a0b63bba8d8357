"""From a command to a card, to approvals, to the report."""

import asyncio

from jobs.people import Button
from jobs.runs.events import Finished, StepDone, StepStarted
from tests.bot.people import Slack, eventually
from tests.bot.scribe import STEPS, Scribe
from tests.jobs.bench import now


async def test_a_command_becomes_a_card_that_two_people_approve(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run = await slack.ask("restore latest reason the disk is gone")
    asked = await scribe.asked(run)
    assert asked is not None
    assert asked.who.id == "U0ALICE"
    assert asked.ask["reason"] == "the disk is gone"
    await scribe.plan(run)
    card = await slack.card(run, "Approve")
    assert card["pinned_to"] == ["C0INCIDENT"]
    for user in ("U0BOB", "U0CAROL"):
        assert (await slack.approve(card, user))["ok"]

    async def both() -> bool | None:
        return len(await scribe.presses(run)) == 2 or None

    await eventually(both)
    presses = await scribe.presses(run)
    assert [press.who.id for press in presses] == ["U0BOB", "U0CAROL"]
    assert {press.button for press in presses} == {Button.APPROVE}
    await scribe.answer(run)
    await slack.thread_line(card, "approved the plan (2 of 2)")
    for step in STEPS:
        await scribe.write(run, StepStarted(at=now(), step=step, again=False))
        await scribe.write(run, StepDone(at=now(), step=step, already=False))
    await scribe.write(run, Finished(at=now(), outcome="done"))
    await slack.thread_line(card, "all steps are done")

    async def report() -> bool | None:
        lines = await slack.thread(card)
        names = [file["name"] for line in lines for file in line.get("files", [])]
        return (len(names) == 1 and run in names[0]) or None

    await eventually(report)
