"""One storm from its first command to its figures: `play` raises AssertionError on a broken law."""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from time import monotonic, time
from typing import Final

import aiohttp

from jobs.records.journal import History
from jobs.runs.state import Ended, NoRun, Run
from tests.bot.people import Json, Slack, about
from tests.chaos.count import check_copies
from tests.chaos.storm.book import effects, lock_of
from tests.chaos.storm.figures import Figures
from tests.chaos.storm.house import BOTS, House, house
from tests.chaos.storm.lateness import Wait, Window, drawn, seen, shown, waits
from tests.chaos.storm.people import Crowd, cards_in
from tests.chaos.storm.reckoning import (
    Steps,
    check_approvals,
    check_steps,
    check_threads,
)
from tests.chaos.storm.weather import Weather

RUNS: Final = 20
_STORMS: Final = 4
_WIPED: Final = 3  # After this storm Valkey comes back with nothing.
_BLOWS: Final = (6.0, 8.0)  # Seconds.
_CALM: Final = 8.0  # Seconds at least between two storms.
_SHOWN_WITHIN: Final = 30.0
_SETTLES: Final = 90.0
_STARTS: Final = 30.0
_LOOK_EVERY: Final = 0.3


@dataclass
class Storm:
    """One house in bad weather; `windows` are the times when Slack took posts."""

    house: House
    slack: Slack
    chance: random.Random
    patience: float
    windows: list[Window] = field(default_factory=list)
    wiped_at: float = 0.0  # Seconds since 1970.
    lost: set[str] = field(default_factory=set)  # Names whose request was lost with the disk.
    refused: set[str] = field(default_factory=set)  # Names asked before Valkey was accepted.
    again: dict[str, str] = field(default_factory=dict)  # By a run left behind, or nothing yet.

    def __post_init__(self) -> None:
        self.people = Crowd(self.house, self.slack, self.chance)
        self.weather = Weather(self.house, self.slack, self.chance)

    async def play(self) -> Figures:
        """Let it blow a few times, see everything ended, and count."""
        try:
            async with asyncio.TaskGroup() as group:
                others = [group.create_task(each) for each in (self._supervise(), self._press())]
                await self._bots_are_there()
                for number in range(1, _STORMS + 1):
                    await self._one_storm(number)
                await self._until(self._all_have_ended, _SETTLES, "the runs did not end")
                if self.patience:
                    says = "threads are not complete"
                    await self._until(self._all_is_said, self.patience, says)
                for each in others:
                    each.cancel()
        except ExceptionGroup as faults:
            raise faults.exceptions[0] from None
        return await self._count()

    async def _supervise(self) -> None:
        while True:
            await asyncio.to_thread(self.house.raise_the_dead)
            await asyncio.sleep(_LOOK_EVERY)

    async def _press(self) -> None:
        while True:
            await self.people.act()
            for run in [old for old, new in self.again.items() if not new]:
                self.again[run] = await self.people.ask_again(run)
            await asyncio.sleep(_LOOK_EVERY)

    async def _bots_are_there(self) -> None:
        async def connected() -> bool:
            return await self.slack.connections() == len(BOTS)

        await self._until(connected, _STARTS, "the bots did not connect")

    async def _one_storm(self, number: int) -> None:
        """People ask before and while it blows; then Slack takes posts again."""
        if self.windows:
            self.windows[-1] = replace(self.windows[-1], ends=time())
        asking = asyncio.create_task(self._type_until(RUNS * number // _STORMS))
        await asyncio.sleep(self.chance.uniform(0.3, 1.5))
        await self.weather.storm(self.chance.uniform(*_BLOWS), with_valkey=number % 2 == 1)
        if number == _WIPED:
            self.wiped_at = time()
            await self.house.wipe_valkey(0.5)
            self.weather.faults["wipe valkey"] += 1
        self.windows.append(Window(await self.weather.calm(), inf))
        if number == _WIPED:
            await self._go_on_without_the_disk()
        await asking
        await asyncio.sleep(max(0.0, self.windows[-1].begins + _CALM - time()))
        with contextlib.suppress(AssertionError):  # The law says so more plainly, at the end.
            await self._until(self._all_are_shown, _SHOWN_WITHIN, "")

    async def _type_until(self, share: int) -> None:
        """Alice types until so many commands were heard; what was not, she types again."""
        while len(self._names()) < share:
            await self.people.type_command()
            await asyncio.sleep(self.chance.uniform(0.1, 0.8))

    async def _go_on_without_the_disk(self) -> None:
        """A person looks, accepts the new Valkey, frees what is held, and asks again."""
        await self.house.accept_redis()
        for name, run in [*self.people.asked.items()]:
            state = (await self.house.kept(run)).state
            if state is None and not await self.house.is_asked(run):
                self.lost.add(name)
            elif isinstance(state, Run) and not isinstance(state.stage, Ended):
                await self.house.release_lock(lock_of(name))
                self.again[run] = ""

    async def _until(
        self, condition: Callable[[], Awaitable[bool]], within: float, otherwise: str
    ) -> None:
        give_up = monotonic() + within
        while not await condition():
            assert monotonic() < give_up, otherwise
            await asyncio.sleep(_LOOK_EVERY)

    async def _all_are_shown(self) -> bool:
        """Nothing waits that Slack's people cannot see."""
        cards = drawn(await self._calls())
        found = await self._waits()
        return not any(wait.until is None and not seen(wait, cards) for wait in found)

    async def _all_have_ended(self) -> bool:
        """Every command led to a run that ended; what was refused meanwhile is asked once more."""
        names = self._names()
        for name in names:
            state = (await self.house.place.history(self._runs_of(name)[-1])).state
            if isinstance(state, NoRun):
                self.refused.add(name)
            elif not isinstance(state, Run) or not isinstance(state.stage, Ended):
                return False
        if len(self._names()) < RUNS:
            await self.people.type_command()
            return False
        return True

    async def _all_is_said(self) -> bool:
        """The last thing that is said of a run is on its thread."""
        _, below = await self._said()
        runs = [run for name in self._names() for run in self._runs_of(name)[-1:]]
        return all(any(about(each, run) == "outcome" for each in below[run]) for run in runs)

    def _names(self) -> list[str]:
        return [name for name in self.people.asked if name not in self.lost | self.refused]

    def _runs_of(self, name: str) -> list[str]:
        """The run of a name, and those that followed where it was left behind."""
        runs = [self.people.asked[name]]
        while runs[-1] in self.again:
            runs.append(self.again[runs[-1]])
        return runs

    async def _calls(self) -> list[Json]:
        calls: list[Json] = (await self.slack.get("log"))["log"]
        return calls

    async def _waits(self) -> list[Wait]:
        """What waited; a run that was left behind has waited until Valkey was wiped."""
        found: list[Wait] = []
        for name in self._names():
            for run in self._runs_of(name):
                history = await self.house.place.history(run) if run else History("")
                over = self.wiped_at if run in self.again else None
                found += waits(run, history.events, over)
        return found

    async def _count(self) -> Figures:
        """Check every law. Raises AssertionError."""
        calls = await self._calls()
        kept = {"windows": [vars(each) for each in self.windows], "calls": calls}
        (self.house.place.folder / "calls.json").write_text(json.dumps(kept), encoding="utf-8")
        runs = {name: self._runs_of(name) for name in self._names()}
        histories = {
            run: await self.house.place.history(run) for each in runs.values() for run in each
        }
        for history in histories.values():
            await check_copies(self.house.place, history.run, history.entries)
        steps = [
            check_steps(name, [histories[run] for run in each], effects(self.house.effects, name))
            for name, each in runs.items()
        ]
        # What went with Valkey's disk is no more.
        given = {(run, person) for run, person in self.people.given if run in histories}
        check_approvals(given, histories)
        threads = check_threads(*await self._said(), list(histories.values()))
        late = shown(await self._waits(), drawn(calls), self.windows)
        overdue = [str(one) for one in late if one.left < 0]
        assert not overdue, "; ".join(overdue)
        assert len(runs) >= RUNS, f"{len(runs)} runs were played"
        return Figures(
            runs=len(runs),
            left_behind=len(self.again),
            lost=len(self.lost),
            steps=Steps(sum(s.effects for s in steps), sum(s.repeated for s in steps)),
            threads=threads,
            shown=late,
            typed=self.people.typed,
            faults=self.weather.faults,
        )

    async def _said(self) -> tuple[dict[str, list[Json]], dict[str, list[Json]]]:
        """The cards by their runs, and what is below each."""
        cards: dict[str, list[Json]] = {}
        below: dict[str, list[Json]] = {}
        for run, card in await cards_in(self.slack):
            cards.setdefault(run, []).append(card)
            said = await self.slack.messages(card["channel"], thread_ts=card["ts"])
            below.setdefault(run, []).extend(each for each in said if each["ts"] != card["ts"])
        return cards, below


async def play(folder: Path, seed: int, patience: float) -> Figures:
    """Play one storm in an empty folder. Raises AssertionError on a broken law.

    `patience` is how many seconds the last lines of the threads are waited for; 0: not at all.
    """
    with house(folder) as made:
        async with aiohttp.ClientSession() as session:
            slack = Slack(made.url, session)
            return await Storm(made, slack, random.Random(seed), patience).play()
