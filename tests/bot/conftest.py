"""One installation: Valkey, the workspace stand-in, a bot connected to both, and a scribe."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.app import Tokens as BotTokens
from bot.app import serve as serve_bot
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite, serve
from deploy.redis_users import USERS
from tests.bot.installation import SETTINGS, given
from tests.bot.people import Slack
from tests.bot.scribe import Scribe
from tests.jobs.bench import Place, now
from tests.servers import Valkey


@pytest.fixture
def place(valkey: Valkey, tmp_path: Path) -> Place:
    place = Place(tmp_path, {user: valkey.url(user) for user in USERS})
    place.prepare()
    return place


@pytest.fixture
def scribe(place: Place) -> Scribe:
    return Scribe(place)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(f"xoxb-{secrets.token_hex(12)}", f"xapp-{secrets.token_hex(12)}")


@pytest.fixture
async def site(tokens: Tokens) -> AsyncIterator[RunningSite]:
    running = await serve(0, tokens, None)
    yield running
    await running.stop()


@pytest.fixture
async def slack(site: RunningSite) -> AsyncIterator[Slack]:
    async with aiohttp.ClientSession() as session:
        yield Slack(site.url, session)


@dataclass
class Clock:
    """The true time, and what a test adds to it."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return now() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


Start = Callable[[], Awaitable[asyncio.Event]]


@pytest.fixture
async def start_bot(
    place: Place, site: RunningSite, tokens: Tokens, slack: Slack, clock: Clock
) -> AsyncIterator[Start]:
    """Start bots; each is stopped by its event, or at the end."""
    running: list[tuple[asyncio.Event, asyncio.Task[None]]] = []

    async def start() -> asyncio.Event:
        stop = asyncio.Event()
        hands = BotTokens(bot=tokens.bot, app=tokens.app, api_url=f"{site.url}/api/")
        before = await slack.connections()
        name = f"bot {len(running)}"
        task = asyncio.create_task(serve_bot(SETTINGS, hands, given(place, name, clock.now), stop))
        running.append((stop, task))
        while await slack.connections() == before:
            if task.done():
                task.result()
            await asyncio.sleep(0.02)
        return stop

    yield start
    for stop, _ in running:
        stop.set()
    for _, task in running:
        await task


@pytest.fixture
async def bot(start_bot: Start) -> asyncio.Event:
    return await start_bot()
