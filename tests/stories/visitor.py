"""A visitor at the page: what they click and type, and the pictures taken on the way."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page, expect

from tests.stories.demo import ROOT

_TO_THE_README: Final = os.environ.get("UPDATE_PICTURES") == "1"
# A blank page, or one that failed to draw, has a few dozen at most.
_FEWEST_COLOURS: Final = 200
_MOST_BYTES: Final = 250_000
_COLOURS: Final = """async (data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const drawn = canvas.getImageData(0, 0, image.width, image.height);
    return new Set(new Uint32Array(drawn.data.buffer)).size;
}"""


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
        heading = self.page.get_by_role("heading", name="Rebuild from backup on prod")
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

    async def takes_picture(self, name: str) -> None:
        """Keep what is on the screen; with UPDATE_PICTURES=1 it becomes the README's."""
        folder = ROOT / "docs" if _TO_THE_README else self.pictures
        # A pointer that rests on something, or a caret that blinks, would make each one differ.
        await self.page.mouse.move(0, 0)
        taken = await self.page.screenshot(path=folder / f"{name}.png", animations="disabled")
        colours = await self.page.evaluate(_COLOURS, base64.b64encode(taken).decode())
        assert colours > _FEWEST_COLOURS, f"{name}.png has {colours} colours"
        assert len(taken) < _MOST_BYTES, f"{name}.png has {len(taken)} bytes"
