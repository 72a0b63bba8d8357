"""What a supervisor of nodes does, for the stand-in and a real one."""

from collections.abc import AsyncIterator

import pytest

from playbooks.core.trouble import Trouble
from playbooks.core.world.nodes import Machine
from tests.contracts.sites import Site, eventually, real_site, toy_site
from tests.systems.real_clusters import RealCluster


@pytest.fixture(params=["stand-in", pytest.param("real", marks=pytest.mark.cluster)])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    if request.param == "stand-in":
        yield toy_site()
        return
    cluster: RealCluster = request.getfixturevalue("cluster")
    async for real in real_site(cluster):
        yield real


async def test_a_node_that_serves_runs_and_holds_data(site: Site) -> None:
    machine = await site.nodes.state("prod", "n1")
    assert machine == Machine(node="n1", running=True, data=True)


async def test_a_node_goes_through_stop_wipe_and_start_each_of_them_twice(site: Site) -> None:
    node = await site.standby()
    with pytest.raises(Trouble, match=r"runs|running"):
        await site.nodes.wipe("prod", node)
    for _ in range(2):
        await site.nodes.stop("prod", node)
        machine = await site.nodes.state("prod", node)
        assert machine == Machine(node=node, running=False, data=True)
    for _ in range(2):
        await site.nodes.wipe("prod", node)
        machine = await site.nodes.state("prod", node)
        assert machine == Machine(node=node, running=False, data=False)
    for _ in range(2):
        await site.nodes.start("prod", node)
        assert (await site.nodes.state("prod", node)).running
    await site.unseal(node)
    await eventually(site.everyone_votes)
    assert await site.nodes.state("prod", node) == Machine(node=node, running=True, data=True)


async def test_a_node_started_alone_finds_no_leader(site: Site) -> None:
    node = await site.standby()
    await site.nodes.stop("prod", node)
    await site.nodes.wipe("prod", node)
    for _ in range(2):
        await site.nodes.start_alone("prod", node)
    assert (await site.vault.state("prod", node)).kind == "uninitialised"
    await site.nodes.stop("prod", node)
    await site.nodes.start("prod", node)
    await site.unseal(node)
    await eventually(site.everyone_votes)
