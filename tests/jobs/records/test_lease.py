"""Laws of the lease."""

import asyncio
from datetime import timedelta

from jobs.records.lease import held, is_free
from tests.jobs.bench import Place
from tests.servers import Valkey

SHORT = timedelta(milliseconds=600)


async def test_only_one_holds_a_lease(place: Place) -> None:
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, "lease:run-1", "first") as first:
        assert first is not None
        assert not await is_free(connection, "lease:run-1")
        async with held(connection, address, "lease:run-1", "second") as second:
            assert second is None
    assert await is_free(connection, "lease:run-1")
    await connection.close()


async def test_an_epoch_is_never_given_twice(place: Place) -> None:
    address = place.address("worker")
    connection = address.connect()
    epochs = []
    for _ in range(3):
        async with held(connection, address, "lease:run-1", "w") as lease:
            assert lease is not None
            epochs.append(lease.epoch)
    assert sorted(set(epochs)) == epochs
    await connection.close()


async def test_a_lease_is_renewed_while_it_is_held_even_if_a_step_blocks(place: Place) -> None:
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, "lease:run-1", "w", SHORT) as lease:
        assert lease is not None
        block = asyncio.get_running_loop().time() + 1.5
        while asyncio.get_running_loop().time() < block:
            pass  # A step that does not yield.
        assert lease.is_ours()
        assert not await is_free(connection, "lease:run-1")
    await connection.close()


async def test_a_lease_that_another_claimed_is_lost(place: Place, valkey: Valkey) -> None:
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, "lease:run-1", "w", SHORT) as lease:
        assert lease is not None
        valkey.admin().hset("lease:run-1", "epoch", 9)
        async with asyncio.timeout(5):
            while lease.is_ours():
                await asyncio.sleep(0.02)
    # Its end does not take the lease away from whoever has it now.
    assert valkey.admin().hget("lease:run-1", "until") != "0"
    await connection.close()


async def test_a_lease_ends_by_the_local_clock_when_redis_is_away(own_place: Place) -> None:
    address = own_place.address("worker")
    connection = address.connect()
    async with held(connection, address, "lease:run-1", "w", SHORT) as lease:
        assert lease is not None
        lease.key = "nothing:this:user:may:write"  # Every renewal fails from now on.
        async with asyncio.timeout(5):
            while lease.is_ours():
                await asyncio.sleep(0.02)
    await connection.close()
