"""Commands while Slack refreshes the connection every few seconds: no acknowledgement is late."""

import asyncio
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

from deploy.demo.cluster.layout import Shape
from tests.bench.installation import Installation, installation
from tests.bench.rows import Row, at_most, told
from tests.bench.runs import desk
from tests.bot.people import Slack

REFRESH_EVERY: Final = timedelta(seconds=6)
_ASK_EVERY: Final = 0.25  # Seconds.
_LONG: Final = timedelta(minutes=2)
_MOST: Final = 1_000.0  # Milliseconds.


def refresh(folder: Path) -> Iterable[Row]:
    """Two minutes of it against a whole installation."""
    with installation(folder, Shape()) as made:
        yield from asyncio.run(_measured(made))


async def _measured(made: Installation) -> list[Row]:
    async with desk(made) as at:
        took, lost = await asked_while_refreshed(at.slack, _LONG, REFRESH_EVERY)
    what = f"{len(took)} commands, a refresh every {REFRESH_EVERY.total_seconds():.0f} s"
    return [
        at_most(f"{what}, latest acknowledgement", max(took), "ms", _MOST),
        at_most(f"{what}, not acknowledged", lost, "commands", 0),
        told(f"{what}, median", median(took), "ms"),
    ]


async def asked_while_refreshed(
    slack: Slack, length: timedelta, every: timedelta
) -> tuple[list[float], int]:
    """Ask four times a second; how long each took in milliseconds, and how many got no answer."""
    await slack.post("faults", refresh_every_s=every.total_seconds())
    asking: list[asyncio.Task[tuple[float, bool]]] = []
    begun = time.monotonic()
    while time.monotonic() - begun < length.total_seconds():
        asking.append(asyncio.create_task(_ask(slack)))
        await asyncio.sleep(max(0.0, begun + len(asking) * _ASK_EVERY - time.monotonic()))
    answers = await asyncio.gather(*asking)
    await slack.post("faults", refresh_every_s=None)
    return [took for took, _ in answers], sum(not well for _, well in answers)


async def _ask(slack: Slack) -> tuple[float, bool]:
    begun = time.monotonic()
    answer = await slack.say("status")
    return (time.monotonic() - begun) * 1000, bool(answer["ok"])
