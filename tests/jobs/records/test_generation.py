"""Laws of the id by which a lost Redis is seen."""

import pytest

from jobs.records.generation import Generation
from playbooks.core.trouble import Trouble
from tests.jobs.bench import Place
from tests.servers import Valkey


def generation(place: Place, id: str = "a" * 32) -> Generation:
    return Generation(place.address("worker").connect(), place.objects(), lambda: id)


async def test_the_first_start_makes_a_pair_that_later_ones_find(place: Place) -> None:
    await generation(place).check()
    await generation(place, "b" * 32).check()
    assert await place.objects().get("generations/000001.json") == b"a" * 32


@pytest.mark.parametrize("now_in_redis", [None, "another"])
async def test_a_redis_that_was_lost_or_replaced_is_refused(
    place: Place, valkey: Valkey, now_in_redis: str | None
) -> None:
    await generation(place).check()
    valkey.admin().flushall()
    if now_in_redis is not None:
        valkey.admin().set("generation", now_in_redis)
    with pytest.raises(Trouble, match="not the one that the object store knows"):
        await generation(place, "b" * 32).check()


async def test_a_person_can_accept_the_new_redis(place: Place, valkey: Valkey) -> None:
    await generation(place).check()
    valkey.admin().flushall()
    await generation(place, "b" * 32).accept()
    await generation(place).check()


async def test_a_start_that_died_between_its_two_writes_is_finished_by_the_next(
    place: Place, valkey: Valkey
) -> None:
    valkey.admin().set("generation", "a" * 32)
    await generation(place, "b" * 32).check()
    assert await place.objects().get("generations/000001.json") == b"a" * 32
