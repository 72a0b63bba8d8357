"""Puts the bot and the terminal together. Nothing here can reach Vault, nor import what could."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.app import Tokens, run_bot
from bot.given import Given
from bot.home import BotSettings
from bot.terminal.console import Console, Size
from bot.terminal.main import main
from bot.terminal.signed import no_signature, whole_signatures
from deploy import logs
from deploy.books import all_playbooks
from deploy.process import fresh, key_ring, now, own_login, own_name, redis_address
from deploy.settings import Settings, variable
from jobs.records.keys import read_private

_SLACK: Final = "https://slack.com/api/"


@dataclass(frozen=True)
class Signing:
    """Where a command's signatures come from, besides a paste: files, or this machine's signer."""

    files: tuple[Path, ...] = ()
    here: bool = False


def bot(settings: Settings, environment: Mapping[str, str]) -> int:
    """Run the bot until SIGTERM. Raises Trouble where it cannot begin."""
    logs.begin()
    tokens = Tokens(
        bot=variable(environment, "SLACK_BOT_TOKEN"),
        app=variable(environment, "SLACK_APP_TOKEN"),
        api_url=variable(environment, "SLACK_API_URL", _SLACK),
    )
    home = BotSettings(team=settings.slack.team, incident_channels=settings.slack.incident_channels)
    asyncio.run(run_bot(home, tokens, given(settings, environment)))
    return 0


def command(
    settings: Settings, environment: Mapping[str, str], words: str, signing: Signing
) -> int:
    """Do what one line says, as in Slack; answers the exit code."""
    console = console_of(own_login(), signing)
    return asyncio.run(main(words, given(settings, environment), console))


def console_of(login: str, signing: Signing) -> Console:
    """Build the terminal that this process sits at. Raises Trouble for a file of no signature."""
    live = sys.stdout.isatty()
    return Console(
        login=login,
        seed=fresh(),
        typed=sys.stdin,
        asks=sys.stdin.isatty(),
        live=live,
        size=_size,
        # Whoever watches goes on watching; a script gets its answer when people are needed.
        until="it stops" if live else "people are needed",
        signatures=tuple(each for path in signing.files for each in _read(path)),
        sign=_sign if signing.here else None,
    )


def given(settings: Settings, environment: Mapping[str, str]) -> Given:
    """Gather what the bot and the terminal hold."""
    return Given(
        redis=redis_address(environment),
        bell_secret=read_private(settings.bot.bell_key_file),
        ring=key_ring(settings.journal),
        people=settings.known_people(),
        playbooks=all_playbooks(),
        now=now,
        name=own_name("bot"),
    )


def _size() -> Size:
    found = shutil.get_terminal_size()
    return Size(columns=found.columns, rows=found.lines)


def _read(path: Path) -> Sequence[str]:
    try:
        found = whole_signatures(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise no_signature(f"{path} cannot be read") from error
    if not found:
        raise no_signature(f"{path} holds none")
    return found


def _sign(text: str) -> str:
    """Let this machine's signer show the text and ask; it talks to the person itself."""
    command = (sys.executable, "-m", "deploy.cli", "sign")
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=False)
    found = whole_signatures(done.stdout)
    if done.returncode or not found:
        raise no_signature("the signer gave none")
    return found[0]
