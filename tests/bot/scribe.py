"""Writes journals as a worker would, so that the bot is tested without any."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from jobs.people import Button
from jobs.records.inbox import Inbox
from jobs.records.journal import History, Journal
from jobs.records.lease import held
from jobs.runs.decisions import decide
from jobs.runs.events import Event, Planned, PlannedStep, PlanRefused
from jobs.runs.lifecycle import replay
from jobs.runs.requests import Asked, Press
from jobs.runs.state import Run
from playbooks.core.danger import Danger
from playbooks.core.objective import DATA_CENTRE_LOSS
from tests.jobs.bench import PEOPLE, Place, now

STEPS: Final = (
    "Cut clients off from prod",
    "Load the backup taken at 2026-11-25 02:00 UTC",
    "Let clients back to prod",
)
DIGEST: Final = "d" * 64


@dataclass
class Scribe:
    """Holds the keys of a worker; one at a time."""

    place: Place
    _histories: dict[str, History] = field(default_factory=dict)

    async def asked(self, run: str) -> Asked | None:
        connection = self.place.address("worker").connect()
        try:
            return await Inbox(connection).asked(run)
        finally:
            await connection.close()

    async def presses(self, run: str) -> tuple[Press, ...]:
        connection = self.place.address("worker").connect()
        try:
            return await Inbox(connection).presses(run)
        finally:
            await connection.close()

    async def plan(self, run: str, *, needs: int = 2, digest: str = DIGEST) -> None:
        """Answer a request with a plan, as a looker would."""
        asked = await self.asked(run)
        assert asked is not None
        await self.write(run, planned(asked, needs=needs, digest=digest))

    async def refuse(self, run: str, *reasons: str) -> None:
        asked = await self.asked(run)
        assert asked is not None
        await self.write(
            run,
            PlanRefused(
                at=now(),
                run=run,
                word=asked.word,
                who=asked.who,
                channel=asked.channel,
                reasons=reasons,
            ),
        )

    async def write(self, run: str, *events: Event) -> None:
        """Append events under a lease of our own."""
        address = self.place.address("worker")
        connection = address.connect()
        journal = Journal(connection, self.place.ring, self.place.key("worker"))
        try:
            history = await journal.read(run)
            for event in events:
                if not history.events:
                    history = await journal.append(history, journal.seal(history, event, 0), 0)
                    continue
                async with held(connection, address, f"lease:{run}", "scribe") as lease:
                    assert lease is not None
                    entry = journal.seal(history, event, lease.epoch)
                    history = await journal.append(history, entry, lease.epoch)
        finally:
            await connection.close()

    async def answer(self, run: str) -> list[Event]:
        """Decide every press that has no answer yet, as a worker would."""
        written: list[Event] = []
        for press in await self.presses(run):
            history = await self.place.history(run)
            state = replay(history.events)
            assert isinstance(state, Run)
            if press.id not in state.answered:
                event = decide(state, press, PEOPLE, now())
                await self.write(run, event)
                written.append(event)
        return written

    async def approve(self, run: str, *names: str) -> None:
        """Approve without Slack, for tests that begin after approval."""
        for name in names:
            await self.place.press(run, Button.APPROVE, name)
        await self.answer(run)


def planned(asked: Asked, *, needs: int, digest: str = DIGEST) -> Planned:
    return Planned(
        at=now(),
        run=asked.run,
        word=asked.word,
        playbook="restore_backup",
        ask=asked.ask,
        who=asked.who,
        requester=PEOPLE.person(asked.who),
        reason=str(asked.ask.get("reason", "")),
        cluster="prod",
        channel=asked.channel,
        plan={"cluster": "prod"},
        table="a" * 64,
        steps=tuple(PlannedStep(says=says, verb="do", way_back=None) for says in STEPS),
        danger=Danger.DESTROYS,
        needs=needs,
        holds=("cluster:prod",),
        tells=("Loses 13 h 22 min of writes",),
        loses=timedelta(hours=13, minutes=22),
        objective=DATA_CENTRE_LOSS,
        clock_from=asked.at,
        expires_at=asked.at + timedelta(minutes=60),
        digest=digest,
        again=asked.again,
    )
