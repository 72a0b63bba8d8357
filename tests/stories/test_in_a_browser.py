"""The outcome as a visitor sees it: from the destroy button to the green report, in chromium."""

import re
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.demo.workspace.browsing import ARGUMENTS, CHROMIUM, browsing
from tests.servers import absent
from tests.stories.demo import Demo, until
from tests.stories.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

_SOON = 30_000
_CARRIED_OUT = 150_000


@pytest_asyncio.fixture
async def visitor(demo: Demo, tmp_path: Path) -> AsyncIterator[Visitor]:
    """Somebody who has just opened the page, light and 1280 wide."""
    if shutil.which(CHROMIUM) is None:
        absent("chromium")
    # The bot offers what was known at the last look, and the first backup may be younger.
    until(lambda: "vault-snapshot" in demo.people.told("backups"), what="a known backup")
    # What is still said of earlier runs would stand between the visitor and their own.
    for run in demo.journals.asked():
        if demo.journals.last(run)["kind"] == "finished":
            until(partial(_is_told, demo, run), 60, f"the outcome of {run}")
    world = demo.world.state()
    consoles = tuple(each["url"] for who in ("custodians", "approvers") for each in world[who])
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        async with browsing(browser, demo.url, *consoles) as page:
            yield Visitor(page, tmp_path)
        await browser.close()


def _is_told(demo: Demo, run: str) -> bool:
    return "outcome" in demo.people.keys(run)


async def test_a_visitor_destroys_the_cluster_and_brings_it_back(visitor: Visitor) -> None:
    await _destroys(visitor)
    await _asks(visitor)
    await _cannot_approve_alone(visitor)
    await _reads_the_plan(visitor, "Bob")
    await _cannot_approve_unsigned(visitor)
    await _signs_and_approves(visitor, "Bob", picture="approve")
    await _reads_the_plan(visitor, "Carol")
    await _signs_and_approves(visitor, "Carol")
    await _hands_in_shares(visitor)
    await _sees_it_done(visitor)
    await _reads_the_report(visitor)
    await _looks_at_the_checklist(visitor)


async def test_the_story_begins_without_a_mouse(visitor: Visitor) -> None:
    """F6, Tab, Enter and Esc lead everywhere; the run is cancelled before it changes anything."""
    await _almost_destroys(visitor)
    keys = visitor.page.keyboard
    await keys.press("Shift+F6")
    await expect(visitor.composer).to_be_focused()
    await keys.type("/vault restore")
    await keys.press("Enter")
    dialog = visitor.dialog("Restore a backup")
    await expect(dialog.get_by_label("Backup: age")).to_be_focused()
    await keys.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(visitor.composer).to_be_focused()
    await keys.press("ArrowUp")
    await keys.press("Enter")
    await visitor.tabs_to(dialog.get_by_label("Why?"))
    await keys.type("to see the plan")
    await visitor.tabs_to(dialog.get_by_role("button", name="Make a plan"))
    await keys.press("Enter")
    await expect(visitor.card).to_contain_text("to see the plan", timeout=_SOON)
    await expect(visitor.composer).to_be_focused()
    await visitor.tabs_to(visitor.card.get_by_role("button", name="Cancel"), back=True)
    await keys.press("Enter")
    await expect(visitor.page.get_by_role("button", name="Cancel the run")).to_be_focused()
    await keys.press("Enter")
    await expect(visitor.card).to_contain_text("cancelled, nothing was changed", timeout=_SOON)


async def _almost_destroys(visitor: Visitor) -> None:
    """The first answer is always the safe one, and Esc gives it too."""
    destroy = visitor.world.get_by_role("button", name="Destroy the cluster")
    for place in (visitor.person("Alice"), visitor.page.locator(".side-item[aria-current]")):
        await visitor.page.keyboard.press("F6")
        await expect(place).to_be_focused()
    await visitor.page.keyboard.press("F6")
    await expect(visitor.composer).to_be_focused()
    await visitor.page.keyboard.press("F6")
    await visitor.tabs_to(destroy)
    await visitor.page.keyboard.press("Enter")
    sure = visitor.dialog("Destroy the cluster?")
    await expect(sure.get_by_role("button", name="Keep it")).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(sure).to_be_hidden()
    await expect(destroy).to_be_focused()
    await expect(visitor.world.get_by_text("Active", exact=True)).to_be_visible()


async def _destroys(visitor: Visitor) -> None:
    await visitor.world.get_by_role("button", name="Destroy the cluster").click()
    sure = visitor.dialog("Destroy the cluster?")
    await sure.get_by_role("button", name="Destroy the cluster").click()
    await expect(visitor.world.get_by_text("Gone, data too")).to_have_count(3, timeout=_SOON)


async def _asks(visitor: Visitor) -> None:
    await visitor.says("/vault restore")
    dialog = visitor.dialog("Restore a backup")
    backup = dialog.get_by_label("Backup: age")
    await backup.select_option(index=1)
    await expect(dialog.locator("option", has_text="loses").first).to_be_attached()
    await dialog.get_by_label("Why?").press_sequentially("n1 to n3 are gone")
    await dialog.get_by_role("button", name="Make a plan").click()
    await expect(dialog).to_be_hidden()
    await expect(visitor.card.get_by_text("Know before you approve")).to_be_visible(timeout=_SOON)
    for words in ("The plan has 11 steps", "Lost: everything written after", "0 of 2"):
        await expect(visitor.card).to_contain_text(words)
    # The world's balancer and nodes are looked at each second, and this one is a picture of both.
    await expect(visitor.world.get_by_text("but no node is active")).to_be_visible(timeout=_SOON)
    await visitor.page.set_viewport_size({"width": 1280, "height": 1000})
    await visitor.takes_picture("plan")
    await visitor.page.set_viewport_size({"width": 1280, "height": 800})


