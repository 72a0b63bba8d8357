"""What a balancer does, for the stand-in, for HAProxy as installed and for the small one."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks.core.world.balancer import Balancer
from tests.contracts.balancers import Front, haproxy, held_connection, small
from tests.contracts.sites import eventually
from tests.systems.real_clusters import RealCluster
from tests.worlds.toy import NODES, ToyWorld


@pytest.fixture(
    params=[
        "stand-in",
        pytest.param("haproxy", marks=pytest.mark.cluster),
        pytest.param("small", marks=pytest.mark.cluster),
    ]
)
def front(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Front]:
    if request.param == "stand-in":
        balancer = ToyWorld().balancer

        async def leave(server: str) -> None:
            balancer.maintenance.add(server)

        yield Front(balancer, None, leave)
        return
    cluster: RealCluster = request.getfixturevalue("cluster")
    start = haproxy if request.param == "haproxy" else small
    with start(cluster, tmp_path) as started:
        yield started


async def _sends_clients_on(balancer: Balancer) -> bool:
    state = await balancer.state("prod")
    wide = state.open and not state.closed
    return wide and state.active is not None and not await balancer.refuses("prod")


async def _is_cut_off(balancer: Balancer) -> bool:
    state = await balancer.state("prod")
    shut = state.closed and not state.open
    return shut and state.active is None and await balancer.refuses("prod")


async def test_clients_reach_the_active_node(front: Front) -> None:
    await eventually(lambda: _sends_clients_on(front.balancer))


async def test_clients_are_cut_off_and_let_back_each_of_them_twice(front: Front) -> None:
    await eventually(lambda: _sends_clients_on(front.balancer))
    before = await front.balancer.state("prod")
    for _ in range(2):
        await front.balancer.cut_off("prod")
        assert await _is_cut_off(front.balancer)
    for _ in range(2):
        await front.balancer.let_back("prod")
        assert (await front.balancer.state("prod")).open
    await eventually(lambda: _sends_clients_on(front.balancer))
    assert await front.balancer.state("prod") == before


async def test_with_a_server_left_in_maintenance_it_is_neither_open_nor_closed(
    front: Front,
) -> None:
    await eventually(lambda: _sends_clients_on(front.balancer))
    active = (await front.balancer.state("prod")).active
    standbys = [name for name in NODES if name != active]
    if front.leave is None:
        return  # The small one has one switch for all.
    for standby in standbys:
        await front.leave(standby)
    state = await front.balancer.state("prod")
    assert (state.open, state.closed, state.active) == (False, False, active)
    await front.balancer.let_back("prod")
    await eventually(lambda: _sends_clients_on(front.balancer))


async def test_a_connection_that_was_open_is_ended(front: Front) -> None:
    if front.port is None:
        return  # Nobody can connect to the stand-in.
    await eventually(lambda: _sends_clients_on(front.balancer))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", front.port, ssl=context)
    silent_reader, silent_writer = await held_connection(front.port)
    await front.balancer.cut_off("prod")
    async with asyncio.timeout(5):
        for stream in (reader, silent_reader):
            try:
                assert await stream.read() == b""
            except OSError:
                continue
    writer.close()
    silent_writer.close()


async def test_after_letting_back_a_standby_never_takes_a_client(front: Front) -> None:
    await eventually(lambda: _sends_clients_on(front.balancer))
    right = (await front.balancer.state("prod")).active
    await front.balancer.cut_off("prod")
    await front.balancer.let_back("prod")
    for _ in range(30):
        assert (await front.balancer.state("prod")).active in {None, right}
        await asyncio.sleep(0.05)


async def test_clients_follow_the_leader_within_half_a_minute(
    front: Front, request: pytest.FixtureRequest
) -> None:
    if front.port is None:
        return  # The stand-in asks its cluster itself.
    cluster: RealCluster = request.getfixturevalue("cluster")
    await eventually(lambda: _sends_clients_on(front.balancer))
    lost = (await front.balancer.state("prod")).active
    assert lost is not None
    await asyncio.to_thread(cluster.local.kill, lost)

    async def _follows() -> bool:
        state = await front.balancer.state("prod")
        return state.active not in {None, lost} and not await front.balancer.refuses("prod")

    async with asyncio.timeout(30):
        await eventually(_follows)
    await asyncio.to_thread(cluster.local.start, lost)
    await cluster.unseal(lost)
    await asyncio.to_thread(cluster.local.wait_for_voters)
