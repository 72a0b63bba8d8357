"""Wrong calls, wrong tokens and missing scopes get the error Slack gives."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite, serve
from tests.demo.workspace.conftest import Json, error_of

WRONG_CALLS: list[tuple[str, Json, str]] = [
    ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "C0GENERAL", "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": "U0GONE", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
    (
        "chat.postMessage",
        {"channel": "C0INCIDENT", "text": "x", "thread_ts": "1.000001"},
        "thread_not_found",
    ),
    (
        "chat.update",
        {"channel": "C0INCIDENT", "ts": "1.000001", "text": "x"},
        "message_not_found",
    ),
    ("chat.getPermalink", {"channel": "C0INCIDENT", "message_ts": "1.1"}, "message_not_found"),
    ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
    ("conversations.history", {"channel": "C0GENERAL"}, "not_in_channel"),
    ("conversations.history", {"channel": "C0INCIDENT", "cursor": "?"}, "invalid_cursor"),
    ("conversations.replies", {"channel": "C0INCIDENT", "ts": "1.1"}, "thread_not_found"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
    ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
    ("files.info", {"file": "F0NONE"}, "file_not_found"),
    (
        "reactions.add",
        {"channel": "C0INCIDENT", "timestamp": "1.1", "name": "eyes"},
        "message_not_found",
    ),
    ("views.open", {"trigger_id": "1.2.3", "view": {"type": "modal"}}, "invalid_trigger_id"),
    ("views.update", {"view_id": "V0NONE", "view": {"type": "modal"}}, "not_found"),
    ("chat.scheduleMessage", {"channel": "C0INCIDENT", "text": "x"}, "unknown_method"),
]


@pytest.mark.parametrize(("method", "body", "error"), WRONG_CALLS)
async def test_a_wrong_call_is_refused_with_slack_s_error(
    client: AsyncWebClient, method: str, body: Json, error: str
) -> None:
    assert await error_of(client, method, **body) == error


async def test_a_token_that_is_absent_wrong_or_of_the_other_kind_is_refused(
    site: RunningSite, tokens: Tokens
) -> None:
    async def error_with(token: str | None, method: str = "auth.test") -> str:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{site.url}/api/{method}", headers=headers) as answer,
        ):
            return str((await answer.json())["error"])

    assert await error_with(None) == "not_authed"
    assert await error_with("xoxb-wrong") == "invalid_auth"
    assert await error_with(tokens.app) == "not_allowed_token_type"
    assert await error_with(tokens.bot, "apps.connections.open") == "not_allowed_token_type"


async def test_a_method_needs_its_scope() -> None:
    tokens = Tokens("xoxb-1", "xapp-1", frozenset({"chat:write", "channels:read"}))
    site = await serve(0, tokens, None)
    client = AsyncWebClient(token=tokens.bot, base_url=f"{site.url}/api/")
    try:
        posted = await client.chat_postMessage(channel="C0INCIDENT", text="card")
        with pytest.raises(SlackApiError) as refused:
            await client.pins_add(channel="C0INCIDENT", timestamp=posted["ts"])
        private = await error_of(client, "conversations.list", types="private_channel")
        history = await error_of(client, "conversations.history", channel="C0INCIDENT")
    finally:
        await site.stop()

    answer = refused.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "pins:write")
    assert answer["provided"] == "channels:read,chat:write"
    assert private == "missing_scope"
    assert history == "missing_scope"


async def test_json_that_is_none_is_refused(site: RunningSite, tokens: Tokens) -> None:
    async def error_for(data: str) -> str:
        headers = {
            "Authorization": f"Bearer {tokens.bot}",
            "Content-Type": "application/json; charset=utf-8",
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{site.url}/api/auth.test", headers=headers, data=data) as answer,
        ):
            return str((await answer.json())["error"])

    assert await error_for("{") == "invalid_json"
    assert await error_for("[]") == "json_not_object"
