"""A running workspace, a real Slack client on it, and a real bolt app connected to it."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite, serve
from deploy.demo.workspace.web_api.dispatch import METHODS
from tests.demo.workspace.browsing import ARGUMENTS, CHROMIUM, browsing
from tests.servers import absent

Json = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests here, so that they share one browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


async def error_of(client: AsyncWebClient, method: str, **body: object) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=body)
    return str(refused.value.response["error"])


@dataclass(frozen=True)
class Control:
    """The control API, as a script uses it."""

    url: str
    session: aiohttp.ClientSession

    async def post(self, word: str, **body: object) -> Json:
        async with self.session.post(f"{self.url}/_control/{word}", json=body) as answer:
            read: Json = await answer.json()
            return read

    async def get(self, path: str, **query: str) -> Json:
        async with self.session.get(f"{self.url}/_control/{path}", params=query) as answer:
            read: Json = await answer.json()
            return read

    async def say(self, text: str, user: str = "U0ALICE", channel: str = "C0INCIDENT") -> Json:
        return await self.post("command", channel=channel, user=user, command="/vault", text=text)

    async def messages(self, channel: str = "C0INCIDENT", **query: str) -> list[Json]:
        found: list[Json] = (await self.get(f"messages/{channel}", **query))["messages"]
        return found


@dataclass(frozen=True)
class Bot:
    """A bolt app, as anyone would write one: only its base_url is not Slack's."""

    app: AsyncApp
    handler: AsyncSocketModeHandler
    got: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)


@pytest.fixture
def tokens() -> Tokens:
    """Tokens that may call every method."""
    bot, app = f"xoxb-{secrets.token_hex(12)}", f"xapp-{secrets.token_hex(12)}"
    scopes = frozenset(scope for method in METHODS.values() for scope in method.scopes)
    return Tokens(bot, app, scopes)


@pytest_asyncio.fixture(loop_scope="session")
async def site(tokens: Tokens) -> AsyncIterator[RunningSite]:
    running = await serve(0, tokens, None)
    yield running
    await running.stop()


@pytest.fixture
def client(site: RunningSite, tokens: Tokens) -> AsyncWebClient:
    return AsyncWebClient(token=tokens.bot, base_url=f"{site.url}/api/", retry_handlers=[])


@pytest_asyncio.fixture(loop_scope="session")
async def control(site: RunningSite) -> AsyncIterator[Control]:
    async with aiohttp.ClientSession() as session:
        yield Control(site.url, session)


Start = Callable[[], Awaitable[Bot]]


@pytest_asyncio.fixture(loop_scope="session")
async def start_bot(site: RunningSite, tokens: Tokens) -> AsyncIterator[Start]:
    started: list[Bot] = []

    async def start() -> Bot:
        app = AsyncApp(client=AsyncWebClient(token=tokens.bot, base_url=f"{site.url}/api/"))
        # The SDK notices a broken connection at its next ping.
        handler = AsyncSocketModeHandler(app, tokens.app, ping_interval=0.5)
        await handler.connect_async()
        started.append(Bot(app, handler))
        return started[-1]

    yield start
    for each in started:
        await each.handler.close_async()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(start_bot: Start) -> Bot:
    return await start_bot()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        absent("chromium")
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, site: RunningSite) -> AsyncIterator[Page]:
    async with browsing(browser, site.url) as opened:
        yield opened
