"""People change, and the app hears of it: at least once, and with Slack's own payloads."""

import asyncio

import pytest
from slack_bolt.async_app import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tests.demo.workspace.conftest import Bot, Control, Json, Start, error_of
from tests.demo.workspace.test_commands_and_clicks import BUTTONS


def hears(bot: Bot) -> None:
    @bot.app.event("user_change")
    async def changed(body: Json, request: AsyncBoltRequest) -> None:
        retry = request.headers.get("x-slack-retry-num", ["0"])
        why = request.headers.get("x-slack-retry-reason", [""])
        bot.got.put_nowait(body | {"retry": (retry[0], why[0])})


async def test_a_deactivated_person_is_so_everywhere_and_the_app_is_told(
    bot: Bot, client: AsyncWebClient, control: Control
) -> None:
    hears(bot)
    answer = await control.post("user", user="U0BOB", deleted=True)
    body = await asyncio.wait_for(bot.got.get(), 5)
    user = (await client.users_info(user="U0BOB"))["user"]

    assert answer["user"]["deleted"] is True
    assert (body["type"], body["event"]["type"]) == ("event_callback", "user_change")
    assert (body["event"]["user"]["id"], body["event"]["user"]["deleted"]) == ("U0BOB", True)
    assert body["team_id"] == "T0DEMO"
    assert body["authorizations"][0]["user_id"] == "U0VAULT"
    assert user["deleted"] is True
    error = await error_of(client, "chat.postMessage", channel="U0BOB", text="x")
    assert error == "channel_not_found"
    await control.post("user", user="U0BOB", deleted=False, is_restricted=True)
    event = (await asyncio.wait_for(bot.got.get(), 5))["event"]
    assert (event["user"]["deleted"], event["user"]["is_restricted"]) == (False, True)


async def test_nothing_else_of_a_person_changes(control: Control) -> None:
    answer = await control.post("user", user="U0BOB", is_admin=True)
    assert answer["error"] == "A person has no is_admin to change."
    assert (await control.post("user", user="U0NOBODY", deleted=True))["error"] == "user_not_found"
    await control.post("user", user="U0BOB", deleted=True)
    await control.post("reset")
    [bob] = [each for each in (await control.get("state"))["users"] if each["id"] == "U0BOB"]
    assert bob["deleted"] is False


async def test_an_event_that_nobody_heard_comes_again_with_its_number_and_reason(
    start_bot: Start, control: Control
) -> None:
    """Slack tries at once, after a minute and after five; the pauses here are shorter."""
    assert (await control.get("faults"))["faults"]["event_retries_s"] == [0, 60, 300]
    await control.post("faults", event_retries_s=[0, 0.5, 5])
    await control.post("user", user="U0BOB", deleted=True)
    async with asyncio.timeout(5):
        while len((await control.get("acks"))["acks"]) < 2:
            await asyncio.sleep(0.05)
    bot = await start_bot()
    hears(bot)
    body = await asyncio.wait_for(bot.got.get(), 5)
    acks = (await control.get("acks", kind="events_api"))["acks"]

    assert body["retry"] == ("2", "timeout")
    assert [each["retry_attempt"] for each in acks] == [0, 1, 2]
    assert [each["error"] for each in acks] == ["dispatch_failed", "dispatch_failed", None]
    assert [each["missed"] for each in acks] == [True, True, False]


async def test_an_acknowledged_event_may_come_again_with_the_same_id(
    bot: Bot, control: Control
) -> None:
    hears(bot)
    await control.post("faults", event_repeated={})
    await control.post("user", user="U0BOB", deleted=True)
    first, second = [await asyncio.wait_for(bot.got.get(), 5) for _ in range(2)]

    assert first["event_id"] == second["event_id"]
    assert (first["retry"][0], second["retry"]) == ("0", ("1", "timeout"))


@pytest.mark.parametrize(
    ("user", "marks"),
    [
        ("U0ALICE", set()),
        ("U0GUEST", {"is_restricted"}),
        ("U0STRANGER", {"is_stranger"}),
        ("U0GONE", {"deleted"}),
    ],
)
async def test_a_click_tells_the_team_and_users_info_the_rest(
    bot: Bot, client: AsyncWebClient, control: Control, user: str, marks: set[str]
) -> None:
    """A click proves who somebody is, never what they may do: the payload does not say it."""

    @bot.app.action("approve")
    async def approve(ack: AsyncAck, body: Json) -> None:
        await ack()
        bot.got.put_nowait(body)

    posted = await client.chat_postMessage(channel="C0PARTNER", text="card", blocks=BUTTONS)
    await control.post(
        "interact",
        channel="C0PARTNER",
        messageTs=posted["ts"],
        user=user,
        action={"action_id": "approve"},
    )
    body = await bot.got.get()
    info = (await client.users_info(user=user))["user"]

    team = "T0OTHER" if "is_stranger" in marks else "T0DEMO"
    assert (body["user"]["id"], body["team"]["id"]) == (user, "T0DEMO")
    assert body["user"]["team_id"] == info["team_id"] == team
    assert not {"is_restricted", "is_stranger", "deleted"} & body["user"].keys()
    assert {each for each in ("is_restricted", "is_stranger", "deleted") if info.get(each)} == marks
