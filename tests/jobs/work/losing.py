"""A Redis that is lost or restored in the middle of a run, and what is entered afterwards."""

import shutil
from typing import Any

from jobs.people import Button
from jobs.records.board import Board, Note
from jobs.records.journal import History
from jobs.records.standing import standing
from jobs.runs.state import Run, Stopped
from jobs.work.history import accept, enter_run
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.bench import Place
from tests.jobs.work.hands import ALL, RUN, approve, begin, drive
from tests.servers import Valkey


async def entered(place: Place, run: str = RUN) -> History:
    """Let a worker answer the ring for a run's history."""
    shop = place.workshop("act")
    async with opened(shop) as records:
        await enter_run(shop, records, run)
    return await place.history(run)


async def accepted(place: Place) -> str:
    shop = place.workshop("act")
    async with opened(shop) as records:
        return await accept(shop, records)


async def note(place: Place, run: str = RUN) -> Note | None:
    connection = place.address("bot").connect()
    try:
        return await Board(connection).note(run)
    finally:
        await connection.close()


async def halfway(place: Place, danger: Danger = Danger.DESTROYS) -> History:
    """Two steps are done, and people are waited for."""
    await begin(place, danger=danger, waits=True)
    if danger is Danger.DESTROYS:
        await approve(place)
    if danger is Danger.DISRUPTS:
        await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    assert place.effects(RUN) == ["one", "two"]
    return await place.history(RUN)


def open_runs(valkey: Valkey) -> set[str]:
    members: Any = valkey.admin().smembers("runs:open")
    return set(members)


async def knock(place: Place, run: str = RUN) -> None:
    for name in ("knock-1", "knock-2"):
        (place.folder / "work" / run / name).touch()


def stands_still(history: History) -> Stopped:
    run = standing(history)
    assert isinstance(run, Run)
    assert isinstance(run.stage, Stopped)
    return run.stage


async def to_its_end(place: Place) -> None:
    await knock(place)
    await drive(place, RUN)
    assert place.effects(RUN) == ALL


class Copy:
    """A copy of Valkey's own files, to be put back later."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._data = valkey.folder / "data"
        self._kept = valkey.folder / "kept"

    def make(self) -> None:
        self._valkey.kill()
        shutil.copytree(self._data, self._kept)
        self._valkey.start()

    def restore(self) -> None:
        self._valkey.kill()
        shutil.rmtree(self._data)
        shutil.copytree(self._kept, self._data)
        self._valkey.start()
