"""Looks and drives within the test's own process, where it can stop them at any event."""

from collections.abc import Callable
from typing import Any, Final

from jobs.people import Button
from jobs.records.journal import History
from jobs.runs.events import Event
from jobs.work.drive import Driver, driving
from jobs.work.look import look
from jobs.work.workshop import opened
from playbooks.core.playbook import Playbook
from tests.jobs.bench import Place

RUN: Final = "run-1"
ALL: Final = ["one", "two", "three", "verified three"]  # All effects of a toy run, in order.


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


class Died(BaseException):
    """The worker was killed here."""


def dies_at(kind: type[Event], *, before: bool, step: str | None = None) -> Any:
    """Make a driver that dies on one side of writing an event."""

    def change(driver: Driver) -> None:
        record = driver.record

        async def dying(event: Event) -> None:
            hit = isinstance(event, kind) and step in {None, getattr(event, "step", None)}
            if hit and before:
                raise Died
            await record(event)
            if hit:
                raise Died

        driver.record = dying  # type: ignore[method-assign]  # the kill

    return change


async def begin(place: Place, **fields: Any) -> None:
    await place.ask(RUN, **fields)
    await look_at(place, RUN)


async def approve(place: Place) -> None:
    await place.press(RUN, Button.APPROVE, "bob")
    await place.press(RUN, Button.APPROVE, "carol")
