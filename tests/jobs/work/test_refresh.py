"""Laws of the regular look."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from jobs.records.board import Board
from jobs.work.refresh import refresh
from jobs.work.workshop import opened
from playbooks.core.trouble import Trouble
from playbooks.core.world.balancer import BalancerState
from playbooks.core.world.world import World
from tests.jobs.bench import Place
from tests.worlds.balancer import ToyBalancer
from tests.worlds.toy import ToyWorld


class _Silent(ToyBalancer):
    async def state(self, cluster: str) -> BalancerState:
        raise Trouble(
            "The balancer does not answer", left="clients may be cut off", do="look at it"
        )


async def test_the_board_shows_every_node_the_balancer_and_the_backups(place: Place) -> None:
    shop = place.workshop("look")
    async with opened(shop) as records:
        await refresh(shop, records)
    [view] = await Board(place.address("bot").connect()).clusters()
    assert [node.kind for node in view.nodes] == ["active", "standby", "standby"]
    assert view.balancer is not None
    assert view.balancer.open
    assert view.backups == ()
    assert view.trouble == ()


async def test_a_part_that_does_not_answer_is_missing_with_its_reason(place: Place) -> None:
    toy = ToyWorld()

    @asynccontextmanager
    async def world() -> AsyncIterator[World]:
        yield replace(toy.world(), balancer=_Silent(toy.machines, toy.calls))

    shop = replace(place.workshop("look"), world=world)
    async with opened(shop) as records:
        await refresh(shop, records)
    view = await Board(place.address("bot").connect()).cluster("prod")
    assert view is not None
    assert view.balancer is None
    assert view.trouble == ("The balancer does not answer; clients may be cut off; look at it.",)
    assert len(view.nodes) == 3
