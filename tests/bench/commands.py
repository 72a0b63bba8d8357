"""Fifty commands at once through the workspace and the bot: how fast, none lost, none run twice."""

import asyncio
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Final

from deploy.demo.cluster.layout import Shape
from jobs.runs.events import Planned, PlanRefused, StepStarted
from jobs.runs.lifecycle import replay
from jobs.runs.state import Ended, NoRun, Run, Stopped
from tests.bench.installation import Installation, installation
from tests.bench.rows import Row, at_most, told
from tests.bench.runs import Desk, desk

_AT_ONCE: Final = 50
_TIMES: Final = 5
_ALONE: Final = 20
_MOST: Final = 300.0  # Milliseconds.
_LOOK_EVERY: Final = 0.2  # Seconds.
_ANSWERED_WITHIN: Final = 120.0


def commands(folder: Path) -> Iterable[Row]:
    """Each command asks for a backup, so what follows it shows in the records."""
    with installation(folder, Shape()) as made:
        yield from asyncio.run(_measured(made))


async def _measured(made: Installation) -> list[Row]:
    runs: list[str] = []
    bursts: list[list[float]] = []
    async with desk(made) as at:
        alone = [await _alone(at) for _ in range(_ALONE)]
        for number in range(_TIMES):
            runs += await _burst(at, number)
            bursts.append(await _acknowledgements(at, _AT_ONCE))
            # Slack delivers again what it believes was lost.
            await at.slack.post("faults", redeliver_last=True)
            await _all_answered(at, runs)
        carried_out = sum([await _is_carried_out(at, run) for run in runs])
        lost, twice = await _lost(at, runs), await _twice(at, runs)
    slowest = [_p99(burst) for burst in bursts]
    every = [value for burst in bursts for value in burst]
    return [
        at_most("50 commands at once, p99 until acknowledged", median(slowest), "ms", _MOST),
        told("50 commands at once, median until acknowledged", median(every), "ms"),
        at_most(f"{len(runs)} commands, lost", lost, "commands", 0),
        at_most(f"{len(runs)} commands, planned or run twice", twice, "commands", 0),
        told(
            f"{len(runs)} commands, carried out (the others met one that was under way)",
            carried_out,
            "commands",
        ),
        told("one command alone, until acknowledged", median(alone), "ms"),
    ]


async def _alone(at: Desk) -> float:
    answer = await at.slack.say("status")
    assert answer["ok"], answer
    return (await _acknowledgements(at, 1))[0]


async def _burst(at: Desk, number: int) -> list[str]:
    words = [f"backup reason burst {number} command {each}" for each in range(_AT_ONCE)]
    return list(await asyncio.gather(*map(at.slack.ask, words)))


async def _acknowledgements(at: Desk, count: int) -> list[float]:
    """How long the last commands took from the envelope's way out to its acknowledgement."""
    envelopes = [each for each in await at.slack.envelopes() if each["type"] == "slash_commands"]
    last = envelopes[-count:]
    assert len(last) == count
    assert not any(each["error"] for each in last), "an acknowledgement came too late"
    return [float(each["milliseconds"]) for each in last]


async def _all_answered(at: Desk, runs: list[str]) -> None:
    """Wait until each was refused, or carried out to where it ends or stops."""
    waiting = list(runs)
    async with asyncio.timeout(_ANSWERED_WITHIN):
        while waiting:
            waiting = [run for run in waiting if not await _is_answered(at, run)]
            await asyncio.sleep(_LOOK_EVERY)


async def _is_answered(at: Desk, run: str) -> bool:
    if not await at.journal.length(run):
        return False
    state = replay((await at.journal.read(run)).events)
    settled = isinstance(state, Run) and isinstance(state.stage, Ended | Stopped)
    return isinstance(state, NoRun) or settled


async def _is_carried_out(at: Desk, run: str) -> bool:
    state = replay((await at.journal.read(run)).events)
    return isinstance(state, Run) and state.stage == Ended("done")


async def _lost(at: Desk, runs: list[str]) -> int:
    known = set(await at.journal.recent(10 * len(runs)))
    return len(runs) - len(known & set(runs))


async def _twice(at: Desk, runs: list[str]) -> int:
    """Runs that nobody asked for, or whose journal plans or begins something a second time."""
    known = set(await at.journal.recent(10 * len(runs)))
    repeated = 0
    for run in runs:
        events = (await at.journal.read(run)).events
        plans = sum(isinstance(event, Planned | PlanRefused) for event in events)
        begun = Counter(event.step for event in events if isinstance(event, StepStarted))
        repeated += plans > 1 or any(times > 1 for times in begun.values())
    return repeated + len(known - set(runs))


def _p99(values: list[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]
