"""Laws of the locks: the object store decides, Redis only mirrors."""

import asyncio

import pytest

from jobs.records.keys import make_key
from jobs.records.locks import Locks
from playbooks.core.trouble import Trouble
from tests.jobs.bench import Place, now
from tests.servers import Valkey

NAME = "cluster:prod"


def locks(place: Place) -> Locks:
    connection = place.address("worker").connect()
    return Locks(connection, place.objects(), place.ring, place.key("worker"))


async def test_a_lock_is_held_by_one_run(place: Place) -> None:
    first = await locks(place).take(NAME, "run-1", now(), over=None)
    assert (first.epoch, first.left_behind) == (1, None)
    with pytest.raises(Trouble, match="Run run-1 holds cluster:prod"):
        await locks(place).take(NAME, "run-2", now(), over=None)
    assert await locks(place).take(NAME, "run-1", now(), over=None) == first


async def test_of_two_runs_at_once_one_gets_the_lock(place: Place) -> None:
    tries = [locks(place).take(NAME, f"run-{number}", now(), over=None) for number in range(8)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1


async def test_a_lock_survives_the_loss_of_redis(place: Place, valkey: Valkey) -> None:
    await locks(place).take(NAME, "run-1", now(), over=None)
    valkey.admin().flushall()
    with pytest.raises(Trouble, match="run-1"):
        await locks(place).take(NAME, "run-2", now(), over=None)


async def test_a_freed_lock_can_be_taken_and_the_old_holder_is_not_the_highest(
    place: Place,
) -> None:
    first = await locks(place).take(NAME, "run-1", now(), over=None)
    assert await locks(place).is_highest(first)
    await locks(place).free(NAME, "run-1")
    assert await locks(place).holder(NAME) is None
    assert not await locks(place).is_highest(first)
    second = await locks(place).take(NAME, "run-2", now(), over=None)
    assert (second.epoch, second.left_behind) == (2, None)
    assert await locks(place).holder(NAME) == "run-2"


async def test_taking_over_makes_the_next_epoch_and_names_the_run_left_behind(
    place: Place,
) -> None:
    first = await locks(place).take(NAME, "run-1", now(), over=None)
    second = await locks(place).take(NAME, "run-2", now(), over="run-1")
    assert (second.epoch, second.left_behind) == (2, "run-1")
    assert not await locks(place).is_highest(first)
    assert await place.objects().list(f"locks/{NAME}/") == (
        f"locks/{NAME}/000001.json",
        f"locks/{NAME}/000002.json",
    )


async def test_only_the_holder_frees_a_lock(place: Place) -> None:
    first = await locks(place).take(NAME, "run-1", now(), over=None)
    await locks(place).free(NAME, "run-2")
    assert await locks(place).is_highest(first)
    assert await locks(place).holder(NAME) == "run-1"


async def test_a_lock_that_no_worker_signed_is_held_by_nobody_and_free_for_nobody(
    place: Place,
) -> None:
    foreign = Locks(
        place.address("worker").connect(),
        place.objects(),
        place.ring,
        make_key(place.folder / "mallory.key"),
    )
    await foreign.take(NAME, "run-1", now(), over=None)
    with pytest.raises(Trouble, match="Nobody can tell who holds cluster:prod"):
        await locks(place).take(NAME, "run-2", now(), over=None)


async def test_what_is_no_epoch_is_none_and_a_signature_of_no_ascii_is_nobodys(
    place: Place,
) -> None:
    first = await locks(place).take(NAME, "run-1", now(), over=None)
    for name in ("note.json", "²²²²²².json", "-00009.json", "000007.txt", "000008.json.bak"):
        await place.objects().create(f"locks/{NAME}/{name}", b"{}")
    assert await locks(place).last(NAME) == first
    forged = first.model_copy(update={"epoch": 2, "signature": "é" + first.signature[1:]})
    await place.objects().create(f"locks/{NAME}/000002.json", forged.model_dump_json().encode())
    with pytest.raises(Trouble, match="Nobody can tell who holds"):
        await locks(place).last(NAME)
