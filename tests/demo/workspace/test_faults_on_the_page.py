"""The panel of faults, and what a person sees when the app does not answer."""

import asyncio
from typing import Final

import pytest
from playwright.async_api import Browser, Page, expect
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.site import RunningSite
from tests.demo.workspace.browsing import browsing
from tests.demo.workspace.conftest import Bot, Control, Json
from tests.demo.workspace.test_commands_and_clicks import BUTTONS, modal

pytestmark = pytest.mark.browser

# Each switch by its words, and what it sets.
SWITCHES: Final[dict[str, Json]] = {
    "Slack says “too many requests”": {
        "rate_limit": [{"method": ["*"], "times": None, "chance": 1.0, "retry_after": 5}]
    },
    "Slack answers with a server error": {
        "http_500": [{"method": ["*"], "times": None, "chance": 1.0, "status": 500}]
    },
    "The connection breaks": {"reset": [{"method": ["*"], "times": None, "chance": 1.0}]},
    "The answer gets lost": {"lost_answer": [{"method": ["*"], "times": None, "chance": 1.0}]},
    "Slack takes the call and never answers": {
        "silence": [{"method": ["*"], "times": None, "chance": 1.0, "takes_effect": False}]
    },
    "Slack is slow": {"lag_ms": 500},
    "Slack's own limits hold": {"tiers": False},
    "Commands and clicks get lost": {"silent": True},
    "The app cannot connect": {"socket_refused": [{"times": None, "chance": 1.0}]},
    "New connections are dead": {"socket_dead": [{"times": None, "chance": 1.0}]},
    "A new connection every 6 seconds": {"refresh_every_s": 6.0},
    "It may not pin messages": {"missing_scopes": ["pins:write"]},
    "Messages can no longer be edited": {"edit_window_closed": True},
    "#incident is archived": {"archived": ["C0INCIDENT"]},
}


async def faults(control: Control) -> Json:
    shown: Json = (await control.get("faults"))["faults"]
    return shown


async def test_every_switch_of_the_panel_sets_its_fault_and_one_button_ends_them_all(
    page: Page, control: Control
) -> None:
    untouched = await faults(control)
    await page.get_by_role("button", name="Faults").click()
    panel = page.get_by_role("dialog", name="Faults")
    for at, words in enumerate(SWITCHES, start=1):
        await panel.get_by_role("switch", name=words).click()
        await expect(page.get_by_role("button", name=f"Faults, {at} on")).to_be_visible()
    await panel.get_by_label("The app's token").select_option("was revoked")
    await expect(page.get_by_role("button", name=f"Faults, {len(SWITCHES) + 1} on")).to_be_visible()
    set_now = await faults(control)
    await panel.get_by_role("button", name="End all").click()
    await expect(panel.get_by_role("switch", name="Slack is slow")).not_to_be_checked()

    wanted = {name: value for each in SWITCHES.values() for name, value in each.items()}
    changed = {name: value for name, value in set_now.items() if value != untouched[name]}
    assert changed == wanted | {"token": "token_revoked"}
    assert await faults(control) == untouched
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()


async def test_a_fault_can_be_for_some_calls_and_some_of_the_time(
    page: Page, control: Control
) -> None:
    await page.get_by_role("button", name="Faults").click()
    panel = page.get_by_role("dialog", name="Faults")
    await panel.get_by_role("switch", name="The connection breaks").click()
    await panel.get_by_label("Which calls").select_option("edits of messages")
    await panel.get_by_label("How often").select_option("one time in ten")
    wanted = [{"method": ["chat.update"], "times": None, "chance": 0.1}]
    async with asyncio.timeout(5):
        while (await faults(control))["reset"] != wanted:
            await asyncio.sleep(0.02)
    await panel.get_by_role("switch", name="The connection breaks").click()
    await expect(page.get_by_role("button", name="Faults", exact=True)).to_be_visible()
    assert (await faults(control))["reset"] == []


async def test_people_are_deactivated_and_messages_deleted_from_the_panel(
    page: Page, client: AsyncWebClient, control: Control
) -> None:
    await client.chat_postMessage(channel="C0INCIDENT", text="the card")
    await page.get_by_role("button", name="Faults").click()
    panel = page.get_by_role("dialog", name="Faults")
    await panel.get_by_role("switch", name="Bob is deactivated").click()
    await panel.get_by_role("switch", name="Carol is a guest").click()
    await expect(page.get_by_role("radio", name="Bob, approver")).to_be_hidden()
    await expect(page.get_by_role("radio", name="Carol, guest")).to_be_visible()
    await panel.get_by_role("button", name="Delete the app's last message here").click()
    await expect(page.get_by_text("the card", exact=True)).to_be_hidden()
    await panel.get_by_role("switch", name="#incident is archived").click()
    note = page.locator("#composer").get_by_text("#incident is archived: nobody can write here.")
    await expect(note).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message #incident")).to_be_hidden()

    users = {each["id"]: each for each in (await control.get("state"))["users"]}
    assert users["U0BOB"]["deleted"]
    assert users["U0CAROL"]["is_restricted"]
    assert await control.messages() == []


async def test_whoever_is_not_answered_in_time_is_told_as_in_slack(
    bot: Bot, page: Page, client: AsyncWebClient, control: Control
) -> None:
    @bot.app.command("/vault")
    async def vault(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal())

    await client.chat_postMessage(channel="C0INCIDENT", text="card", blocks=BUTTONS)
    await control.say("restore")
    await control.post("faults", silent=True)
    dialog = page.get_by_role("dialog", name="Approve")
    await dialog.get_by_label("Type the cluster's name").fill("prod")
    await dialog.get_by_role("button", name="Approve").click()
    trouble = dialog.get_by_text("We had some trouble connecting. Try again?")
    await expect(trouble).to_be_visible()
    await expect(dialog.get_by_label("Type the cluster's name")).to_have_value("prod")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Approve…").click()
    composer = page.get_by_role("textbox", name="Message #incident")
    await composer.fill("/vault status")
    await composer.press("Enter")
    await expect(page.get_by_role("img", name="This app did not answer in time")).to_be_visible()
    late = page.get_by_text('/vault failed with the error "operation_timeout"', exact=True)
    await expect(late).to_be_visible()
    await bot.handler.close_async()
    await composer.fill("/vault status")
    await composer.press("Enter")
    gone = page.get_by_text('/vault failed with the error "dispatch_failed"', exact=True)
    await expect(gone).to_be_visible()


async def test_a_telephone_shows_one_part_at_a_time(
    browser: Browser, site: RunningSite, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0INCIDENT", text="card", blocks=BUTTONS)
    async with browsing(browser, site.url) as page:
        await page.set_viewport_size({"width": 390, "height": 844})
        composer = page.get_by_role("textbox", name="Message #incident")
        await expect(composer).to_be_visible()
        await page.get_by_role("button", name="The world", exact=True).click()
        await expect(page.get_by_role("complementary", name="The world")).to_be_visible()
        await expect(composer).to_be_hidden()
        await page.get_by_role("button", name="Channels", exact=True).click()
        await page.get_by_role("button", name="general").click()
        await expect(page.get_by_role("textbox", name="Message #general")).to_be_visible()
        await page.get_by_role("button", name="Faults").click()
        await expect(page.get_by_role("switch", name="Slack is slow")).to_be_visible()
        wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide == 390
