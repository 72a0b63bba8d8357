"""Text to be signed: shown, selected and copied exactly as it was said, pasted whole."""

from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.demo.workspace.conftest import Bot, Control, Json

pytestmark = pytest.mark.browser

_LINES: Final = [
    "cluster: prod & <staging>",
    "    four spaces, *no bold*, _no italics_, ~not struck~, `no code`",
    "\ttab and  two  spaces",
    "",
    "",
    "> no quote, :no_emoji: at 10:20:30, https://vault.test/?a=1&b=2 is no link",
    "digest: sha256:" + "0f" * 120,
]
STATEMENT: Final = "\n".join(_LINES)
LONG: Final = "\n".join(f"{number:3}  {'x' * 40}" for number in range(63))
SIGNATURE: Final = "\n".join(
    ["-----BEGIN SSH SIGNATURE-----", *["U1NI" * 17] * 12, "-----END SSH SIGNATURE-----"]
)


def escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fenced(words: str) -> Json:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": f"Sign this:\n```\n{escaped(words)}\n```"},
    }


def preformatted(words: str) -> Json:
    text = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [text]}


def approval(words: str) -> Json:
    field = {"type": "plain_text_input", "action_id": "proof", "multiline": True}
    return {
        "type": "modal",
        "callback_id": "approve",
        "title": {"type": "plain_text", "text": "Approve"},
        "submit": {"type": "plain_text", "text": "Approve"},
        "blocks": [
            fenced(words),
            {
                "type": "input",
                "block_id": "proof",
                "label": {"type": "plain_text", "text": "Signature"},
                "element": field | {"max_length": 3000},
            },
        ],
    }


def asks_for_a_signature(bot: Bot, words: str) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=approval(words))

    @bot.app.view("approve")
    async def submitted(ack: AsyncAck, view: Json) -> None:
        await ack()
        bot.got.put_nowait(view["state"]["values"]["proof"]["proof"])


async def clipboard(page: Page) -> str:
    held: str = await page.evaluate("navigator.clipboard.readText()")
    return held


async def copy_by_button(page: Page, place: Locator) -> str:
    await place.locator(".code").hover()
    await place.get_by_role("button", name="Copy this text").click()
    await expect(place.get_by_text("Copied")).to_be_visible()
    return await clipboard(page)


async def copy_by_hand(page: Page, place: Locator) -> str:
    await place.locator("pre").evaluate("each => getSelection().selectAllChildren(each)")
    await page.keyboard.press("Control+c")
    return await clipboard(page)


@pytest_asyncio.fixture(loop_scope="session")
async def reader(page: Page) -> Page:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


@pytest.mark.parametrize("block", [fenced(STATEMENT), preformatted(STATEMENT)])
async def test_a_code_block_of_a_message_is_copied_exactly(
    reader: Page, client: AsyncWebClient, block: Json
) -> None:
    await client.chat_postMessage(channel="C0INCIDENT", text="sign", blocks=[block])
    place = reader.locator("#messages .message").last
    shown = await place.locator("pre").evaluate(
        "each => [getComputedStyle(each).fontFamily, each.textContent]"
    )

    assert "monospace" in shown[0]
    assert shown[1] == STATEMENT
    assert await copy_by_button(reader, place) == STATEMENT
    assert await copy_by_hand(reader, place) == STATEMENT


async def test_a_long_statement_is_copied_from_a_modal_and_a_signature_pasted_into_it(
    bot: Bot, reader: Page, control: Control
) -> None:
    assert 2_800 < len(LONG) < 2_900
    asks_for_a_signature(bot, LONG)
    await control.say("restore")
    dialog = reader.get_by_role("dialog", name="Approve")
    assert await copy_by_button(reader, dialog) == LONG
    assert await copy_by_hand(reader, dialog) == LONG

    await reader.evaluate("words => navigator.clipboard.writeText(words)", SIGNATURE)
    await dialog.get_by_label("Signature").focus()
    await reader.keyboard.press("Control+v")
    await expect(dialog.get_by_label("Signature")).to_have_value(SIGNATURE)
    await dialog.get_by_role("button", name="Approve").click()
    await expect(dialog).to_be_hidden()
    assert (await bot.got.get())["value"] == SIGNATURE


async def test_a_pasted_text_that_is_too_long_is_said_to_be_and_not_cut(
    bot: Bot, reader: Page, control: Control
) -> None:
    asks_for_a_signature(bot, "run: r-1")
    await control.say("restore")
    dialog = reader.get_by_role("dialog", name="Approve")
    await dialog.get_by_label("Signature").fill("x" * 3001)
    await dialog.get_by_role("button", name="Approve").click()
    await expect(dialog.get_by_role("alert")).to_have_text(
        "Please enter no more than 3000 characters."
    )
    await expect(dialog.get_by_label("Signature")).to_have_value("x" * 3001)
    assert bot.got.empty()
