"""What an app says through a response_url."""

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from tests.demo.workspace.conftest import Bot, Control, Json
from tests.demo.workspace.test_commands_and_clicks import BUTTONS

APPROVE: Json = {"action_id": "approve", "block_id": "act-7"}


async def press(control: Control, ts: str, user: str = "U0BOB") -> Json:
    return await control.post(
        "interact", channel="C0INCIDENT", messageTs=ts, user=user, action=APPROVE
    )


async def test_an_answer_is_ephemeral_unless_it_says_otherwise(bot: Bot, control: Control) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, respond: AsyncRespond, command: Json) -> None:
        await ack()
        if command["text"] == "loud":
            await respond("to all", response_type="in_channel")
        else:
            await respond("to one")

    quiet = await control.say("quiet")
    await control.say("loud")

    assert quiet["ephemeral"]["text"] == "to one"
    assert [each["text"] for each in await control.messages(user="U0CAROL")] == ["to all"]


async def test_it_works_where_the_app_is_no_member(bot: Bot, control: Control) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond("the card is in #incident")

    answer = await control.say("restore", channel="C0GENERAL")
    assert answer["ephemeral"]["text"] == "the card is in #incident"


async def test_it_replaces_or_deletes_the_message_that_was_clicked(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    replies: list[Json] = [
        {"replace_original": True, "text": "replaced"},
        {"delete_original": True},
    ]

    @bot.app.action("approve")
    async def approve(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(**replies.pop(0))
        bot.got.put_nowait({})

    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card", blocks=BUTTONS)
    await press(control, posted["ts"])
    await bot.got.get()
    [message] = await control.messages()
    assert (message["text"], message["ts"]) == ("replaced", posted["ts"])

    await control.post(
        "interact",
        channel="C0INCIDENT",
        messageTs=posted["ts"],
        user="U0BOB",
        action={"action_id": "approve", "value": "run-1"},
    )
    await bot.got.get()
    assert await control.messages() == []


async def test_an_ephemeral_button_carries_no_message_and_says_it_is_ephemeral(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    @bot.app.action("approve")
    async def approve(ack: AsyncAck, body: Json) -> None:
        await ack()
        bot.got.put_nowait(body)

    posted = await client.chat_postEphemeral(
        channel="C0INCIDENT", user="U0BOB", text="yours", blocks=BUTTONS
    )
    await press(control, posted["message_ts"])
    body = await bot.got.get()

    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body


async def test_the_sixth_answer_is_refused(bot: Bot, control: Control) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        await ack("heard")
        bot.got.put_nowait(command)

    await control.say("status")
    url = (await bot.got.get())["response_url"]
    async with aiohttp.ClientSession() as session:
        statuses = []
        for _ in range(6):
            async with session.post(url, json={"text": "again"}) as answer:
                statuses.append(answer.status)
        async with session.post(url + "x", json={"text": "x"}) as answer:
            statuses.append(answer.status)
    assert statuses == [200] * 5 + [404, 404]
