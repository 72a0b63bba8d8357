"""The page in a real browser: typing, clicking, acting as somebody else."""

import asyncio
from typing import Final

import pytest
from playwright.async_api import Page, expect
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from tests.demo.workspace.conftest import Bot, Control, Json
from tests.demo.workspace.test_commands_and_clicks import modal

pytestmark = pytest.mark.browser


def card(rev: int, words: str = "step 1 of 7") -> list[Json]:
    go: Json = {
        "type": "button",
        "action_id": "deny",
        "style": "danger",
        "text": {"type": "plain_text", "text": "Deny"},
        "confirm": {
            "title": {"type": "plain_text", "text": "Deny this restore?"},
            "text": {"type": "mrkdwn", "text": "Nothing was changed."},
            "confirm": {"type": "plain_text", "text": "Yes, deny"},
            "deny": {"type": "plain_text", "text": "Back"},
        },
    }
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": f":hourglass: *{words}*"}},
        {"type": "actions", "block_id": f"act-{rev}", "elements": [go]},
    ]


def _posts_a_card_to_deny(bot: Bot) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(
            channel=command["channel_id"], text=command["text"], blocks=card(1)
        )

    @bot.app.action("deny")
    async def deny(ack: AsyncAck, respond: AsyncRespond, body: Json) -> None:
        await ack()
        bot.got.put_nowait(body)
        await respond("Denied", replace_original=False)


async def test_a_typed_command_is_completed_sent_and_its_confirmed_button_clicked(
    bot: Bot, page: Page
) -> None:
    _posts_a_card_to_deny(bot)
    composer = page.get_by_role("textbox", name="Message #incident")
    await composer.press_sequentially("/v")
    await expect(page.get_by_role("option", name="/vault")).to_be_visible()
    await composer.press("Tab")
    await composer.press_sequentially("res")
    await composer.press("ArrowDown")
    await composer.press("Enter")
    await expect(composer).to_have_value("/vault restore ")
    await composer.press_sequentially("latest")
    await composer.press("Enter")

    # A refused question sends nothing; only the second click does.
    await page.get_by_role("radio", name="Bob, approver").click()
    await page.get_by_role("button", name="Deny", exact=True).click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Deny", exact=True).click()
    await page.get_by_role("button", name="Yes, deny").click()
    body = await asyncio.wait_for(bot.got.get(), 5)
    await expect(page.get_by_text("Only visible to you")).to_be_visible()

    assert body["user"]["id"] == "U0BOB"
    assert body["message"]["text"] == "restore latest"
    assert bot.got.empty()
    await page.get_by_role("radio", name="Carol, approver").click()
    await expect(page.get_by_text("Only visible to you")).to_be_hidden()


