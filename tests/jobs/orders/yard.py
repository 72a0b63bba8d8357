"""An installation with a standing order, real SSH keys, and a clock that stands where it is put."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from jobs.people import People
from jobs.records.signers import read_allowed_signers
from jobs.runs.events import Event
from jobs.runs.orders import StandingOrder
from jobs.work.bell import Bell
from jobs.work.rings import QueueName
from jobs.work.worker import functions_of
from jobs.work.workshop import Workshop
from playbooks.backups import take_backup
from playbooks.core.danger import Danger
from playbooks.core.playbook import Playbook
from playbooks.core.world.world import World
from tests.jobs import nightly
from tests.jobs.bench import PEOPLE, Place
from tests.jobs.nightly import DUE
from tests.jobs.toys import TOY
from tests.ssh import SshKey
from tests.worlds.toy import ToyWorld

RUN: Final = "order-nightly-20261126"
# In charge is carol, who may approve as well: only so does it show that her own word is none.
NIGHTLY: Final = nightly.NIGHTLY.model_copy(
    update={
        "playbook": "toy",
        "word": "toy",
        "does": "Writes three marks into a folder.",
        "cluster": "toy",
    }
)


@dataclass
class Yard:
    """Change any field, as somebody would who edits the configuration and restarts workers."""

    place: Place
    keys: dict[str, SshKey]
    allowed: str  # The allowed-signers file.
    order: StandingOrder
    at: datetime = DUE + timedelta(seconds=5)
    people: People = PEOPLE
    orders: tuple[StandingOrder, ...] | None = None  # None: the one above.
    needs: int = 1  # Signatures, whatever the danger.
    books: tuple[Playbook[Any, Any], ...] = (TOY, take_backup.PLAYBOOK)
    toy: ToyWorld = field(default_factory=ToyWorld)

    def now(self) -> datetime:
        return self.at

    def text(self) -> str:
        return self.order.statement(self.needs).text()

    def signed_by(self, *names: str) -> StandingOrder:
        """The order as it is, with the signatures of these."""
        text = self.text()
        return self.order.model_copy(
            update={"signatures": tuple(self.keys[name].sign(text) for name in names)}
        )

    def shop(self, queue: QueueName) -> Workshop:
        shop = self.place.workshop(queue, *self.books)
        orders = (self.order,) if self.orders is None else self.orders
        needs = dict.fromkeys(Danger, self.needs - 1 and self.needs)
        return replace(
            shop,
            people=self.people,
            rules=shop.rules.model_copy(update={"orders": orders, "needs": needs}),
            signers=read_allowed_signers(self.allowed, "a test"),
            now=self.now,
            world=self.world,
        )

    @asynccontextmanager
    async def world(self) -> AsyncIterator[World]:
        async def pause(span: timedelta) -> None:
            await asyncio.sleep(0)

        self.toy.clock = self.at
        yield replace(self.toy.world(), now=self.now, pause=pause)

    async def look(self, run: str = RUN) -> None:
        """Let a looker hear a ring, as its process does."""
        await self._hear("look", run)

    async def act(self, run: str = RUN) -> None:
        """Let a worker hear a ring, as its process does."""
        await self._hear("act", run)

    async def _hear(self, queue: QueueName, run: str) -> None:
        client = self.place.address("worker" if queue == "act" else "looker").connect_sync()
        shop = self.shop(queue)
        bell = Bell(client, shop.bell_secret)
        try:
            await asyncio.to_thread(functions_of(shop, bell, lambda: False)[queue], run)
        finally:
            client.close()

    async def events(self, run: str = RUN) -> tuple[Event, ...]:
        return (await self.place.history(run)).events

    async def begin(self) -> list[str]:
        """Ring at the look, then act; the kinds of what came of it."""
        await self.look()
        await self.act()
        return await self.place.kinds(RUN)

    def effects(self) -> list[str]:
        return self.place.effects("nightly")


def arguments(place: Place, **more: object) -> dict[str, object]:
    folder = place.folder / "work"
    (folder / "nightly").mkdir(exist_ok=True)
    return {"place": str(folder), "run": "nightly", **more}
