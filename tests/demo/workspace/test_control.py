"""The control API, and who may use it."""

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from tests.demo.workspace.conftest import Bot, Control


async def test_the_log_tells_every_call_and_no_credential(
    bot: Bot, client: AsyncWebClient, control: Control, tokens: Tokens
) -> None:
    await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await client.api_call("auth.test", data={"token": tokens.bot})
    log = await control.get("log")
    calls = {each["method"]: each for each in log["log"]}

    assert calls["chat.postMessage"]["body"]["text"] == "card"
    assert calls["chat.postMessage"]["answer"]["ok"]
    assert "apps.connections.open" in calls
    assert tokens.bot not in str(log)
    assert tokens.app not in str(log)
    assert "ticket=" not in str(log)


async def test_a_reset_clears_the_workspace_and_keeps_the_app_connected(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck) -> None:
        await ack("heard")

    await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await client.chat_postMessage(channel="U0BOB", text="please approve")
    await control.post("faults", edit_window_closed=True)
    await control.post("reset")
    state = await control.get("state")

    assert await control.messages() == []
    assert [each["id"] for each in state["channels"]] == ["C0INCIDENT", "C0GENERAL", "C0PARTNER"]
    assert state["faults"]["edit_window_closed"] is False
    assert (await control.say("status"))["ephemeral"]["text"] == "heard"


async def test_a_person_s_words_become_ids_in_a_message_too(control: Control) -> None:
    said = await control.post(
        "message", channel="C0INCIDENT", user="U0ALICE", text="@bob <look> at https://x.test/?a&b"
    )
    assert said["message"]["text"] == "<@U0BOB|bob> &lt;look&gt; at <https://x.test/?a&amp;b>"


async def test_a_thread_and_a_person_s_view_of_it_can_be_read(
    client: AsyncWebClient, control: Control
) -> None:
    parent = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await client.chat_postMessage(channel="C0INCIDENT", text="other")
    await control.post(
        "message", channel="C0INCIDENT", user="U0BOB", text="why?", thread_ts=parent["ts"]
    )
    thread = await control.messages(user="U0BOB", thread_ts=parent["ts"])

    assert [each["text"] for each in thread] == ["card", "why?"]


async def test_people_and_places_that_do_not_exist_are_named(control: Control) -> None:
    async def error(word: str, **body: object) -> str:
        return str((await control.post(word, **body))["error"])

    there = {"channel": "C0INCIDENT", "user": "U0ALICE"}
    assert await error("command", channel="C0INCIDENT", user="U0X", command="/vault") == (
        "user_not_found"
    )
    assert await error("command", channel="C0X", user="U0ALICE", command="/vault") == (
        "channel_not_found"
    )
    assert await error("command", **there, command="/volt") == "invalid_command"
    assert await error("message", **there, text=" ") == "no_text"
    assert await error("message", **there, text="x", thread_ts="1.1") == "thread_not_found"
    assert await error("interact", **there, messageTs="1.1", action={}) == "message_not_found"
    assert await error("submit", user="U0ALICE", view_id="V0X", values={}) == "view_not_found"


async def test_another_page_in_the_same_browser_can_do_nothing(control: Control) -> None:
    async def status(**headers: str) -> int:
        async with control.session.post(
            f"{control.url}/_world/destroy", headers=headers, json={}
        ) as answer:
            return answer.status

    assert await status(Origin="https://elsewhere.test") == 403
    assert await status(Host="elsewhere.test") == 403
    assert await status(Origin=control.url) == 503


async def test_without_a_world_the_page_is_told_so(control: Control) -> None:
    async with control.session.get(f"{control.url}/_world/state") as answer:
        assert answer.status == 503
        assert (await answer.json())["error"] == "The world is not connected"
