"""A press of the mouse does what was under it, however much the page has to show meanwhile."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.demo.workspace.conftest import Control

pytestmark = pytest.mark.browser

_CHANNEL = "C0INCIDENT"
_A_FRAME = "new Promise((drawn) => requestAnimationFrame(drawn))"


async def test_a_button_stays_under_a_pressed_mouse_while_messages_arrive(
    page: Page, control: Control
) -> None:
    for number in range(20):  # Enough that the list is scrolled to its end.
        await _say(control, f"before {number}", user="U0BOB" if number % 2 else "U0ALICE")
    run = (await _say(control, "the run"))["message"]["ts"]
    await _say(control, "its step", thread_ts=run)
    button = page.get_by_role("button", name="1 reply")
    await _presses_down_on(page, button)
    before = await button.bounding_box()
    await _say(control, "meanwhile", user="U0BOB")
    await expect(page.locator("#spoken")).to_contain_text("meanwhile")  # The page knows of it,
    await page.evaluate(f"{_A_FRAME}.then(() => {_A_FRAME})")  # and has had the time to draw it.
    assert await button.bounding_box() == before
    await page.mouse.up()
    await expect(page.get_by_role("complementary", name="Thread")).to_contain_text("its step")
    await expect(page.locator("#messages")).to_contain_text("meanwhile")


async def test_the_page_goes_on_where_a_press_never_ends(page: Page, control: Control) -> None:
    """Such as a mouse that is let go in another window."""
    await page.mouse.move(300, 300)
    await page.mouse.down()
    await _say(control, "shown all the same")
    await expect(page.locator("#messages")).to_contain_text("shown all the same")


async def _presses_down_on(page: Page, button: Locator) -> None:
    await button.hover()
    await page.mouse.down()


async def _say(
    control: Control, text: str, user: str = "U0ALICE", thread_ts: str | None = None
) -> dict[str, dict[str, str]]:
    below = {"thread_ts": thread_ts} if thread_ts else {}
    return await control.post("message", channel=_CHANNEL, user=user, text=text, **below)
