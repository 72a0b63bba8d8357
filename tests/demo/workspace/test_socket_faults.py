"""The socket goes wrong as Slack's does: told to leave, broken, refused, dead."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from tests.demo.workspace.conftest import Bot, Control, Start
from tests.demo.workspace.test_socket_mode import answering, connected

Socket = aiohttp.ClientWebSocketResponse


@asynccontextmanager
async def opened(client: AsyncWebClient, tokens: Tokens) -> AsyncIterator[Socket]:
    """A connection without a client that would act on what it hears."""
    url = (await client.apps_connections_open(app_token=tokens.app))["url"]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, autoping=False) as socket,
    ):
        yield socket


async def hello(socket: Socket) -> None:
    assert (await socket.receive_json(timeout=2))["type"] == "hello"


@pytest.mark.parametrize(
    "reason", ["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
)
async def test_whoever_is_told_to_leave_is_cut_off_after_the_grace(
    client: AsyncWebClient, tokens: Tokens, control: Control, reason: str
) -> None:
    async with opened(client, tokens) as socket:
        await hello(socket)
        await control.post("faults", refresh_grace_s=0.2, disconnect=reason)
        told_at = time.monotonic()
        goodbye = await socket.receive_json(timeout=2)
        closed = await socket.receive(timeout=2)

    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", reason)
    assert closed.type is aiohttp.WSMsgType.CLOSE
    assert time.monotonic() - told_at >= 0.15


@pytest.mark.parametrize(
    "reason", ["warning", "refresh_requested", "link_disabled", "too_many_websockets"]
)
async def test_the_sdk_comes_back_whatever_the_reason(
    bot: Bot, control: Control, reason: str
) -> None:
    answering(bot, "heard")
    session = bot.handler.client.current_session
    await control.post("faults", disconnect=reason)
    async with asyncio.timeout(5):
        while bot.handler.client.current_session is session:
            await asyncio.sleep(0.02)
    await connected(control, 1)

    assert (await control.say("status"))["ephemeral"]["text"] == "heard"


async def test_a_refresh_comes_every_so_often_to_the_oldest_and_loses_no_command(
    start_bot: Start, control: Control
) -> None:
    for each in (await start_bot(), await start_bot()):
        answering(each, "heard")
    await control.post("faults", refresh_every_s=0.3)
    for _ in range(40):
        assert (await control.say("status"))["ephemeral"]["text"] == "heard"
        await asyncio.sleep(0.03)
    await control.post("faults", refresh_every_s=None)
    acks = (await control.get("acks"))["acks"]

    assert len(await carriers(control)) >= 4
    assert max(each["acked_after"] for each in acks) < 1


async def test_whoever_was_told_to_leave_gets_nothing_while_another_is_there(
    start_bot: Start, client: AsyncWebClient, tokens: Tokens, control: Control
) -> None:
    async with opened(client, tokens) as slow:
        await hello(slow)
        await control.post("faults", disconnect="refresh_requested")
        answering(await start_bot(), "heard")
        for _ in range(12):
            assert (await control.say("status"))["ephemeral"]["text"] == "heard"


async def carriers(control: Control) -> set[str]:
    return {each["connection"] for each in (await control.get("acks"))["acks"]}


async def test_a_refused_connection_is_tried_again(start_bot: Start, control: Control) -> None:
    await control.post("faults", socket_refused={"times": 2})
    answering(await start_bot(), "heard")

    assert (await control.say("status"))["ephemeral"]["text"] == "heard"


async def test_a_connection_that_dies_says_nothing_any_more(
    client: AsyncWebClient, tokens: Tokens, control: Control
) -> None:
    async with opened(client, tokens) as socket:
        await hello(socket)
        await socket.ping(b"one")
        assert (await socket.receive(timeout=2)).type is aiohttp.WSMsgType.PONG
        await control.post("faults", kill_socket=True)
        await socket.ping(b"two")
        with pytest.raises(asyncio.TimeoutError):
            await socket.receive(timeout=0.5)
        async with opened(client, tokens) as another:
            await hello(another)


async def test_a_connection_may_be_dead_from_the_start(
    client: AsyncWebClient, tokens: Tokens, control: Control
) -> None:
    await control.post("faults", socket_dead={})
    async with opened(client, tokens) as socket:
        with pytest.raises(asyncio.TimeoutError):
            await socket.receive(timeout=0.5)
    async with opened(client, tokens) as socket:
        await hello(socket)


async def test_the_sdk_notices_by_the_missing_pong(bot: Bot, control: Control) -> None:
    answering(bot, "heard")
    await control.say("status")
    await control.post("faults", kill_socket=True)
    [before] = await carriers(control)
    async with asyncio.timeout(15):
        while (await control.say("status")).get("error"):
            await asyncio.sleep(0.1)

    assert await carriers(control) - {None} > {before}


async def test_an_envelope_may_be_lost_or_break_its_connection(bot: Bot, control: Control) -> None:
    answering(bot, "heard")
    await control.post("faults", envelope_lost={}, envelope_breaks={})

    assert (await control.say("first"))["error"] == "operation_timeout"
    await connected(control, 1)
    assert (await control.say("second"))["error"] == "operation_timeout"
    assert (await control.say("third"))["ephemeral"]["text"] == "heard"
    assert (await bot.got.get())["text"] == "third"