async def test_a_modal_shows_what_is_wrong_and_closes_with_escape(
    bot: Bot, page: Page, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal())

    @bot.app.view("approve")
    async def submitted(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"name": "That is not prod"})

    await control.say("restore")
    dialog = page.get_by_role("dialog", name="Approve")
    field = dialog.get_by_label("Type the cluster's name")
    await expect(field).to_be_focused()
    await field.press("Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("Please complete this required field.")
    await field.fill("test")
    await field.press("Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("That is not prod")
    await expect(field).to_have_value("test")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert (await control.get("state"))["views"] == []


async def test_a_live_message_changes_under_the_reader_without_moving_them(
    page: Page, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0INCIDENT", text="card", blocks=card(1))
    button = page.get_by_role("button", name="Deny", exact=True)
    await button.focus()
    before = await button.bounding_box()
    composer = page.get_by_role("textbox", name="Message #incident")
    await page.evaluate("document.activeElement.id = 'the-same'")
    for rev in range(2, 6):
        await client.chat_update(
            channel="C0INCIDENT",
            ts=posted["ts"],
            text="card",
            blocks=card(rev, f"step {rev} of 7"),
        )
    await expect(page.get_by_text("step 5 of 7")).to_be_visible()

    assert await page.evaluate("document.activeElement.id") in {"the-same", ""}
    await expect(button).to_be_focused()
    assert await button.bounding_box() == before
    await expect(composer).to_be_visible()


async def test_a_mention_of_somebody_else_shows_on_their_face(
    page: Page, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0INCIDENT", text="<@U0BOB> please approve")
    await client.chat_postMessage(channel="U0BOB", text="please approve")

    bob = page.get_by_role("radio", name="Bob, approver, 2 unread mentions")
    await expect(bob).to_be_visible()
    await bob.click()
    await expect(page.get_by_role("button", name="vault-responder, unread")).to_be_visible()
    await page.get_by_role("button", name="vault-responder, unread").click()
    await expect(page.locator("#messages").get_by_text("please approve")).to_be_visible()
    await page.get_by_role("radio", name="Alice, responder").click()
    await expect(page.get_by_role("radio", name="Bob, approver", exact=True)).to_be_visible()


async def test_a_button_nobody_answers_gets_a_warning_sign(
    page: Page, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0INCIDENT", text="card", blocks=card(1))
    await page.get_by_role("button", name="Deny", exact=True).click()
    await page.get_by_role("button", name="Yes, deny").click()
    await expect(page.get_by_role("img", name="This app did not answer in time")).to_be_visible()


async def test_words_are_never_read_as_html(page: Page, client: AsyncWebClient) -> None:
    evil = '<img src=x onerror="document.title=1"> &lt;b&gt; <javascript:alert(1)|click> *bold*'
    await client.chat_postMessage(channel="C0INCIDENT", text=evil)
    row = page.locator("#messages .words").last
    await expect(row.locator("strong")).to_have_text("bold")

    assert await row.locator("img, b, a").count() == 0
    assert await page.title() == "#incident · Postbox"


async def test_arrow_up_brings_back_what_was_typed(page: Page) -> None:
    composer = page.get_by_role("textbox", name="Message #incident")
    for words in ("first", "second"):
        await composer.fill(words)
        await composer.press("Enter")
    await composer.press("ArrowUp")
    await composer.press("ArrowUp")
    await expect(composer).to_have_value("first")
    await composer.press("ArrowDown")
    await expect(composer).to_have_value("second")


async def test_a_permalink_opens_the_thread_it_names(
    page: Page, client: AsyncWebClient, control: Control
) -> None:
    parent = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    reply = await client.chat_postMessage(
        channel="C0INCIDENT", text="step 1 is done", thread_ts=parent["ts"]
    )
    link = await client.chat_getPermalink(channel="C0INCIDENT", message_ts=reply["ts"])
    await client.chat_postMessage(channel="U0ALICE", text=f"<{link['permalink']}|the step>")

    await page.get_by_role("button", name="vault-responder, unread").click()
    await page.get_by_role("link", name="the step").click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_text("step 1 is done")).to_be_visible()
    await page.goto(link["permalink"])
    await expect(thread.get_by_text("step 1 is done")).to_be_visible()


REPORT: Final = r"""# Restored

| Step | Took |
| --- | --- |
| Load | 4 s \| 5 s |

- Tell the owners:
  - what was lost
- Take a backup
"""


async def test_a_report_in_a_thread_opens_as_a_document(page: Page, client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel="C0INCIDENT", text="card")
    await client.files_upload_v2(
        channel="C0INCIDENT",
        thread_ts=parent["ts"],
        filename="report.md",
        content=REPORT,
    )
    await page.get_by_role("button", name="1 reply").click()
    await page.get_by_role("button", name="report.md Markdown").click()
    viewer = page.get_by_role("dialog", name="report.md")
    await expect(viewer.get_by_role("heading", name="Restored")).to_be_visible()
    await expect(viewer.get_by_role("cell", name="4 s | 5 s")).to_be_visible()
    await expect(viewer.locator("li li")).to_have_text("what was lost")
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
