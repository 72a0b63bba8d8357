"""What comes too late counts for nothing: a driver whose epoch is over, an approval that lapsed."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jobs.people import Button
from jobs.records.archive import Archive
from jobs.records.journal import Fenced, History
from jobs.runs.events import StepDone
from jobs.runs.state import Stopped
from jobs.work.drive import Driver, driving
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import ALL, RUN, Died, approve, begin, dies_at, drive, look_at


def _frozen_before_the_store(place: Place, woken: asyncio.Event) -> Any:  # changes a driver
    """Freeze a driver just before it writes a step into the store, until another one is at it."""

    def change(driver: Driver) -> None:
        archive, connection = driver.records.archive, driver.records.connection

        class Slow:
            """The same archive, which takes its time once."""

            copy, complete, one_ahead = archive.copy, archive.complete, archive.one_ahead
            check_not_left = archive.check_not_left

            async def put(self, entry: Any, history: History) -> Any:
                if '"Write two"' in entry.body and not woken.is_set():
                    woken.set()
                    await connection.run_script(_LAPSE, [f"lease:{RUN}"], [])
                    await _until_acted(place)
                return await archive.put(entry, history)

        slow: Any = Slow()
        assert isinstance(archive, Archive)
        driver.records = replace(driver.records, archive=slow)

    return change


_LAPSE = "redis.call('HSET', KEYS[1], 'until', 0) return 'DONE'"


async def _until_acted(place: Place) -> None:
    async with asyncio.timeout(20):
        while "two" not in place.effects(RUN):
            await asyncio.sleep(0.02)


async def test_a_driver_that_woke_too_late_never_repeats_what_another_one_began(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DESTROYS, pause=1.0)
    await approve(place)
    frozen = asyncio.Event()

    async def other() -> None:
        await frozen.wait()
        while not await drive(place, RUN):
            await asyncio.sleep(0.05)

    second = asyncio.create_task(other())
    with pytest.raises(Fenced):
        await drive(place, RUN, change=_frozen_before_the_store(place, frozen))
    await second
    assert place.effects(RUN) == ALL


async def test_an_approval_lapses_until_the_first_step_has_begun(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)
    await place.ask("run-2", danger=Danger.DESTROYS)
    await look_at(place, "run-2")
    async with opened(place.workshop("act")) as records:
        await records.locks.take("cluster:toy", "run-2", now(), over=None)
    await drive(place, RUN)
    async with opened(place.workshop("act")) as records:
        await records.locks.free("cluster:toy", "run-2")
    await place.press(RUN, Button.TRY_AGAIN, "alice")
    shop = replace(place.workshop("act"), now=lambda: now() + timedelta(days=9))
    async with opened(shop) as records, driving(shop, records, RUN, lambda: False) as driver:
        assert driver is not None
        await driver.carry_on()
    stage = (await place.state(RUN)).stage
    assert isinstance(stage, Stopped)
    assert "expired" in stage.happened
    assert place.effects(RUN) == []


async def test_a_run_that_nobody_carried_on_for_hours_waits_for_a_person(place: Place) -> None:
    """Its machine was away, or was put back whole, with Redis and store as they had been."""
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)
    with pytest.raises(Died):
        await drive(place, RUN, change=dies_at(StepDone, before=False, step="Write one"))
    before = place.effects(RUN)
    shop = replace(place.workshop("act"), now=lambda: now() + timedelta(hours=3))
    for _ in range(2):
        async with opened(shop) as records, driving(shop, records, RUN, lambda: False) as driver:
            assert driver is not None
            await driver.carry_on()
    stage = (await place.state(RUN)).stage
    assert isinstance(stage, Stopped)
    assert "No worker carried this run on since" in stage.happened
    assert place.effects(RUN) == before
    await place.press(RUN, Button.TRY_AGAIN, "alice")
    async with opened(shop) as records, driving(shop, records, RUN, lambda: False) as driver:
        assert driver is not None
        await driver.carry_on()
    assert place.effects(RUN) == ALL
