"""A visitor at the page: what they click and type, and the pictures taken on the way."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.stories.demo import ROOT
from tests.stories.pictures import take

_TO_THE_README: Final = os.environ.get("UPDATE_PICTURES") == "1"
_MOST_TABS: Final = 40


@dataclass(frozen=True)
class Visitor:
    """Does nothing that a person without a terminal could not do."""

    page: Page
    pictures: Path

    @property
    def composer(self) -> Locator:
        return self.page.locator("#composer textarea")

    @property
    def world(self) -> Locator:
        return self.page.get_by_role("complementary", name="The world")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("complementary", name="Thread")

    @property
    def messages(self) -> Locator:
        return self.page.locator("#messages .message")

    @property
    def card(self) -> Locator:
        """The newest run's live message."""
        heading = self.page.get_by_role("heading", name=re.compile("(Restore|Rebuild) .*on prod"))
        return self.messages.filter(has=heading).last

    def person(self, name: str) -> Locator:
        """Who one can act as; their name is followed by what they do and what calls them."""
        return self.page.get_by_role("radio", name=f"{name}, ")

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    async def says(self, words: str) -> None:
        await self.composer.press_sequentially(words)
        await self.composer.press("Enter")

    async def acts_as(self, name: str) -> None:
        await self.person(name).click()
        await expect(self.person(name)).to_be_checked()

    async def presses(self, name: str) -> None:
        """Press a button of the card."""
        await self.card.get_by_role("button", name=name, exact=True).click()

    async def tabs_to(self, wanted: Locator, *, back: bool = False) -> None:
        """Press Tab until something has the focus, as somebody without a mouse would."""
        for _ in range(_MOST_TABS):
            if await wanted.evaluate("(element) => element === document.activeElement"):
                return
            await self.page.keyboard.press("Shift+Tab" if back else "Tab")
        pytest.fail(f"{_MOST_TABS} times Tab do not lead to {wanted}")

    async def takes_picture(self, name: str) -> None:
        """Keep what is on the screen; with UPDATE_PICTURES=1 it becomes the README's."""
        folder = ROOT / "docs" if _TO_THE_README else self.pictures
        await take(self.page, folder / f"{name}.png")
