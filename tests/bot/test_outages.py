"""While one part of Slack is away, what people wait for is still shown soon."""

import asyncio
import time
from datetime import timedelta

from jobs.records.feed import Feed
from jobs.runs.events import StepDone, StepStarted
from tests.bot.conftest import Start
from tests.bot.people import Slack, eventually
from tests.bot.scribe import STEPS, Scribe
from tests.bot.showing import approved
from tests.jobs.bench import now
from tests.servers import Valkey

SOON = 8.0  # Seconds, on a machine that does a lot besides.


async def test_nothing_waits_for_a_pin(bot: asyncio.Event, slack: Slack, scribe: Scribe) -> None:
    limit = {"method": "pins.add", "times": None, "retry_after": 30}
    await slack.post("faults", rate_limit=limit)
    runs = [await approved(slack, scribe) for _ in range(2)]
    begun = time.monotonic()
    for run in runs:
        await slack.thread_line(await slack.card(run, "step 1 of 3"), "approved the plan")
    assert time.monotonic() - begun < SOON
    assert len(await slack.calls("pins.add")) == 1


async def test_a_card_is_drawn_without_the_address_that_slack_does_not_give(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    await slack.post("faults", silence={"method": "chat.getPermalink", "times": None})
    run = await slack.ask("restore latest")
    await slack.card(run, "looking")
    begun = time.monotonic()
    await scribe.plan(run)
    await slack.card(run, "press:approve")
    assert time.monotonic() - begun < SOON


async def test_a_bot_that_takes_over_draws_first_what_people_wait_for(
    start_bot: Start, slack: Slack, scribe: Scribe, valkey: Valkey
) -> None:
    stop = await start_bot()
    moves = await approved(slack, scribe)
    await slack.card(moves, "step 1 of 3")
    waits = await slack.ask("restore latest")
    await slack.card(waits, "looking")
    stop.set()
    await eventually(lambda: _nobody(slack))
    await scribe.plan(waits)
    await scribe.write(moves, StepStarted(at=now(), step=STEPS[0], again=False))
    await scribe.write(moves, StepDone(at=now(), step=STEPS[0], already=False))
    # The bot that read of it in the feed died before it drew it.
    connection = scribe.place.address("bot").connect()
    await connection.set("bot:cursor", await Feed(connection).last())
    await connection.close()
    # So many edits were made a moment ago that progress has to wait.
    valkey.admin().lpush("bot:edits", *[repr(now().timestamp())] * 40)
    await start_bot()
    await slack.card(waits, "press:approve")
    assert "step 1 of 3" in (await slack.cards(moves))[0]["text"]


async def test_a_bot_that_starts_in_an_outage_waits_for_slack(
    start_bot: Start, slack: Slack
) -> None:
    methods = ["auth.test", "bots.info", "conversations.info", "apps.connections.open"]
    fails = [{"method": method, "times": 2} for method in methods]
    await slack.post("faults", http_500=fails)
    await asyncio.wait_for(start_bot(), timedelta(seconds=20).total_seconds())
    assert (await slack.say("status"))["ok"]


async def _nobody(slack: Slack) -> bool | None:
    return await slack.connections() == 0 or None
