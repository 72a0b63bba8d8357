"""What the engine itself costs for each event of a run, told without a target."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Final

from deploy.redis_users import USERS
from jobs.runs.events import StepStarted
from jobs.runs.lifecycle import replay
from jobs.runs.state import Ended, Run
from jobs.work.bell import Bell
from tests.bench.rows import Row, told
from tests.jobs.bench import Place
from tests.jobs.processes import running
from tests.servers import Valkey

_TIMES: Final = 5
_LOOK_EVERY: Final = 0.05  # Seconds.
_ENDS_WITHIN: Final = 30.0


def steps(folder: Path) -> Iterable[Row]:
    """Runs of twelve steps that do next to nothing, by a real worker; Valkey syncs each write."""
    (folder / "valkey").mkdir()
    valkey = Valkey(folder / "valkey")
    valkey.start()
    try:
        place = Place(folder, {user: valkey.url(user) for user in USERS})
        place.prepare()
        with running(place, "look", "act", "scheduler"):
            found = [asyncio.run(_one(place, f"bench-{n}")) for n in range(_TIMES)]
    finally:
        valkey.kill()
    return [
        told("engine, each event of a run", median(each for each, _ in found), "ms"),
        told(
            "engine, from the request over the plan to the first step",
            median(two for _, two in found),
            "ms",
        ),
    ]


async def _one(place: Place, run: str) -> tuple[float, float]:
    asked = await place.ask(run, word="chaos", pause=0.0)
    client = place.address("bot").connect_sync()
    await Bell(client, place.bell_secret).ring_look(run)
    client.close()
    async with asyncio.timeout(_ENDS_WITHIN):
        while True:
            events = (await place.history(run)).events
            state = replay(events)
            if isinstance(state, Run) and isinstance(state.stage, Ended):
                break
            await asyncio.sleep(_LOOK_EVERY)
    begun = next(event for event in events if isinstance(event, StepStarted))
    following = len(events) - 1 - events.index(begun)
    each = (events[-1].at - begun.at).total_seconds() * 1000 / following
    return each, (begun.at - asked.at).total_seconds() * 1000
