"""A bot as a process of its own, to be killed: `python -m tests.bot.processes FILE`."""

import asyncio
import json
import logging
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from bot.app import Tokens, run_bot
from deploy.demo.workspace.credentials import read_tokens
from tests.bot.installation import SETTINGS, given
from tests.jobs.bench import Place

ROOT: Final = Path(__file__).resolve().parents[2]


def main(file: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    folder, told = file.parent, json.loads(file.read_text(encoding="utf-8"))
    tokens = read_tokens(folder / "tokens.json")
    hands = Tokens(bot=tokens.bot, app=tokens.app, api_url=told["api_url"])
    place = Place(folder, told["urls"])
    asyncio.run(run_bot(SETTINGS, hands, given(place, told["name"])))


def start(place: Place, api_url: str, name: str) -> subprocess.Popen[bytes]:
    """Start a bot; `tokens.json` is in the folder already, and its output goes to bot.log."""
    told = {"api_url": api_url, "urls": place.urls, "name": name}
    file = place.folder / f"{name}.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-m", "tests.bot.processes", str(file)]
    with (place.folder / "bot.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End it as a crash would."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
