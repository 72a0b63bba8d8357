"""Where plans are signed and attacked: what is approved there, and what an attack would change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jobs.people import Button, People
from jobs.records.signers import read_allowed_signers
from jobs.runs.events import Planned, PlanRefused
from jobs.runs.proofs import ProofKind
from jobs.runs.requests import Press
from jobs.runs.state import Run
from jobs.runs.statement import statement
from jobs.work.drive import driving
from jobs.work.look import look
from jobs.work.workshop import Workshop, opened
from playbooks.core.danger import Danger
from tests.jobs.bench import PEOPLE, Place, now
from tests.jobs.work.hands import RUN
from tests.ssh import SshKey

APPROVERS: Final = ("bob", "carol")
# What only workers and lookers write.
_THEIRS: Final = ("journal:*", "run:*", "runs", "runs:open", "lock:*", "attested", "generation")


@dataclass(frozen=True)
class Trace:
    """Two of them are alike where nothing came of what happened in between."""

    world: Mapping[str, bytes]  # Every file of the toy world.
    store: Mapping[str, bytes]  # Every object but those that remember refusals.
    journal: Mapping[str, tuple[str, ...]]  # The kinds of a run's events, without refusals.

    @property
    def besides_journal(self) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
        """What a run that stops before its first step leaves as it was."""
        kept = {name: data for name, data in self.store.items() if not name.startswith("journal/")}
        return self.world, kept


@dataclass
class Room:
    """One installation over a real Valkey; what a test alters here, a restarted worker reads."""

    place: Place
    admin: Any
    keys: dict[str, SshKey]
    people: People = PEOPLE
    proof: ProofKind = ProofKind.SIGNATURE
    break_glass: tuple[str, ...] = ()
    allowed: str = ""  # Empty: Bob's and Carol's keys.
    codes: dict[str, Path] = field(default_factory=dict)
    ahead: timedelta = timedelta(0)  # Of the true time.

    def now(self) -> datetime:
        return now() + self.ahead

    def shop(self, queue: str) -> Workshop:
        shop = self.place.workshop("act" if queue == "act" else "look")
        proofs = dict.fromkeys(Danger, self.proof)
        rules = shop.rules.model_copy(update={"proofs": proofs, "break_glass": self.break_glass})
        allowed = self.allowed or "".join(self.keys[name].allowed for name in APPROVERS)
        return replace(
            shop,
            people=self.people,
            rules=rules,
            signers=read_allowed_signers(allowed, "a test"),
            codes=self.codes,
            now=self.now,
        )

    async def plan(self, run: str = RUN, **ask: object) -> Planned:
        """Ask for something that destroys, and let a looker plan it."""
        await self.place.ask(run, word="toy", **{"danger": Danger.DESTROYS, **ask})
        await self.look(run)
        return await self.planned(run)

    async def look(self, run: str = RUN) -> None:
        shop = self.shop("look")
        async with opened(shop) as records:
            asked = await records.inbox.asked(run)
            assert asked is not None
            await look(shop, records, asked)

    async def drive(self, run: str = RUN) -> bool:
        """Let a worker take a run as far as it goes; False if it was not let."""
        shop = self.shop("act")
        async with opened(shop) as records, driving(shop, records, run, lambda: False) as driver:
            if driver is None:
                return False
            await driver.carry_on()
        return True

    async def press(
        self, name: str, proof: str = "", button: Button = Button.APPROVE, **more: str
    ) -> Press:
        return await self.place.press(RUN, button, name, proof=proof, **more)

    async def approve(self, *names: str, run: str = RUN) -> None:
        """Sign its own text, as people do who have read it."""
        for name in names:
            signature = await self.signature(name, run)
            await self.place.press(run, Button.APPROVE, name, proof=signature)

    async def signature(self, name: str, run: str = RUN) -> str:
        return self.keys[name].sign(await self.text(run))

    async def text(self, run: str = RUN) -> str:
        return statement(await self.planned(run)).text()

    async def state(self, run: str = RUN) -> Run:
        return await self.place.state(run)

    async def planned(self, run: str = RUN) -> Planned:
        return (await self.state(run)).planned

    async def approved_by(self, run: str = RUN) -> list[str]:
        return [given.press.by for given in (await self.state(run)).approvals]

    async def refuses(self, why: str, run: str = RUN) -> None:
        """Let a worker read one press: it is refused with this reason, and nothing else changes."""
        before, known = await self.trace(), len(await self.refusals(run))
        await self.drive(run)
        refusals = await self.refusals(run)
        assert len(refusals) == known + 1
        assert why in refusals[-1]
        assert await self.trace() == before

    async def refusals(self, run: str = RUN) -> list[str]:
        """Why presses did not count, in order."""
        return [event.why for event in (await self.state(run)).refusals]

    async def reasons(self, run: str = RUN) -> str:
        """Why there is no plan."""
        [event] = (await self.place.history(run)).events
        assert isinstance(event, PlanRefused)
        return "; ".join(event.reasons)

    async def note(self, run: str = RUN) -> str:
        """Why workers leave a run alone."""
        async with opened(self.shop("act")) as records:
            note = await records.board.note(run)
        return "" if note is None else note.says

    def effects(self, run: str = RUN) -> list[str]:
        return self.place.effects(run)

    async def trace(self) -> Trace:
        """Look at all that a plan which is carried out would change."""
        runs = sorted(key.removeprefix("journal:") for key in self.admin.keys("journal:*"))
        kinds = {run: await self.place.kinds(run) for run in runs}
        store = _files(self.place.folder / "store")
        return Trace(
            world=_files(self.place.folder / "work"),
            store={name: data for name, data in store.items() if not _is_refusal(name, data)},
            journal={
                run: tuple(k for k in found if k != "refused") for run, found in kinds.items()
            },
        )

    def files(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """Everything in the toy world and in the store."""
        return _files(self.place.folder / "work"), _files(self.place.folder / "store")

    def records(self) -> dict[str, bytes]:
        """Everything in Redis that only workers and lookers may write, as it lies there."""
        found = {key for shape in _THEIRS for key in self.admin.keys(shape)}
        return {key: _value(self.admin, key) for key in sorted(found)}


def _is_refusal(name: str, data: bytes) -> bool:
    copied = name.startswith("journal/") and rb"\"kind\":\"refused\"" in data
    return copied or "/wrong/" in name


def _value(admin: Any, key: str) -> bytes:
    match admin.type(key):
        case "stream":
            value = admin.xrange(key)
        case "hash":
            value = sorted(admin.hgetall(key).items())
        case "set":
            value = sorted(admin.smembers(key))
        case "zset":
            value = admin.zrange(key, 0, -1, withscores=True)
        case _:
            value = admin.get(key)
    return repr(value).encode()


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
