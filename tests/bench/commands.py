"""Fifty commands at once through the workspace and the bot: how fast, none lost, none run twice."""

import asyncio
import math
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Final

from deploy.demo.cluster.layout import Shape
from jobs.runs.events import Event, Planned, PlanRefused, StepStarted
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
    bursts: list[list[float]] = []
    seen: dict[str, str] = {}
    async with desk(made) as at:
        alone = [await _alone(at) for _ in range(_ALONE)]
        for number in range(_TIMES):
            await asyncio.gather(*(_ask(at, reason) for reason in _reasons(number)))
            bursts.append(await _acknowledgements(at, _AT_ONCE))
            # Slack delivers again what it believes was lost.
            await at.slack.post("faults", redeliver_last=True)
            await _answered(at, seen, (number + 1) * _AT_ONCE)
        histories = [(await at.journal.read(run)).events for run in seen]
    slowest = [_p99(burst) for burst in bursts]
    every = [value for burst in bursts for value in burst]
    asked = {reason for number in range(_TIMES) for reason in _reasons(number)}
    lost = asked - set(seen.values())
    # A run too many, or one whose journal plans or begins something a second time.
    twice = len(seen) - len(set(seen.values())) + sum(map(_repeats, histories))
    carried_out = sum(map(_is_carried_out, histories))
    others = "the others met one that was under way"
    return [
        at_most("50 commands at once, p99 until acknowledged", median(slowest), "ms", _MOST),
        told("50 commands at once, median until acknowledged", median(every), "ms"),
        at_most(f"{len(asked)} commands, lost", len(lost), "commands", 0),
        at_most(f"{len(asked)} commands, planned or run twice", twice, "commands", 0),
        told(f"{len(asked)} commands, carried out ({others})", carried_out, "commands"),
        told("one command alone, until acknowledged", median(alone), "ms"),
    ]


def _reasons(number: int) -> list[str]:
    """By which the command behind a run is known."""
    return [f"burst {number} command {each}" for each in range(_AT_ONCE)]


async def _ask(at: Desk, reason: str) -> None:
    answer = await at.slack.say(f"backup reason {reason}")
    assert answer["ok"], answer


async def _alone(at: Desk) -> float:
    answer = await at.slack.say("status")
    assert answer["ok"], answer
    return (await _acknowledgements(at, 1))[0]


async def _acknowledgements(at: Desk, count: int) -> list[float]:
    """How long the last commands took from the envelope's way out to its acknowledgement."""
    envelopes = [each for each in await at.slack.envelopes() if each["type"] == "slash_commands"]
    last = envelopes[-count:]
    assert len(last) == count
    assert not any(each["error"] for each in last), "an acknowledgement came too late"
    return [float(each["milliseconds"]) for each in last]


async def _answered(at: Desk, seen: dict[str, str], count: int) -> None:
    """Wait until so many were refused, or carried out to where they end or stop.

    Running out of time is no error here: what is missing then counts as lost.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_ANSWERED_WITHIN):
            while len(seen) < count:
                for run in await at.journal.recent(2 * _TIMES * _AT_ONCE):
                    if run not in seen and _is_settled((await at.journal.read(run)).events):
                        asked = await at.inbox.asked(run)
                        seen[run] = str(asked.ask["reason"]) if asked else ""
                await asyncio.sleep(_LOOK_EVERY)


def _is_settled(events: tuple[Event, ...]) -> bool:
    state = replay(events)
    ran = isinstance(state, Run) and isinstance(state.stage, Ended | Stopped)
    return ran or isinstance(state, NoRun)


def _is_carried_out(events: tuple[Event, ...]) -> bool:
    state = replay(events)
    return isinstance(state, Run) and state.stage == Ended("done")


def _repeats(events: tuple[Event, ...]) -> bool:
    plans = sum(isinstance(event, Planned | PlanRefused) for event in events)
    begun = Counter(event.step for event in events if isinstance(event, StepStarted))
    return plans > 1 or any(times > 1 for times in begun.values())


def _p99(values: list[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]
