"""The bot's own health: a sign of life every few seconds, and an end where it can do no good."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from bot.sockets import Sockets
from bot.web import SlackLimitedError, SlackRefusedError, SlackUnsureError, Web
from jobs.records.heartbeat import Heartbeats
from jobs.runs.bots import BEATS_EVERY
from playbooks.core.trouble import Trouble

_LOG: Final = logging.getLogger(__name__)
# Reconnecting takes Slack's own limits and pauses into account; a supervisor must not cut it short.
CUT_OFF_AT_MOST: Final = timedelta(seconds=60)
_LOOK_EVERY: Final = timedelta(seconds=1)
_ASK_EVERY: Final = timedelta(seconds=30)
# What Slack says of a token that will never work again.
_DEAD: Final = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
)


async def beat(heartbeats: Heartbeats, name: str, sockets: Sockets) -> None:
    """Say that this bot lives, and if Slack is there, until cancelled."""
    while True:
        try:
            await heartbeats.beat(name, connected=sockets.is_connected())
        except RedisError as error:
            _LOG.warning("a heartbeat got lost", extra={"why": type(error).__name__})
        await asyncio.sleep(BEATS_EVERY.total_seconds())


async def until_useless(sockets: Sockets, at_most: timedelta = CUT_OFF_AT_MOST) -> None:
    """Raise Trouble once nobody can reach this bot, so that its supervisor starts it anew."""
    while sockets.cut_off_for() < at_most:
        if sockets.disabled.is_set():
            raise _ended("Socket Mode was switched off", "switch it on again in the app's settings")
        await asyncio.sleep(_LOOK_EVERY.total_seconds())
    raise _ended(
        f"The bot had no live connection to Slack for {at_most.total_seconds():.0f} s",
        "see if Slack can be reached from here",
    )


async def until_refused(web: Web, every: timedelta = _ASK_EVERY) -> None:
    """Raise Trouble once Slack no longer takes the bot token."""
    while True:
        await asyncio.sleep(every.total_seconds())
        try:
            await web.call("auth.test")
        except SlackRefusedError as refused:
            if refused.error in _DEAD:
                raise _ended(
                    f"Slack no longer takes the bot token ({refused.error})",
                    "install the app again, and set SLACK_BOT_TOKEN",
                ) from refused
        except (SlackUnsureError, SlackLimitedError):
            continue


def _ended(happened: str, do: str) -> Trouble:
    left = "this bot ends; the runs go on, and `vault-responder command` works without Slack"
    return Trouble(happened, left=left, do=do)