async def _cannot_approve_alone(visitor: Visitor) -> None:
    await visitor.presses("Approve…")
    refused = visitor.messages.filter(has_text="Only visible to you").last
    await expect(refused).to_contain_text("whoever asked for a run cannot approve it")
    await visitor.acts_as("Dave")
    await expect(visitor.messages.filter(has_text="cannot approve it")).to_have_count(0)


async def _reads_the_plan(visitor: Visitor, name: str) -> None:
    """Called by a mention and a direct message, whose link leads to the plan and its button."""
    place = str(await visitor.card.get_attribute("data-ts")).replace(".", "")
    mentioned = visitor.page.get_by_role("radio", name=re.compile(f"^{name}, .*unread mention"))
    await expect(mentioned).to_be_visible()
    await visitor.acts_as(name)
    direct = visitor.page.get_by_role("button", name="vault-responder")
    await direct.click(timeout=_SOON)
    await visitor.messages.get_by_role("link", name=place).click(timeout=_SOON)
    await visitor.presses("Approve…")
    await expect(visitor.dialog("Approve").get_by_text("Know before you approve")).to_be_visible()


async def _cannot_approve_unsigned(visitor: Visitor) -> None:
    dialog = visitor.dialog("Approve")
    await dialog.get_by_role("button", name="Approve").click()
    await expect(dialog.get_by_text("complete this required field")).to_be_visible()


async def _signs_and_approves(visitor: Visitor, name: str, picture: str | None = None) -> None:
    """Two clicks: one on their own computer, which shows the text, and one in the dialog."""
    dialog = visitor.dialog("Approve")
    computer = dialog.get_by_role("complementary", name=f"{name}'s computer")
    own = computer.frame_locator("iframe")
    copied = await dialog.locator("pre").text_content()
    await expect(own.locator("#text")).not_to_be_empty()
    assert await own.locator("#text").text_content() == f"{copied}\n"
    await own.get_by_role("button", name=f"Sign as {name}").click()
    signature = dialog.get_by_label("The signature")
    await expect(signature).to_have_value(re.compile("^-----BEGIN SSH SIGNATURE-----"))
    approve = dialog.get_by_role("button", name="Approve")
    await expect(approve).to_be_focused()
    if picture is not None:
        await visitor.takes_picture(picture)
    await approve.click()
    await expect(dialog).to_be_hidden()


async def _hands_in_shares(visitor: Visitor) -> None:
    """Twice, since the first node is filled alone and the others join it."""
    await _waits(visitor, "0 of 3 custodians on n1")
    await _keeps_the_share_hidden(visitor, "Erin")
    await _unseal(visitor, "Erin", "Frank", "Grace")
    await _waits(visitor, "0 of 3 custodians, on n2, n3")
    await _unseal(visitor, "Erin", "Frank")
    await _waits(visitor, "2 of 3 custodians")
    await visitor.takes_picture("live-message")
    await _unseal(visitor, "Grace")


async def _waits(visitor: Visitor, words: str) -> None:
    heading = visitor.card.get_by_role("heading", name=words)
    await expect(heading).to_be_visible(timeout=_CARRIED_OUT)


async def _unseal(visitor: Visitor, *names: str) -> None:
    for name in names:
        await visitor.world.get_by_role("button", name=f"Unseal as {name}").click()


async def _keeps_the_share_hidden(visitor: Visitor, name: str) -> None:
    await visitor.world.get_by_role("button", name=f"Open {name}'s console").click()
    console = visitor.page.frame_locator(f'iframe[title="{name}\'s console"]')
    share = console.locator("#share")
    await expect(share).to_have_text("hidden")
    await console.get_by_role("button", name="Show my share").click()
    await expect(share).not_to_have_text("hidden")
    shown = await share.inner_text()
    assert len(shown) > 40
    assert shown not in await visitor.page.content()
    await console.get_by_role("button", name="Hide my share").click()
    await visitor.page.get_by_role("button", name="Close", exact=True).click()


async def _sees_it_done(visitor: Visitor) -> None:
    done = visitor.card.get_by_role("heading", name="done in")
    await expect(done).to_be_visible(timeout=_CARRIED_OUT)
    await expect(visitor.card).to_contain_text("11 of 11 steps done")
    await expect(visitor.world.get_by_text("Active", exact=True)).to_have_count(1)
    await expect(visitor.world.get_by_text("Standby", exact=True)).to_have_count(2)
    await expect(visitor.world.get_by_text("Let in")).to_be_visible()


async def _reads_the_report(visitor: Visitor) -> None:
    await visitor.card.get_by_role("button", name="replies").click()
    file = visitor.thread.get_by_role("button", name="Markdown")
    await file.click(timeout=_SOON)
    report = visitor.page.locator("#viewer")
    await expect(report.get_by_role("heading", name="Rebuild from backup on prod")).to_be_visible()
    await expect(report).to_contain_text("met")
    await visitor.takes_picture("report")
    await visitor.page.keyboard.press("Escape")
    await expect(report).to_be_hidden()


async def _looks_at_the_checklist(visitor: Visitor) -> None:
    await visitor.says("/vault checklist 2")
    answer = visitor.messages.filter(has_text="Only visible to you").last
    await expect(answer).to_contain_text("2.7")
    await visitor.page.set_viewport_size({"width": 1920, "height": 1080})
    await visitor.page.get_by_role("button", name="Switch between light and dark").click()
    await visitor.takes_picture("dark")
