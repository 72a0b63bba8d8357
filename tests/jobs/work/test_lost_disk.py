"""The processes of an installation, whose Valkey loses its disk while a worker is at work."""

import asyncio
import shutil
from typing import Any

from jobs.people import Button
from jobs.records.standing import standing
from jobs.runs.state import Ended, Run, Stopped
from jobs.work.history import accept
from jobs.work.release import release
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.bench import Place
from tests.jobs.processes import running, wait_for
from tests.jobs.work.hands import ALL, RUN, approve
from tests.servers import Valkey


async def test_nothing_goes_on_and_all_of_it_comes_back_as_history(
    own_place: Place, own_valkey: Valkey
) -> None:
    place = own_place
    with running(place, "look", "act", "scheduler"):
        await place.ask(RUN, danger=Danger.DESTROYS, pause=2.0)
        await _planned(place, RUN)
        await approve(place)
        await _until(lambda: place.effects(RUN) == ["one"])
        # In the middle of an act.
        own_valkey.kill()
        shutil.rmtree(own_valkey.folder / "data")
        own_valkey.start()
        # Found by the scheduler, verified and entered by the worker, before anybody accepted this.
        await _entered(place, RUN)
        async with opened(place.workshop("act")) as records:
            said = await accept(place.workshop("act"), records)
        assert f"Left behind, since nobody knows how far they are: {RUN}." in said
        run = standing(await place.history(RUN))
        assert isinstance(run, Run)
        assert isinstance(run.stage, Stopped)
        assert "“Write one” had begun, nobody knows how far it came" in run.stage.true_now
        await place.press(RUN, Button.APPROVE, "bob")
        await _a_new_one_begins_only_once_somebody_has_looked(place)
    assert place.effects("run-3") == ALL
    assert place.effects(RUN) == ["one"]


async def _a_new_one_begins_only_once_somebody_has_looked(place: Place) -> None:
    await place.ask("run-2", danger=Danger.DESTROYS)
    refused = await _planned(place, "run-2")
    assert "vault-responder release-lock cluster:toy" in str(refused)
    async with opened(place.workshop("act")) as records:
        await release(place.workshop("act"), records, "cluster:toy")
    await place.ask("run-3", danger=Danger.DESTROYS)
    await _planned(place, "run-3")
    await place.press("run-3", Button.APPROVE, "bob")
    await place.press("run-3", Button.APPROVE, "carol")
    async with opened(place.workshop("act")) as records:
        await records.bell.ring_act("run-3")
    await _ended(place, "run-3")


async def _planned(place: Place, run: str) -> Any:
    """Wait for a looker's answer."""
    async with asyncio.timeout(20):
        while not (events := (await place.history(run)).events):
            await asyncio.sleep(0.05)
    return events[0]


async def _entered(place: Place, run: str) -> None:
    async with asyncio.timeout(30):
        while (await place.history(run)).entered is None:
            await asyncio.sleep(0.05)


async def _ended(place: Place, run: str) -> None:
    async with asyncio.timeout(30):
        while not isinstance((await place.state(run)).stage, Ended):
            await asyncio.sleep(0.05)


async def _until(condition: Any) -> None:
    await asyncio.to_thread(wait_for, condition)
