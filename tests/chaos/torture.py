"""Run many runs while workers, work-horses and Redis are killed and frozen, then count."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import psutil

from jobs.people import Button
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Ended, Run, Stopped
from playbooks.core.danger import Danger
from tests.chaos.count import Counted, count
from tests.jobs.bench import Place
from tests.jobs.processes import end, horses, start
from tests.servers import Valkey

AT_ONCE: Final = 4  # Runs under way.
_PARTS: Final = ("look", "act", "act", "act", "scheduler")
_FROZEN: Final = (4.5, 6.5)  # Seconds: longer than the lease.
_SETTLES: Final = 90.0  # Seconds for what is left once nobody kills any more.
_FAULTS: Final = {
    "kill worker": 5,
    "kill horse": 5,
    "freeze horse": 4,
    "freeze worker": 1,
    "kill scheduler": 1,
    "kill valkey": 2,
    "end worker": 2,
}


@dataclass
class Torture:
    """One installation under torture; chance comes from a seed, so that it can be repeated."""

    place: Place
    valkey: Valkey
    chance: random.Random
    processes: dict[int, tuple[str, subprocess.Popen[bytes]]] = field(default_factory=dict)
    frozen: set[asyncio.Task[None]] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    runs: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    async def run(self, seconds: float) -> Counted:
        """Torture for so long, let it settle, count. Raises AssertionError for a broken law."""
        with self._processes():
            tormentor = asyncio.create_task(self._torment(monotonic() + seconds))
            give_up = monotonic() + seconds + _SETTLES
            while not tormentor.done() or len(self.ended) < len(self.runs):
                self._raise_the_dead()
                await self._people(more=not tormentor.done())
                await asyncio.sleep(0.1)
                assert monotonic() < give_up, f"{set(self.runs) - self.ended} did not end"
            await tormentor
        return await count(self.place, self.runs, self.faults)

    async def _people(self, *, more: bool) -> None:
        """Ask for new runs, approve what waits for it, and see what has ended."""
        waiting = [run for run in self.runs if run not in self.ended]
        if more and len(waiting) < AT_ONCE:
            run = f"run-{len(self.runs) + 1}"
            danger = self.chance.choice(list(Danger))
            pause = self.chance.uniform(0.02, 0.25)
            await self.place.ask(run, word="chaos", danger=danger, pause=pause)
            self.runs.append(run)
        for run in waiting:
            state = replay((await self.place.history(run)).events)
            if not isinstance(state, Run):
                continue
            assert not isinstance(state.stage, Stopped), f"{run} stopped: {state.stage}"
            if isinstance(state.stage, Ended):
                self.ended.add(run)
            elif isinstance(state.stage, AwaitsApproval):
                await self._approve(state)

    async def _approve(self, state: Run) -> None:
        given = {approval.press.by for approval in state.approvals}
        for name in ("bob", "carol")[: state.planned.needs]:
            if name not in given:
                await self.place.press(state.id, Button.APPROVE, name)

    async def _torment(self, until: float) -> None:
        while monotonic() < until:
            await asyncio.sleep(self.chance.uniform(0.3, 1.6))
            fault = self.chance.choices(list(_FAULTS), list(_FAULTS.values()))[0]
            if await self._commit(fault):
                self.faults[fault] += 1
        await asyncio.gather(*self.frozen)

    async def _commit(self, fault: str) -> bool:
        """Do one bad thing; False where there was nobody to do it to."""
        what, whom = fault.split()
        if whom == "valkey":
            self.valkey.kill()
            await asyncio.sleep(self.chance.uniform(0.1, 1.5))
            await asyncio.to_thread(self.valkey.start)
            return True
        victims = self._victims(whom)
        if not victims:
            return False
        victim = self.chance.choice(victims)
        if what == "freeze":
            task = asyncio.create_task(self._freeze(victim))
            self.frozen.add(task)
            task.add_done_callback(self.frozen.discard)
            return True
        try:
            os.kill(victim, signal.SIGKILL if what == "kill" else signal.SIGTERM)
        except ProcessLookupError:  # It ended meanwhile.
            return False
        return True

    def _victims(self, whom: str) -> list[int]:
        parts = {"scheduler": "scheduler"}.get(whom, "act")
        alive = [process for part, process in self.processes.values() if part == parts]
        if whom == "horse":
            return [horse.pid for process in alive for horse in horses(process)]
        return [process.pid for process in alive if process.poll() is None]

    async def _freeze(self, pid: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.suspend()
            await asyncio.sleep(self.chance.uniform(*_FROZEN))
            process.resume()

    def _raise_the_dead(self) -> None:
        """Start again what has ended, as a supervisor would."""
        for place, (part, process) in self.processes.items():
            if process.poll() is not None:
                self.processes[place] = (part, start(self.place, part))

    @contextlib.contextmanager
    def _processes(self) -> Iterator[None]:
        for place, part in enumerate(_PARTS):
            self.processes[place] = (part, start(self.place, part))
        try:
            yield
        finally:
            for _, process in self.processes.values():
                end(process)
