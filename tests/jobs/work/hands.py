"""Looks and drives within the test's own process, where it can stop them at any event."""

from collections.abc import Callable
from typing import Any

from jobs.records.journal import History
from jobs.work.drive import Driver, driving
from jobs.work.look import look
from jobs.work.workshop import opened
from playbooks.core.playbook import Playbook
from tests.jobs.bench import Place


async def look_at(place: Place, run: str, *books: Playbook[Any, Any]) -> History:
    """Let a looker answer a request."""
    shop = place.workshop("look", *books)
    async with opened(shop) as records:
        asked = await records.inbox.asked(run)
        assert asked is not None
        await look(shop, records, asked)
    return await place.history(run)


async def drive(
    place: Place,
    run: str,
    *books: Playbook[Any, Any],
    stop: Callable[[], bool] = lambda: False,
    change: Callable[[Driver], None] = lambda _driver: None,
) -> bool:
    """Let a worker take a run as far as it goes; False if it was not let."""
    shop = place.workshop("act", *books)
    async with opened(shop) as records, driving(shop, records, run, stop) as driver:
        if driver is None:
            return False
        change(driver)
        await driver.carry_on()
    return True
