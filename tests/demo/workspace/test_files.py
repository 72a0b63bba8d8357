"""A report travels as Slack's files do: announced, uploaded, completed into a thread."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from tests.demo.workspace.conftest import Control

REPORT = "# Restored\n\nRTO 4 min\n"


async def test_a_report_uploaded_into_a_thread_can_be_read_there(
    client: AsyncWebClient, control: Control
) -> None:
    parent = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    uploaded = await client.files_upload_v2(
        channel="C0INCIDENT",
        thread_ts=parent["ts"],
        filename="report.md",
        content=REPORT,
        title="Report",
        initial_comment="Done",
    )
    file_id = uploaded["files"][0]["id"]
    thread = await control.messages(thread_ts=parent["ts"])
    async with control.session.get(f"{control.url}/_control/files/{file_id}") as answer:
        read = await answer.text()
    info = await client.files_info(file=file_id)

    assert read == REPORT
    assert (thread[-1]["text"], thread[-1]["files"][0]["title"]) == ("Done", "Report")
    assert info["file"]["size"] == len(REPORT)
    assert info["file"]["channels"] == ["C0INCIDENT"]


async def test_a_file_is_downloaded_with_the_app_s_token_only(
    client: AsyncWebClient, control: Control, tokens: Tokens
) -> None:
    uploaded = await client.files_upload_v2(
        channel="C0INCIDENT", filename="report.md", content=REPORT
    )
    url = (await client.files_info(file=uploaded["files"][0]["id"]))["file"]["url_private"]
    headers = {"Authorization": f"Bearer {tokens.bot}"}

    async with control.session.get(url) as refused, control.session.get(url, headers=headers) as ok:
        assert refused.status == 403
        assert (await ok.read()).decode() == REPORT


async def test_an_upload_that_is_shorter_than_announced_is_not_taken(
    client: AsyncWebClient, site: RunningSite
) -> None:
    asked = await client.files_getUploadURLExternal(filename="report.md", length=100)
    async with (
        aiohttp.ClientSession() as session,
        session.post(asked["upload_url"], data=b"short") as answer,
    ):
        assert answer.status == 400
    with pytest.raises(SlackApiError) as refused:
        await client.files_completeUploadExternal(files=[{"id": asked["file_id"], "title": "x"}])
    assert refused.value.response["error"] == "file_not_found"
