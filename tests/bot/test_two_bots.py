"""Two bots at once: each command is answered once and each thing shown once."""

import asyncio
import json
import signal
import time
from datetime import timedelta

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from tests.bot import processes
from tests.bot.conftest import Start
from tests.bot.people import Slack, eventually
from tests.bot.scribe import Scribe
from tests.bot.showing import approved, assert_whole, carried_out, shown_to_its_end
from tests.jobs.bench import Place, now
from tests.servers import Valkey


async def test_one_that_is_killed_is_replaced_within_seconds_and_nothing_is_doubled(
    slack: Slack, scribe: Scribe, place: Place, site: RunningSite, tokens: Tokens
) -> None:
    file = place.folder / "tokens.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"bot": tokens.bot, "app": tokens.app}), encoding="utf-8")
    running = {}
    try:
        for name in ("one", "two"):
            before = await slack.connections()
            running[name] = processes.start(place, f"{site.url}/api/", name)
            while await slack.connections() == before:
                await asyncio.sleep(0.05)
        asked = await asyncio.gather(*(slack.ask("backup") for _ in range(4)))
        assert len(set(asked)) == 4
        for each in asked:
            await slack.card(each)
        run = await approved(slack, scribe)
        card = await slack.card(run, "step 1 of 3")
        # The first to start holds the lease.
        running["one"].send_signal(signal.SIGKILL)
        begun = time.monotonic()
        await carried_out(scribe, run)
        await slack.thread_line(card, "Cut clients off from prod")
        assert time.monotonic() - begun < 40  # On a machine that does a lot besides.
        assert (await slack.say("status"))["ok"]
        await shown_to_its_end(slack, run)
        await assert_whole(slack, scribe, run)
        assert len(await slack.cards(run)) == 1
        for each in asked:
            assert len(await slack.cards(each)) == 1
    finally:
        for process in running.values():
            processes.kill(process)


async def test_a_bot_that_comes_back_says_once_what_went_on_meanwhile(
    start_bot: Start, slack: Slack, scribe: Scribe, valkey: Valkey
) -> None:
    stop = await start_bot()
    run = await approved(slack, scribe)
    await slack.card(run, "step 1 of 3")
    stop.set()
    await eventually(lambda: _nobody(slack))
    _was_away(valkey)
    await start_bot()
    await eventually(lambda: _told(slack, run))
    await start_bot()
    await asyncio.sleep(3)
    assert len(await _absences(slack)) == 1


async def test_an_absence_in_which_nothing_was_under_way_is_not_told(
    start_bot: Start, slack: Slack, valkey: Valkey
) -> None:
    stop = await start_bot()
    stop.set()
    await eventually(lambda: _nobody(slack))
    _was_away(valkey)
    await start_bot()

    async def settled() -> bool | None:
        return valkey.admin().get("bot:away") is None or None

    await asyncio.sleep(1)
    await eventually(settled)
    assert await _absences(slack) == []


def _was_away(valkey: Valkey) -> None:
    at = now() - timedelta(minutes=9)
    valkey.admin().set("bot:answered", int(at.timestamp() * 1000))


async def _nobody(slack: Slack) -> bool | None:
    return await slack.connections() == 0 or None


async def _absences(slack: Slack) -> list[str]:
    return [each["text"] for each in await slack.said() if "The bot was away" in each["text"]]


async def _told(slack: Slack, run: str) -> bool | None:
    said = [str(each["blocks"]) for each in await slack.said() if "was away" in each["text"]]
    return any(run in blocks for blocks in said) or None
