"""Takes back the approvals of people who left, on runs that have not begun; workers decide.

A withdrawal needs no proof and starts nothing. Whoever is wronged by it clicks again, or asks for a
new run where they had signed: a signature that was withdrawn is void.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.exceptions import RedisError

from bot.desk import Desk, Pressed
from bot.door import Door, standing_of
from bot.envelope import Changed
from jobs.people import Button, People, Standing, Who
from jobs.records.bugs import going_on
from jobs.records.journal import Altered, History, Journal
from jobs.records.standing import goes_on
from jobs.runs.events import Approved, GlassBroken
from jobs.runs.state import Ended, Run

_LOG: Final = logging.getLogger(__name__)
# Slack tells of a change three times within six minutes; whoever was away for longer asks. With
# what the door remembers, nobody who left counts for longer than a minute and a half.
_LOOK_EVERY: Final = timedelta(seconds=30)
# What takes no approval away: Slack did not say plainly that this is no member any more.
_STAYS: Final[frozenset[Standing]] = frozenset({"member", "unknown"})


@dataclass(frozen=True, kw_only=True)
class Departures:
    """Each bot has one: a withdrawal is put once, by however many it is found out."""

    journal: Journal
    desk: Desk
    door: Door
    people: People

    async def watch(self) -> None:
        """Ask Slack again and again about those who approved what still waits, until cancelled."""
        while True:
            try:
                await self.look()
            except RedisError as error:
                _LOG.warning("not looked who left", extra={"why": type(error).__name__})
            await asyncio.sleep(_LOOK_EVERY.total_seconds())

    async def hear(self, changed: Changed) -> None:
        """Act on what Slack tells of a person, most of which concerns nobody here."""
        account = changed.sender.user
        known = any(account in person.slack for person in self.people.persons)
        if not known or not self.door.is_ours(changed.sender):
            return
        self.door.forget(account)
        told = standing_of(changed.user, account, self.door.home)
        if told in _STAYS:
            return
        # An event may be minutes old; where Slack does not answer, its word stands.
        now = await self.door.standing(account)
        await self.look({account: told if now == "unknown" else now})

    async def look(self, known: Mapping[str, Standing] | None = None) -> None:
        """Look at every run that waits; `known`: only at whoever has these accounts."""
        for name in await self.journal.open_runs():
            with going_on(name):
                history = await self._read(name)
                if history is not None and isinstance(history.state, Run) and goes_on(history):
                    await self.look_at(history.state, known)

    async def _read(self, name: str) -> History | None:
        try:
            return await self.journal.read(name)
        except Altered:
            return None  # The board tells of it, and no worker carries it on.

    async def look_at(self, run: Run, known: Mapping[str, Standing] | None = None) -> None:
        """Put a withdrawal for each approval of somebody who left."""
        for given in stands_on(run):
            accounts = _accounts(given, self.people)
            if known is not None and not known.keys() & set(accounts):
                continue
            found = await asyncio.gather(*(self._who(account, known) for account in accounts))
            if found and not any(who.standing in _STAYS for who in found):
                _LOG.info("an approver left", extra={"run": run.id, "person": given.press.by})
                await self.desk.press(
                    Pressed(
                        seed=f"departed\n{run.id}\n{given.press.id}",
                        run=run.id,
                        button=Button.WITHDRAW,
                        digest=run.planned.digest,
                        who=found[0],
                    )
                )

    async def _who(self, account: str, known: Mapping[str, Standing] | None) -> Who:
        told = (known or {}).get(account)
        return Who(id=account, standing=told or await self.door.standing(account))


def stands_on(run: Run) -> Iterator[Approved | GlassBroken]:
    """List what a run stands on that has not begun: later only its own buttons stop it."""
    if run.started_at is not None or isinstance(run.stage, Ended):
        return
    yield from run.approvals
    if run.glass is not None:
        yield run.glass


def _accounts(given: Approved | GlassBroken, people: People) -> tuple[str, ...]:
    """Name the account it was given by; for a terminal, all that its person has in Slack."""
    accounts = people.accounts(given.press.by)
    return (given.press.account,) if given.press.account in accounts else accounts
