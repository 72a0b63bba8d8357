"""Puts the bot and the terminal together. Nothing here can reach Vault, nor import what could."""

import asyncio
from collections.abc import Mapping
from typing import Final

from bot import terminal
from bot.app import Tokens, run_bot
from bot.given import Given
from bot.home import BotSettings
from deploy import logs
from deploy.books import all_playbooks
from deploy.process import fresh, key_ring, now, own_login, own_name, redis_address
from deploy.settings import Settings, variable
from jobs.records.keys import read_private

_SLACK: Final = "https://slack.com/api/"


def bot(settings: Settings, environment: Mapping[str, str]) -> int:
    """Run the bot until SIGTERM. Raises Trouble where it cannot begin."""
    logs.begin()
    tokens = Tokens(
        bot=variable(environment, "SLACK_BOT_TOKEN"),
        app=variable(environment, "SLACK_APP_TOKEN"),
        api_url=variable(environment, "SLACK_API_URL", _SLACK),
    )
    home = BotSettings(team=settings.slack.team, incident_channels=settings.slack.incident_channels)
    asyncio.run(run_bot(home, tokens, _given(settings, environment)))
    return 0


def command(settings: Settings, environment: Mapping[str, str], words: str) -> int:
    """Do what one line says, as in Slack; answers the exit code."""
    given = _given(settings, environment)
    return asyncio.run(terminal.main(words, given, own_login(), fresh()))


def _given(settings: Settings, environment: Mapping[str, str]) -> Given:
    return Given(
        redis=redis_address(environment),
        bell_secret=read_private(settings.bot.bell_key_file),
        ring=key_ring(settings.journal),
        people=settings.known_people(),
        playbooks=all_playbooks(),
        now=now,
        name=own_name("bot"),
    )
