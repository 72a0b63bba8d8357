"""Socket Mode: one connection gets each envelope, and connections come and go as Slack's do."""

import asyncio

import aiohttp
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from tests.demo.workspace.conftest import Bot, Control, Json, Start


def answering(bot: Bot, says: str) -> None:
    async def vault(ack: AsyncAck, command: Json) -> None:
        await bot.got.put(command)
        await ack(says)

    bot.app.command("/vault")(vault)


async def connected(control: Control, number: int) -> None:
    async with asyncio.timeout(5):
        while (await control.get("state"))["connections"] != number:
            await asyncio.sleep(0.02)


async def test_each_envelope_goes_to_one_of_the_connections(
    start_bot: Start, control: Control
) -> None:
    one, other = await start_bot(), await start_bot()
    answering(one, "one")
    answering(other, "other")

    heard = [(await control.say("status"))["ephemeral"]["text"] for _ in range(24)]

    assert set(heard) == {"one", "other"}
    assert one.got.qsize() + other.got.qsize() == 24


async def test_a_refresh_loses_no_command(bot: Bot, control: Control) -> None:
    answering(bot, "heard")
    for _ in range(3):
        await control.post("faults", refresh_socket=True)
        assert (await control.say("status"))["ephemeral"]["text"] == "heard"


async def test_a_broken_connection_is_made_anew(bot: Bot, control: Control) -> None:
    answering(bot, "heard")
    await control.post("faults", drop_socket=True)
    await connected(control, 1)

    assert (await control.say("status"))["ephemeral"]["text"] == "heard"


async def test_a_redelivered_envelope_is_the_same_envelope(bot: Bot, control: Control) -> None:
    answering(bot, "heard")
    await control.say("status")
    answer = await control.post("faults", redeliver_last=True)
    first, second = await bot.got.get(), await bot.got.get()

    assert answer["redelivered"]
    assert first["trigger_id"] == second["trigger_id"]


async def test_a_silent_slack_delivers_nothing(bot: Bot, control: Control) -> None:
    answering(bot, "heard")
    await control.post("faults", silent=True)

    assert (await control.say("status"))["error"] == "operation_timeout"
    assert bot.got.empty()


async def test_an_acknowledgement_after_three_seconds_is_too_late(
    bot: Bot, control: Control
) -> None:
    released = asyncio.Event()

    @bot.app.command("/vault")
    async def vault(ack: AsyncAck) -> None:
        await released.wait()
        await ack("too late")
        bot.got.put_nowait({})

    began = asyncio.get_running_loop().time()
    answer = await control.say("status")
    took = asyncio.get_running_loop().time() - began
    released.set()
    await bot.got.get()

    assert 2.9 < took < 4.5
    assert answer["error"] == "operation_timeout"
    texts = [each["text"] for each in await control.messages()]
    assert texts == ['/vault failed with the error "operation_timeout"']


async def test_a_ticket_opens_one_connection(client: AsyncWebClient, tokens: Tokens) -> None:
    opened = await client.apps_connections_open(app_token=tokens.app)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        hello = await socket.receive_json()
        async with session.get(opened["url"].replace("ws", "http", 1)) as again:
            assert again.status == 401
    assert hello["type"] == "hello"
    assert (hello["num_connections"], hello["connection_info"]["app_id"]) == (1, "A0VAULT")


async def test_the_eleventh_connection_is_turned_away(
    client: AsyncWebClient, tokens: Tokens
) -> None:
    async with aiohttp.ClientSession() as session:
        sockets, said = [], []
        for _ in range(11):
            opened = await client.apps_connections_open(app_token=tokens.app)
            sockets.append(await session.ws_connect(opened["url"]))
            said.append(await sockets[-1].receive_json())
    assert [each["type"] for each in said] == ["hello"] * 10 + ["disconnect"]
    assert said[-1]["reason"] == "too_many_websockets"


async def test_fifty_commands_at_once_are_each_answered_to_themselves(
    bot: Bot, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        await ack(f"heard {command['text']}")

    answers = await asyncio.gather(*(control.say(f"run {at}") for at in range(50)))

    assert [each["ephemeral"]["text"] for each in answers] == [
        f"heard run {at}" for at in range(50)
    ]
    envelopes = (await control.get("log"))["envelopes"]
    assert len(envelopes) == 50
    assert all(each["error"] is None for each in envelopes)
