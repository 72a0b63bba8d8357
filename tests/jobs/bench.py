"""An installation in a folder: keys, store, people, workshops, as composition builds them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jobs.people import Button, People, Person, Who
from jobs.records.connection import Address
from jobs.records.inbox import Inbox
from jobs.records.journal import History, Journal
from jobs.records.keys import KeyRing, SigningKey, load_key, make_key, ring_of, write_private
from jobs.runs.lifecycle import replay
from jobs.runs.planning import ApprovalRules
from jobs.runs.proofs import ProofKind
from jobs.runs.requests import Asked, Press
from jobs.runs.state import Run
from jobs.work.rings import QueueName
from jobs.work.scheduler import Tower
from jobs.work.workshop import Workshop
from playbooks.core.danger import Danger
from playbooks.core.playbook import Playbook
from playbooks.core.world.objects import Objects
from playbooks.core.world.world import World
from playbooks.systems.objects import StoredObjects, StoreSettings, open_store
from tests.jobs.toys import TOY
from tests.worlds.toy import ToyWorld

PEOPLE: Final = People(
    persons=tuple(
        Person(id=name, name=name.title(), slack=(f"U0{name.upper()}",), logins=(f"{name}-unix",))
        for name in ("alice", "bob", "carol")
    ),
    approvers=("bob", "carol"),
)
RULES: Final = ApprovalRules(
    needs={Danger.READS: 0, Danger.DISRUPTS: 1, Danger.DESTROYS: 2},
    proofs=dict.fromkeys(Danger, ProofKind.CLICK),
)


def now() -> datetime:
    return datetime.now(tz=UTC)


def member(name: str) -> Who:
    return Who(id=f"U0{name.upper()}", standing="member")


@dataclass(frozen=True)
class Place:
    """Everything below one folder; `urls` are Redis's, one a user."""

    folder: Path
    urls: dict[str, str]

    def prepare(self) -> None:
        """Make the keys, once."""
        (self.folder / "work").mkdir()
        make_key(self.folder / "worker.key")
        make_key(self.folder / "looker.key")
        write_private(self.folder / "bell.key", secrets.token_bytes(32))

    def key(self, role: str) -> SigningKey:
        return load_key(self.folder / f"{role}.key")

    @property
    def ring(self) -> KeyRing:
        return ring_of([self.key("worker").public], [self.key("looker").public])

    @property
    def bell_secret(self) -> bytes:
        return (self.folder / "bell.key").read_bytes()

    def objects(self) -> Objects:
        url = f"file://{self.folder}/store"
        return StoredObjects(open_store(StoreSettings(url=url)), url)

    def address(self, user: str) -> Address:
        return Address(self.urls[user])

    def workshop(self, queue: QueueName, *books: Playbook[Any, Any]) -> Workshop:
        role = "looker" if queue == "look" else "worker"
        return Workshop(
            queue=queue,
            name=f"{role} of a test",
            redis=self.address(role),
            bell_secret=self.bell_secret,
            key=self.key(role),
            ring=self.ring,
            people=PEOPLE,
            rules=RULES,
            clusters=("prod",),
            playbooks={book.name: book for book in books or (TOY,)},
            objects=self.objects,
            world=_world,
            now=now,
            fresh=lambda: secrets.token_hex(16),
        )

    def tower(self) -> Tower:
        return Tower(
            name="scheduler of a test",
            redis=self.address("scheduler"),
            bell_secret=self.bell_secret,
            ring=self.ring,
            objects=self.objects,
            now=now,
        )

    async def ask(self, run: str, /, *, word: str = "toy", **fields: object) -> Asked:
        """Ask for a toy run, as the bot does."""
        (self.folder / "work" / run).mkdir(exist_ok=True)
        ask = {"place": str(self.folder / "work"), "run": run, **fields}
        asked = Asked(
            id=f"ask-{run}",
            run=run,
            word=word,
            ask=ask,  # type: ignore[arg-type]  # a test's own words are JSON
            who=member("alice"),
            channel="C0INCIDENT",
            at=now(),
        )
        await self.put(asked)
        return asked

    async def put(self, request: Asked | Press) -> bool:
        connection = self.address("bot").connect()
        try:
            return await Inbox(connection).put(request)
        finally:
            await connection.close()

    async def press(self, run: str, button: Button, name: str, **more: str) -> Press:
        """Press a button, having read the plan that stands; `more` are fields of the press."""
        state = await self.state(run)
        press = Press(
            id=f"{button.name.lower()}-{secrets.token_hex(4)}",
            run=run,
            button=button,
            digest=state.planned.digest,
            who=member(name),
            at=now(),
            **{"reason": "because", **more},  # type: ignore[arg-type]  # fields of text
        )
        await self.put(press)
        return press

    async def history(self, run: str) -> History:
        """Read a run as the bot does."""
        connection = self.address("bot").connect()
        try:
            return await Journal(connection, self.ring, None).read(run)
        finally:
            await connection.close()

    async def state(self, run: str) -> Run:
        state = replay((await self.history(run)).events)
        assert isinstance(state, Run)
        return state

    async def kinds(self, run: str) -> list[str]:
        return [event.kind for event in (await self.history(run)).events]

    def effects(self, run: str) -> list[str]:
        log = self.folder / "work" / run / "effects.log"
        return log.read_text().split("\n")[:-1] if log.exists() else []


@asynccontextmanager
async def _world() -> AsyncIterator[World]:
    """The stand-in cluster, but with the true time."""

    async def pause(span: timedelta) -> None:
        await asyncio.sleep(span.total_seconds())

    yield replace(ToyWorld().world(), now=now, pause=pause)
