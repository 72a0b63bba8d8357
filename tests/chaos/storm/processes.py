"""Its processes: `python -m tests.chaos.storm.processes FOLDER look|act|scheduler|slack|BOT`.

Each calls what the installation's own entry point calls, with the toy playbook of the storm. The
folder holds the keys, the tokens, and `urls.json` with Redis's addresses.
"""

import asyncio
import json
import logging
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.app import Tokens, run_bot
from bot.given import Given
from bot.home import BotSettings
from deploy.demo.workspace.credentials import read_tokens
from deploy.demo.workspace.parts import PARTS
from deploy.demo.workspace.seed import BOT_USER, Channel
from deploy.demo.workspace.site import serve
from jobs.records.signers import read_allowed_signers
from jobs.runs.proofs import ProofKind
from jobs.work.rings import QueueName
from jobs.work.scheduler import schedule
from jobs.work.worker import work
from jobs.work.workshop import Workshop
from playbooks.core.danger import Danger
from tests.chaos.storm.book import storm_book
from tests.jobs.bench import PEOPLE, Place, now

ROOT: Final = Path(__file__).resolve().parents[3]
# Slack takes a post a second in a channel: with one alone, twenty threads would take minutes.
CHANNELS: Final = ("C0INCIDENT", "C0OUTAGES")
LONG: Final = "C0LONG"  # Where the run is shown that has more events than a thread has posts.
SIGNERS: Final = "allowed-signers"
TOKENS: Final = "tokens.json"
SLACK: Final = "slack"


def main(folder: Path, part: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    urls = json.loads((folder / "urls.json").read_text(encoding="utf-8"))
    place = Place(folder, urls)
    match part:
        case "look" | "act":
            work(workshop(place, part))
        case "scheduler":
            schedule(place.tower())
        case "slack":
            asyncio.run(_slack(folder))
        case _:
            asyncio.run(_bot(place, part))


def workshop(place: Place, queue: QueueName) -> Workshop:
    """A worker's, in which destroying something takes signatures."""
    shop = place.workshop(queue, storm_book(place.folder / "work"))
    proofs = dict.fromkeys(Danger, ProofKind.CLICK) | {Danger.DESTROYS: ProofKind.SIGNATURE}
    allowed = (place.folder / SIGNERS).read_text(encoding="utf-8")
    return replace(
        shop,
        rules=shop.rules.model_copy(update={"proofs": proofs}),
        signers=read_allowed_signers(allowed, SIGNERS),
    )


async def _bot(place: Place, name: str) -> None:
    tokens = read_tokens(place.folder / TOKENS)
    url = (place.folder / "slack.url").read_text(encoding="utf-8")
    book = storm_book(place.folder / "work")
    given = Given(
        redis=place.address("bot"),
        bell_secret=place.bell_secret,
        ring=place.ring,
        people=PEOPLE,
        playbooks={book.name: book},
        now=now,
        name=name,
    )
    settings = BotSettings(team="T0DEMO", incident_channels=(*CHANNELS, LONG))
    await run_bot(settings, Tokens(bot=tokens.bot, app=tokens.app, api_url=f"{url}/api/"), given)


async def _slack(folder: Path) -> None:
    """The strict workspace, with more channels in which the bot was invited."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    site = await serve(0, read_tokens(folder / TOKENS), None)
    workspace = site._runner.app[PARTS].workspace
    members = frozenset({"U0ALICE", "U0BOB", "U0CAROL", BOT_USER})
    for id in (CHANNELS[1], LONG):
        workspace.keep_channel(Channel(id=id, name=id[2:].lower(), members=members))
    written = folder / "slack.url.new"
    written.write_text(site.url, encoding="utf-8")
    written.rename(folder / "slack.url")
    await ended.wait()
    await site.stop()


def start(place: Place, part: str) -> subprocess.Popen[bytes]:
    """Start one process; its output goes to PART.log in the folder."""
    command = [sys.executable, "-m", "tests.chaos.storm.processes", str(place.folder), part]
    with (place.folder / f"{part}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
