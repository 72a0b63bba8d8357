"""The bot process: Slack on one side, the records on the other, and a clean way to stop."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import aiohttp
from redis.exceptions import RedisError
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.absence import Absence
from bot.commands import vocabulary
from bot.departures import Departures
from bot.door import Door, Home
from bot.ending import Ending
from bot.given import Given, Opened, opened
from bot.heartbeat import beat, until_refused, until_useless
from bot.home import BotSettings, find_home, patiently
from bot.listeners import buttons, commands, dialogs, leftovers, people
from bot.listeners.lobby import Lobby
from bot.outbox import Outbox
from bot.sockets import Sockets
from bot.stage import Stage
from bot.tasks import end
from bot.watch import Turn, Watch
from bot.web import (
    SlackLimitedError,
    SlackRefusedError,
    SlackUnsureError,
    Web,
    client_for,
)
from jobs.records.heartbeat import Heartbeats
from playbooks.core.trouble import Trouble

_LOG: Final = logging.getLogger(__name__)
_DRAIN: Final = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    bot: str = field(repr=False)
    app: str = field(repr=False)
    api_url: str


def build_app(client: AsyncWebClient, lobby: Lobby) -> AsyncApp:
    """Join the listeners; nothing here is kept in a module."""
    app = AsyncApp(client=client, logger=_quiet("slack_bolt"))
    commands.register(app, lobby)
    buttons.register(app, lobby)
    dialogs.register(app, lobby)
    people.register(app, lobby.departures)
    leftovers.register(app)
    return app


async def run_bot(settings: BotSettings, tokens: Tokens, given: Given) -> None:
    """Run until SIGTERM or SIGINT. Raises Trouble where it cannot begin."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await serve(settings, tokens, given, stop)


async def serve(settings: BotSettings, tokens: Tokens, given: Given, stop: asyncio.Event) -> None:
    """Run until `stop`; what has begun by then is acknowledged. Raises Trouble as above."""
    async with aiohttp.ClientSession() as session, opened(given) as records:
        client = client_for(tokens.bot, tokens.api_url, session)
        web = Web(client)
        home = await find_home(web, settings)
        turn = Turn([])
        outbox = Outbox(web, home.bot, turn.is_ours)
        lobby = _lobby(settings, given, records, home, (web, outbox))
        watch = Watch(records.connection, given.redis, given.name, turn, _stage(lobby, records))
        await records.library.runs()  # The first question must be answered within 3 s too.
        async with _listening(build_app(client, lobby), tokens, lobby) as sockets:
            _LOG.info("bot is ready", extra={"bot": given.name})
            heartbeats = Heartbeats(records.connection)
            channel = settings.incident_channels[0]
            work = (
                watch.run(),
                lobby.departures.watch(),
                Absence(heartbeats, records.library, records.shelf, outbox, turn, channel).run(),
                beat(heartbeats, given.name, sockets),
                until_useless(sockets),
                until_refused(web),
            )
            await _until(stop, *map(asyncio.create_task, work))
            with suppress(RedisError):
                await heartbeats.leave(given.name)


async def _until(stop: asyncio.Event, *working: asyncio.Task[None]) -> None:
    """Wait for a signal, or for a fault of our own or of Slack's, which is raised."""
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({stopping, *working}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end(stopping, *working)


@asynccontextmanager
async def _listening(app: AsyncApp, tokens: Tokens, lobby: Lobby) -> AsyncIterator[Sockets]:
    """Hold a socket open; at the end let what has begun be acknowledged first."""
    async with aiohttp.ClientSession() as session:
        sockets = Sockets(app, lobby.web, tokens.app, session)
        # A wrong token would be tried for ever; so the first address is asked for here.
        url = await _socket_url(lobby.web, tokens)
        with suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
            await sockets.open(url)
        keeping = asyncio.create_task(sockets.keep())
        try:
            yield sockets
        finally:
            await end(keeping)
            await sockets.drain(_DRAIN)
            await lobby.desk.drain(_DRAIN)
            await sockets.close()


async def _socket_url(web: Web, tokens: Tokens) -> str:
    try:
        return await patiently(lambda: web.socket_url(tokens.app))
    except (SlackRefusedError, SlackUnsureError, SlackLimitedError) as error:
        raise Trouble(
            f"Slack gave no Socket Mode connection ({error})",
            left="the bot was not started",
            do="check SLACK_APP_TOKEN, and that Socket Mode is on for the app",
        ) from error


def _lobby(
    settings: BotSettings, given: Given, records: Opened, home: Home, slack: tuple[Web, Outbox]
) -> Lobby:
    web, outbox = slack
    door = Door(web, home)
    return Lobby(
        web=web,
        outbox=outbox,
        door=door,
        departures=Departures(
            journal=records.journal, desk=records.desk, door=door, people=given.people
        ),
        desk=records.desk,
        shelf=records.shelf,
        board=records.board,
        journal=records.journal,
        library=records.library,
        vocabulary=vocabulary(given.playbooks.values()),
        people=given.people,
        channels=settings.incident_channels,
        now=given.now,
    )


def _stage(lobby: Lobby, records: Opened) -> Stage:
    return Stage(
        journal=records.journal,
        inbox=records.inbox,
        board=records.board,
        shelf=records.shelf,
        outbox=lobby.outbox,
        ending=Ending(records.library, lobby.people, lobby.now),
        people=lobby.people,
        channels=lobby.channels,
        now=lobby.now,
    )


def _quiet(name: str) -> logging.Logger:
    """Their own debug lines hold payloads and credentials, so they are never written."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.WARNING)
    return logger
