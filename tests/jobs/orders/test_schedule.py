"""Once a day, whatever happens to schedulers and to Redis; a day that was missed is caught up."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

from jobs.work.bell import Bell
from jobs.work.history import accept, enter_run
from jobs.work.schedule import Schedule
from jobs.work.workshop import opened
from tests.jobs.bench import now
from tests.jobs.nightly import DUE
from tests.jobs.orders.processes import start
from tests.jobs.orders.yard import RUN, Yard
from tests.jobs.processes import end
from tests.jobs.work.hands import ALL
from tests.jobs.work.test_reconciler import Rounds
from tests.servers import Valkey

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def schedule(yard: Yard) -> AsyncIterator[Schedule]:
    connection = yard.place.address("scheduler").connect()
    client = yard.place.address("scheduler").connect_sync()
    yield Schedule((yard.order,), connection, Bell(client, yard.place.bell_secret))
    client.close()
    await connection.close()


def rung(valkey: Valkey) -> list[str]:
    """What was rung for since this was asked last."""
    admin: Any = valkey.admin()
    found = [key.split(":")[-1] for key in admin.keys("rq:rung:look:*")]
    for key in admin.keys("rq:*"):
        admin.delete(key)
    return found


async def test_it_is_rung_for_from_its_time_on_until_it_begins(yard: Yard, valkey: Valkey) -> None:
    async with schedule(yard) as clock:
        await clock.once(DUE - SECOND)
        assert rung(valkey) == []
        await clock.once(DUE)
        assert rung(valkey) == [RUN]
        await clock.once(DUE + SECOND)
        assert rung(valkey) == []
        await clock.once(DUE + 6 * SECOND)
        assert rung(valkey) == [RUN]
        await yard.look()
        rung(valkey)
        await clock.once(DUE + 12 * SECOND)
        assert rung(valkey) == []


async def test_a_missed_day_is_caught_up_until_midnight_and_never_two(
    yard: Yard, valkey: Valkey
) -> None:
    async with schedule(yard) as clock:
        await clock.once(DUE + timedelta(hours=21, minutes=59))
        assert rung(valkey) == [RUN]
        await clock.once(DUE + DAY - SECOND)
        assert rung(valkey) == []
        await clock.once(DUE + 3 * DAY)
        assert rung(valkey) == ["order-nightly-20261129"]


async def test_a_clock_that_is_put_back_begins_no_day_twice(yard: Yard, valkey: Valkey) -> None:
    await yard.begin()
    for at in (DUE - SECOND, DUE + SECOND, DUE + timedelta(hours=20)):
        yard.at = at
        async with schedule(yard) as clock:
            await clock.once(at)
        assert rung(valkey) == []
        await yard.begin()
    assert yard.effects() == ALL


async def test_two_lookers_that_hear_of_it_begin_it_once(yard: Yard) -> None:
    await asyncio.gather(*(yard.look() for _ in range(4)))
    await asyncio.gather(*(yard.act() for _ in range(4)))
    assert (await yard.place.kinds(RUN)).count("ordered") == 1
    assert yard.effects() == ALL


async def test_a_looker_that_dies_before_it_rings_is_made_up_for(
    yard: Yard, valkey: Valkey
) -> None:
    await yard.look()
    rounds = Rounds(yard.place, valkey)
    assert await rounds.rung(DUE + SECOND) == {f"act:{RUN}"}
    await yard.act()
    assert await rounds.rung(DUE + 2 * SECOND) == set()
    await rounds.connection.close()


async def test_a_lost_redis_repeats_no_day(own_yard: Yard, own_valkey: Valkey) -> None:
    yard = own_yard
    await yard.begin()
    own_valkey.admin().flushall()
    await yard.begin()
    assert await yard.events() == ()
    shop = yard.shop("act")
    async with opened(shop) as records:
        await accept(shop, records)
        await yard.begin()
        await enter_run(shop, records, RUN)
    assert (await yard.place.kinds(RUN))[-1] == "finished"
    await yard.begin()
    assert yard.effects() == ALL


async def test_a_redis_that_nobody_accepted_yet_only_delays_a_day(
    own_yard: Yard, own_valkey: Valkey
) -> None:
    yard = own_yard
    await yard.begin()
    own_valkey.admin().flushall()
    yard.at += DAY
    tomorrow = "order-nightly-20261127"
    await yard.look(tomorrow)
    assert await yard.events(tomorrow) == ()
    shop = yard.shop("act")
    async with opened(shop) as records:
        await accept(shop, records)
    yard.at += timedelta(hours=6)
    await yard.look(tomorrow)
    await yard.act(tomorrow)
    assert (await yard.place.kinds(tomorrow))[-1] == "finished"


async def until(condition: Callable[[], bool], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


async def test_schedulers_that_are_killed_at_its_time_begin_it_once(
    yard: Yard, valkey: Valkey
) -> None:
    ahead = DUE - now() - timedelta(seconds=4)
    processes = [start(yard, part, ahead) for part in ("look", "act", "scheduler", "scheduler")]
    try:
        await until(lambda: valkey.admin().hget("scheduler", "holder") is not None)
        await until(lambda: now() + ahead >= DUE)
        for scheduler in processes[2:]:
            scheduler.send_signal(signal.SIGKILL)
        processes += [start(yard, "scheduler", ahead) for _ in range(2)]
        begun = monotonic()
        await until(lambda: yard.effects()[-1:] == ALL[-1:])
        print(f"begun and done {monotonic() - begun:.1f} s after the schedulers were killed")
        processes[-1].send_signal(signal.SIGKILL)
        await until(lambda: not valkey.admin().smembers("runs:open"))
        end(processes[-2])
        processes.append(start(yard, "scheduler", ahead))
        epoch = valkey.admin().hget("scheduler", "epoch")
        await until(lambda: valkey.admin().hget("scheduler", "epoch") != epoch)
        await until(lambda: bool(valkey.admin().exists("rq:rung:refresh:all")))
    finally:
        for process in processes:
            end(process)
    assert valkey.admin().zrange("runs", 0, -1) == [RUN]
    assert yard.effects() == ALL
