"""Calls that meet a fault: what the real client sees, and what was done all the same."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from tests.demo.workspace.conftest import Bot, Control, Json, error_of
from tests.demo.workspace.test_commands_and_clicks import modal


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_is_no_answer_of_slack_s(
    client: AsyncWebClient, control: Control, status: int
) -> None:
    await control.post("faults", http_500={"method": "chat.postMessage", "status": status})
    with pytest.raises(SlackApiError) as broken:
        await client.chat_postMessage(channel="C0INCIDENT", text="card")

    assert broken.value.response.status_code == status
    assert await control.messages() == []


async def test_a_reset_breaks_the_connection_before_anything_happened(
    client: AsyncWebClient, control: Control
) -> None:
    await control.post("faults", reset={"method": ["chat.postMessage", "auth.test"]})
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0INCIDENT", text="card")

    assert await control.messages() == []
    assert (await client.auth_test())["ok"]


@pytest.mark.parametrize("effects", [0, 1])
async def test_silence_lasts_until_the_client_gives_up(
    site: RunningSite, tokens: Tokens, control: Control, effects: int
) -> None:
    impatient = AsyncWebClient(
        token=tokens.bot, base_url=f"{site.url}/api/", timeout=1, retry_handlers=[]
    )
    fault = {"method": "chat.postMessage", "takes_effect": bool(effects)}
    await control.post("faults", silence=fault)
    with pytest.raises(asyncio.TimeoutError):
        await impatient.chat_postMessage(channel="C0INCIDENT", text="card")

    assert [each["text"] for each in await control.messages()] == ["card"] * effects
    assert (await impatient.chat_postMessage(channel="C0INCIDENT", text="again"))["ok"]


async def test_at_random_one_call_in_five_goes_wrong_until_it_is_cleared(
    client: AsyncWebClient, control: Control
) -> None:
    async def wrong() -> int:
        said = [client.auth_test() for _ in range(100)]
        answers = await asyncio.gather(*said, return_exceptions=True)
        return sum(isinstance(each, BaseException) for each in answers)

    fifth = {"method": "auth.test", "chance": 0.2}
    await control.post("faults", seed=3, http_500=fifth)
    assert 8 <= await wrong() <= 35
    await control.post("faults")
    assert await wrong() == 0


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_a_token_that_is_good_no_more_opens_nothing(
    client: AsyncWebClient, tokens: Tokens, control: Control, error: str
) -> None:
    await control.post("faults", token=error)
    assert await error_of(client, "chat.postMessage", channel="C0INCIDENT", text="x") == error
    with pytest.raises(SlackApiError, match=error):
        await client.apps_connections_open(app_token=tokens.app)
    await control.post("faults", token=None)
    assert (await client.auth_test())["ok"]


async def test_a_scope_that_is_taken_away_is_named(
    client: AsyncWebClient, control: Control
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await control.post("faults", missing_scopes=["pins:write", "channels:history"])
    with pytest.raises(SlackApiError) as refused:
        await client.pins_add(channel="C0INCIDENT", timestamp=posted["ts"])
    answer = refused.value.response

    assert (answer["error"], answer["needed"]) == ("missing_scope", "pins:write")
    assert "chat:write" in answer["provided"]
    assert "pins:write" not in answer["provided"]
    history = await error_of(client, "conversations.history", channel="C0INCIDENT")
    assert history == "missing_scope"
    scopes = (await client.auth_test()).headers["x-oauth-scopes"]
    assert "pins:write" not in scopes


async def test_an_archived_channel_takes_nothing_and_says_so(
    client: AsyncWebClient, control: Control
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await control.post("faults", archived=["C0INCIDENT"])
    there = {"channel": "C0INCIDENT"}

    assert await error_of(client, "chat.postMessage", **there, text="x") == "is_archived"
    assert await error_of(client, "chat.postEphemeral", **there, user="U0BOB", text="x") == (
        "is_archived"
    )
    assert await error_of(client, "chat.update", **there, ts=posted["ts"], text="x") == (
        "is_inactive"
    )
    assert await error_of(client, "pins.add", **there, timestamp=posted["ts"]) == "is_archived"
    info = await client.conversations_info(channel="C0INCIDENT")
    assert info["channel"]["is_archived"] is True
    history = await client.conversations_history(channel="C0INCIDENT")
    assert [each["text"] for each in history["messages"]] == ["card"]
    assert (await control.say("status"))["error"] == "is_archived"
    await control.post("reset")
    assert (await client.chat_postMessage(channel="C0INCIDENT", text="x"))["ok"]


async def test_a_message_that_somebody_deleted_is_not_found(
    client: AsyncWebClient, control: Control
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    there = {"channel": "C0INCIDENT", "ts": posted["ts"]}
    assert (await control.post("delete", **there))["ok"]

    assert await error_of(client, "chat.update", **there, text="x") == "message_not_found"
    assert await error_of(client, "chat.getPermalink", channel="C0INCIDENT", message_ts="1.1")
    assert (await control.post("delete", **there))["error"] == "message_not_found"


Urls = Callable[[], Awaitable[Json]]


@pytest.fixture
def called(bot: Bot, control: Control) -> Urls:
    """A command, with the credentials that came with it."""

    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json) -> None:
        await ack("heard")
        bot.got.put_nowait(command)

    async def call() -> Json:
        await control.say("status")
        return await bot.got.get()

    return call


async def test_a_response_url_fails_like_any_call(called: Urls, control: Control) -> None:
    url = (await called())["response_url"]
    await control.post(
        "faults",
        rate_limit={"method": "response_url", "retry_after": 4},
        http_500={"method": "response_url"},
    )
    async with aiohttp.ClientSession() as session:
        seen = []
        for _ in range(3):
            async with session.post(url, json={"text": "again"}) as answer:
                seen.append((answer.status, answer.headers.get("Retry-After")))
    assert seen == [(429, "4"), (500, None), (200, None)]


async def test_an_upload_fails_like_any_call(client: AsyncWebClient, control: Control) -> None:
    await control.post("faults", http_500={"method": "upload"})

    async def upload() -> bool:
        answer = await client.files_upload_v2(
            channel="C0INCIDENT", filename="report.md", content="# Restored"
        )
        return bool(answer["ok"])

    with pytest.raises(SlackRequestError, match="500"):
        await upload()
    assert await control.messages() == []
    assert await upload()


async def test_a_trigger_that_waited_three_seconds_opens_nothing(
    called: Urls, client: AsyncWebClient
) -> None:
    late, in_time = await called(), await called()
    opened = await client.views_open(trigger_id=in_time["trigger_id"], view=modal())
    await asyncio.sleep(3.05)

    used = await error_of(client, "views.open", trigger_id=in_time["trigger_id"], view=modal())
    error = await error_of(client, "views.open", trigger_id=late["trigger_id"], view=modal())
    assert opened["ok"]
    assert used == "exchanged_trigger_id"
    assert error == "expired_trigger_id"


TIERS = {
    "bots.info": 50,
    "chat.update": 50,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "pins.add": 20,
    "apps.connections.open": 50,
    "chat.postEphemeral": 100,
    "users.info": 100,
    "views.open": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
}


@pytest.mark.parametrize(("method", "most"), TIERS.items())
async def test_each_method_has_its_tier_and_says_when_to_come_back(
    site: RunningSite, tokens: Tokens, method: str, most: int
) -> None:
    """Calls that Slack refuses count as well."""
    token = tokens.app if method.startswith("apps.") else tokens.bot
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def call() -> tuple[int, int]:
            async with session.post(f"{site.url}/api/{method}", json={}) as answer:
                return answer.status, int(answer.headers.get("Retry-After", 0))

        within = [await call() for _ in range(most)]
        status, wait = await call()
    assert {each for each, _ in within} == {200}
    assert status == 429
    assert 55 <= wait <= 60
