"""Debian's chromium on the page, watched for errors and for requests to anywhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Page, Request

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def browsing(browser: Browser, url: str, *frames: str) -> AsyncIterator[Page]:
    """A page that fails the test when it raises, or asks for anything beyond its own frames."""
    wrong: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith((url, "data:", *frames)):
            wrong.append(request.url)

    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", asked)
    await page.goto(url)
    await page.get_by_role("radio", name="Alice, responder").wait_for()
    yield page
    await page.close()
    assert wrong == []
