"""How a bot ends: what has begun is acknowledged, and another one takes over at once."""

import asyncio
import json
import signal
import time

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from tests.bot import processes
from tests.bot.conftest import Start
from tests.bot.people import Slack, eventually
from tests.bot.scribe import Scribe
from tests.jobs.bench import Place
from tests.servers import Valkey


async def test_a_command_under_way_is_acknowledged_before_the_end(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    await slack.post("faults", lag_ms=500)
    asking = asyncio.create_task(slack.ask("backup"))
    await asyncio.sleep(0.2)
    bot.set()
    run = await asking
    assert await scribe.asked(run)


async def test_sigterm_ends_it_in_order(
    slack: Slack, place: Place, site: RunningSite, tokens: Tokens
) -> None:
    file = place.folder / "tokens.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"bot": tokens.bot, "app": tokens.app}), encoding="utf-8")
    process = processes.start(place, f"{site.url}/api/", "one")
    try:
        await eventually(lambda: _connected(slack))
        await asyncio.gather(*(slack.ask("backup") for _ in range(20)))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0
        assert time.monotonic() - began < 6
    finally:
        processes.kill(process)
    log = (place.folder / "bot.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert tokens.bot not in log
    assert tokens.app not in log


async def test_another_bot_takes_over_at_once(
    start_bot: Start, slack: Slack, scribe: Scribe
) -> None:
    first = await start_bot()
    await start_bot()
    run = await slack.ask("backup")
    await slack.card(run, "looking")
    first.set()
    began = time.monotonic()
    await scribe.plan(run, needs=0)
    await slack.card(run, "step 1 of 3")
    assert time.monotonic() - began < 6


async def test_no_credential_of_slack_reaches_redis(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, tokens: Tokens, valkey: Valkey
) -> None:
    run = await slack.ask("restore latest")
    await scribe.plan(run)
    card = await slack.card(run, "Approve")
    await slack.approve(card, "U0BOB")
    files = [path for path in valkey.folder.rglob("*.aof") if path.is_file()]
    data = b"".join(path.read_bytes() for path in files)
    assert run.encode() in data
    for secret in (tokens.bot, tokens.app, "/hooks/"):
        assert secret.encode() not in data


async def _connected(slack: Slack) -> bool | None:
    return await slack.connections() > 0 or None
