"""The connection to Slack: never a gap at a refresh, and an end where it can do no good."""

import asyncio
import json
import time
from datetime import timedelta

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp

from bot.heartbeat import until_refused, until_useless
from bot.sockets import Sockets
from bot.web import Web, client_for
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from jobs.records.heartbeat import Heartbeats
from playbooks.core.trouble import Trouble
from tests.bench.refresh import asked_while_refreshed
from tests.bot import processes
from tests.bot.people import Slack, eventually
from tests.jobs.bench import Place

SECOND = timedelta(seconds=1)


async def test_no_command_is_late_while_the_connection_is_refreshed(
    bot: asyncio.Event, slack: Slack
) -> None:
    took, lost = await asked_while_refreshed(slack, 8 * SECOND, SECOND)
    assert lost == 0
    assert max(took) < 1000


async def test_connections_that_break_are_replaced_at_once(
    bot: asyncio.Event, slack: Slack
) -> None:
    for _ in range(3):
        await slack.post("faults", drop_socket=True)
        begun = time.monotonic()
        await eventually(slack.connections)
        assert time.monotonic() - begun < 2
        assert (await slack.say("status"))["ok"]


async def test_an_old_connection_goes_once_slack_closes_it(
    bot: asyncio.Event, slack: Slack
) -> None:
    await slack.post("faults", refresh_grace_s=1)
    await slack.post("faults", refresh_socket=True)

    async def alone() -> bool | None:
        return await slack.connections() == 1 or None

    await eventually(alone)
    assert (await slack.say("status"))["ok"]


async def test_a_bot_whose_socket_mode_is_switched_off_ends_with_one_sentence(
    slack: Slack, place: Place, site: RunningSite, tokens: Tokens
) -> None:
    file = place.folder / "tokens.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"bot": tokens.bot, "app": tokens.app}), encoding="utf-8")
    process = processes.start(place, f"{site.url}/api/", "one")
    try:
        await eventually(slack.connections)
        await slack.post("faults", disconnect="link_disabled")
        assert await asyncio.to_thread(process.wait, 15) != 0
    finally:
        processes.kill(process)
    assert "Socket Mode was switched off" in (place.folder / "bot.log").read_text(encoding="utf-8")


async def test_a_bot_that_nobody_can_reach_ends(site: RunningSite, tokens: Tokens) -> None:
    async with aiohttp.ClientSession() as session:
        web = Web(client_for(tokens.bot, f"{site.url}/api/", session))
        sockets = Sockets(AsyncApp(client=web.client), web, tokens.app, session)
        begun = time.monotonic()
        with pytest.raises(Trouble, match="no live connection to Slack for 2 s"):
            await until_useless(sockets, 2 * SECOND)
        assert time.monotonic() - begun >= 2


@pytest.mark.parametrize("token", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_a_bot_whose_token_is_dead_ends(
    slack: Slack, site: RunningSite, tokens: Tokens, token: str
) -> None:
    async with aiohttp.ClientSession() as session:
        web = Web(client_for(tokens.bot, f"{site.url}/api/", session))
        waiting = asyncio.create_task(until_refused(web, SECOND / 20))
        await slack.post("faults", http_500={"method": "auth.test", "times": 3})
        await slack.post("faults", token=token)
        with pytest.raises(Trouble, match=token):
            await asyncio.wait_for(waiting, 10)


async def test_a_bot_says_that_it_lives_and_that_it_leaves(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    connection = place.address("scheduler").connect()
    heartbeats = Heartbeats(connection)

    async def answering() -> tuple[str, ...]:
        return (await heartbeats.bots()).answering()

    assert await eventually(answering) == ("bot 0",)
    assert "Bots: 1 answer" in str(await slack.say("status"))
    bot.set()

    async def left() -> bool | None:
        return not (await heartbeats.bots()).beats or None

    await eventually(left)
    await connection.close()
