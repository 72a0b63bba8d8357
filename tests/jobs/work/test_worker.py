"""Laws of the worker process, with real processes."""

import asyncio

from jobs.people import Button
from playbooks.core.danger import Danger
from tests.jobs.bench import Place
from tests.jobs.processes import running


async def until_ended(place: Place, run: str, within: float = 20.0) -> list[str]:
    async with asyncio.timeout(within):
        while True:
            kinds = await place.kinds(run)
            if kinds and kinds[-1] in {"finished", "plan refused", "cancelled", "expired", "broke"}:
                return kinds
            await asyncio.sleep(0.05)


async def test_what_is_asked_for_is_looked_at_approved_and_carried_to_its_end(place: Place) -> None:
    with running(place, "look", "act", "scheduler"):
        await place.ask("run-1", danger=Danger.DESTROYS)
        async with asyncio.timeout(20):
            while not await place.kinds("run-1"):
                await asyncio.sleep(0.05)
        await place.press("run-1", Button.APPROVE, "bob")
        await place.press("run-1", Button.APPROVE, "carol")
        kinds = await until_ended(place, "run-1")
    assert kinds[:3] == ["planned", "approved", "approved"]
    assert kinds[-1] == "finished"
    assert place.effects("run-1") == ["one", "two", "three", "verified three"]
