"""The checks at start: is it our workspace, and may the bot do there what it must."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from bot.door import Home
from bot.web import SCOPES, Json, SlackLimitedError, SlackRefusedError, SlackUnsureError, Web
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen

T = TypeVar("T")
_TRIES: Final = 30
_PAUSE: Final = timedelta(milliseconds=500)
_COMMANDS: Final = "commands"


class BotSettings(Frozen):
    """The workspace the bot serves, and the channels in which cards may appear."""

    team: str
    incident_channels: tuple[str, ...]


async def find_home(web: Web, settings: BotSettings) -> Home:
    """Ask Slack who we are. Raises Trouble where the bot could not do its work."""
    known, scopes = await _auth_test(web)
    if known.get("team_id") != settings.team:
        raise _unfit(
            f"The bot token belongs to workspace {known.get('team_id')}, not {settings.team}",
            "set `slack.team` or the token right",
        )
    missing = sorted(frozenset({_COMMANDS}).union(*SCOPES.values()) - scopes)
    if missing:
        raise _unfit(
            f"The bot token lacks the scopes {', '.join(missing)}",
            "install the app again from deploy/install/slack/manifest.yaml",
        )
    bot = str(known.get("bot_id", ""))
    profile = (await _asked(web, "bots.info", bot=bot)).get("bot", {})
    for channel in settings.incident_channels:
        await _check_channel(web, channel)
    return Home(
        team=settings.team,
        app=str(profile.get("app_id", "")),
        bot=bot,
        enterprise=str(known.get("enterprise_id") or ""),
    )


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Call until Slack answers, for a while: a bot that starts while Slack is away waits for it.

    Raises SlackRefusedError at once, and SlackUnsureError or SlackLimitedError in the end.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            return await call()
        except (SlackUnsureError, SlackLimitedError) as error:
            if not tries_left:
                raise
            pause = error.after if isinstance(error, SlackLimitedError) else _PAUSE
            await asyncio.sleep(pause.total_seconds())
    raise AssertionError


async def _auth_test(web: Web) -> tuple[Json, frozenset[str]]:
    try:
        return await patiently(web.auth_test)
    except SlackRefusedError as refused:
        raise _unfit(
            f"Slack refused the bot token ({refused.error})", "set SLACK_BOT_TOKEN right"
        ) from refused
    except (SlackUnsureError, SlackLimitedError) as error:
        raise _unfit(f"Slack does not answer ({error})", "try again later") from error


async def _check_channel(web: Web, channel: str) -> None:
    found = (await _asked(web, "conversations.info", channel=channel)).get("channel", {})
    name = f"{channel} (#{found.get('name', '?')})"
    if not found.get("is_member"):
        raise _unfit(f"The bot is not in the incident channel {name}", "invite it there")
    if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
        raise _unfit(
            f"The incident channel {name} is shared with another organisation",
            "choose one that is not",
        )


async def _asked(web: Web, method: str, **what: str) -> Json:
    try:
        return await patiently(lambda: web.call(method, **what))
    except (SlackRefusedError, SlackUnsureError, SlackLimitedError) as error:
        raise _unfit(
            f"Slack did not answer {method} for {', '.join(what.values())} ({error})",
            "check `slack` in the configuration",
        ) from error


def _unfit(happened: str, do: str) -> Trouble:
    return Trouble(happened, left="the bot was not started", do=do)
