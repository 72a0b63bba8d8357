"""Faults strike as often as asked, in the shape Slack gives them."""

import time

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from tests.demo.workspace.conftest import Control, error_of


async def test_a_rate_limit_says_when_to_come_back_and_ends(
    client: AsyncWebClient, control: Control
) -> None:
    await control.post("faults", rate_limit={"method": "auth.test", "retry_after": 7, "times": 2})

    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await client.auth_test()
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "7"
        assert refused.value.response["error"] == "ratelimited"
    assert (await client.auth_test())["ok"]


async def test_the_sdk_s_own_retry_handler_waits_and_gets_through(
    site: RunningSite, tokens: Tokens, control: Control
) -> None:
    patient = AsyncWebClient(
        token=tokens.bot,
        base_url=f"{site.url}/api/",
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)],
    )
    await control.post("faults", rate_limit={"method": "auth.test", "retry_after": 1})
    began = time.monotonic()

    assert (await patient.auth_test())["ok"]
    assert time.monotonic() - began >= 1


async def test_a_server_error_changes_nothing(client: AsyncWebClient, control: Control) -> None:
    await control.post("faults", http_500={"method": "chat.postMessage", "times": 1})
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="C0INCIDENT", text="card")

    assert await control.messages() == []
    assert (await client.chat_postMessage(channel="C0INCIDENT", text="card"))["ok"]


async def test_a_lost_answer_leaves_the_message_posted(
    client: AsyncWebClient, control: Control
) -> None:
    await control.post("faults", lost_answer={"method": "chat.postMessage"})
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0INCIDENT", text="card")

    assert [each["text"] for each in await control.messages()] == ["card"]


async def test_a_closed_edit_window_refuses_updates_until_it_is_opened(
    client: AsyncWebClient, control: Control
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await control.post("faults", edit_window_closed=True)
    late = {"channel": "C0INCIDENT", "ts": posted["ts"], "text": "late"}

    assert await error_of(client, "chat.update", **late) == "edit_window_closed"
    await control.post("faults", edit_window_closed=False)
    assert (await client.chat_update(channel="C0INCIDENT", ts=posted["ts"], text="late"))["ok"]


async def test_slack_s_own_tiers_hold_unless_switched_off(
    client: AsyncWebClient, control: Control
) -> None:
    async def list_twenty_one() -> list[str]:
        errors = []
        for _ in range(21):
            try:
                await client.usergroups_list()
            except SlackApiError as refused:
                errors.append(str(refused.response["error"]))
        return errors

    assert await list_twenty_one() == ["ratelimited"]
    await control.post("faults", tiers=False)
    assert await list_twenty_one() == []


async def test_faults_can_be_cleared(client: AsyncWebClient, control: Control) -> None:
    await control.post("faults", http_500={"times": 9}, edit_window_closed=True)
    answer = await control.post("faults", clear=True)

    assert answer["faults"]["http_500"] == []
    assert answer["faults"]["edit_window_closed"] is False
    assert (await client.auth_test())["ok"]
