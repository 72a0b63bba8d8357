"""Everything that runs in a storm, as processes that are killed and started again."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from deploy.redis_users import USERS
from jobs.records.archive import Archive
from jobs.records.inbox import Inbox
from jobs.records.journal import History, Journal
from jobs.work.history import accept
from jobs.work.release import release
from jobs.work.workshop import opened
from playbooks.core.trouble import Trouble
from tests.chaos.storm.processes import SIGNERS, SLACK, TOKENS, start, workshop
from tests.jobs.bench import PEOPLE, Place
from tests.jobs.processes import end, horses
from tests.servers import Valkey
from tests.ssh import SshKey, make_ssh_key

BOTS: Final = ("one", "two")
_PARTS: Final = ("look", "act", "act", "scheduler", *BOTS)
_STARTS_WITHIN: Final = 30.0
_IN_HANDS: Final = 15.0


@dataclass
class House:
    """One installation with a workspace of its own; `url` is the workspace's."""

    place: Place
    valkey: Valkey
    keys: dict[str, SshKey]
    url: str
    processes: dict[int, tuple[str, subprocess.Popen[bytes]]] = field(default_factory=dict)
    started: dict[int, float] = field(default_factory=dict)

    @property
    def effects(self) -> Path:
        return self.place.folder / "work"

    def raise_the_dead(self) -> None:
        """Start again what has ended, as a supervisor would."""
        for place, (part, process) in self.processes.items():
            if process.poll() is not None:
                self._start(place, part)

    def _start(self, place: int, part: str) -> None:
        process = start(self.place, part)
        self.processes[place] = (part, process)
        self.started[process.pid] = monotonic()

    def all_are_up(self, parts: Sequence[str], since: float) -> bool:
        """Say if every process of these parts lives for so many seconds."""
        found = [process for part, process in self.processes.values() if part in parts]
        ages = [monotonic() - self.started[each.pid] for each in found if each.poll() is None]
        return len(ages) == len(parts) and min(ages) > since

    def kill(self, part: str, *, horse: bool = False, at: int = 0) -> bool:
        """Kill one process of this part, or its work-horse; False where there is none."""
        alive = [process for name, process in self.processes.values() if name == part]
        process = alive[at % len(alive)]
        victims = [each.pid for each in horses(process)] if horse else [process.pid]
        try:
            os.kill(victims[0], signal.SIGKILL)
        except (IndexError, ProcessLookupError):
            return False
        return True

    async def kill_valkey(self, away: float) -> None:
        """It comes back with its append-only file."""
        self.valkey.kill()
        await asyncio.sleep(away)
        await asyncio.to_thread(self.valkey.start)

    async def wipe_valkey(self, away: float) -> None:
        """It comes back with nothing."""
        self.valkey.kill()
        shutil.rmtree(self.valkey.folder / "data")
        await asyncio.sleep(away)
        await asyncio.to_thread(self.valkey.start)

    async def accept_redis(self) -> str:
        """Do what `vault-responder accept-redis` does."""
        shop = workshop(self.place, "act")
        async with opened(shop) as records:
            return await _insist(lambda: accept(shop, records))

    async def kept(self, run: str) -> History:
        """Read what the object store holds of a run."""
        journal = Journal(self.place.address("bot").connect(), self.place.ring, None)
        return await Archive(self.place.objects(), journal).read(run)

    async def is_asked(self, run: str) -> bool:
        """Say if its request is in the inbox."""
        connection = self.place.address("bot").connect()
        try:
            return await Inbox(connection).asked(run) is not None
        finally:
            await connection.close()

    async def release_lock(self, name: str) -> str:
        """Do what `vault-responder release-lock` does."""
        shop = workshop(self.place, "act")
        async with opened(shop) as records:
            return await _insist(lambda: release(shop, records, name))


async def _insist(act: Callable[[], Awaitable[str]]) -> str:
    """Do it again where a worker has the run in its hands, as the Trouble says."""
    give_up = monotonic() + _IN_HANDS
    while True:
        try:
            return await act()
        except Trouble:
            if monotonic() > give_up:
                raise
        await asyncio.sleep(0.5)


@contextlib.contextmanager
def house(folder: Path) -> Iterator[House]:
    """Make the keys, start everything, and end it."""
    (folder / "v").mkdir()
    valkey = Valkey(folder / "v")
    place = Place(folder, {user: valkey.url(user) for user in USERS})
    place.prepare()
    keys = {name: make_ssh_key(folder, name) for name in PEOPLE.approvers}
    allowed = "".join(key.allowed for key in keys.values())
    (folder / SIGNERS).write_text(allowed, encoding="utf-8")
    (folder / "urls.json").write_text(json.dumps(place.urls), encoding="utf-8")
    tokens = {"bot": f"xoxb-{secrets.token_hex(12)}", "app": f"xapp-{secrets.token_hex(12)}"}
    (folder / TOKENS).touch(mode=0o600)
    (folder / TOKENS).write_text(json.dumps(tokens), encoding="utf-8")
    valkey.start()
    workspace = start(place, SLACK)
    made = House(place, valkey, keys, "")
    try:
        made.url = _url(folder / "slack.url")
        for number, part in enumerate(_PARTS):
            made._start(number, part)
        yield made
    finally:
        for _, process in made.processes.values():
            end(process)
        end(workspace)
        valkey.kill()


def _url(file: Path) -> str:
    give_up = monotonic() + _STARTS_WITHIN
    while not file.exists():
        assert monotonic() < give_up, "the workspace did not start"
        sleep(0.05)
    return file.read_text(encoding="utf-8")
