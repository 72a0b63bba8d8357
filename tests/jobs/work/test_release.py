"""Laws of the word that frees what a run holds that no worker can carry on."""

import asyncio
import sys
from typing import Any, Final

import pytest

from jobs.people import Button
from jobs.records.board import Board
from jobs.records.keys import make_key
from jobs.records.lease import held
from jobs.records.locks import Freed, Locks, freed_message
from jobs.runs.state import Ended, Stopped
from jobs.work.release import release
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from playbooks.core.trouble import Trouble
from tests.check.files import ROOT
from tests.deploy.installed import configuration
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import RUN, begin, drive, look_at
from tests.servers import Valkey

LOCK: Final = "cluster:toy"
NEXT: Final = "run-2"


async def holding(place: Place) -> None:
    """A run is under way and holds its lock."""
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)


async def released(place: Place, name: str = LOCK) -> str:
    shop = place.workshop("act")
    async with opened(shop) as records:
        return await release(shop, records, name)


async def lose_redis(place: Place, valkey: Valkey) -> None:
    """Everything in it is gone, and a person has accepted that."""
    valkey.admin().flushall()
    async with opened(place.workshop("act")) as records:
        await records.generation.accept()


async def begin_next(place: Place) -> Any:
    await place.ask(NEXT, danger=Danger.DISRUPTS)
    await look_at(place, NEXT)
    await place.press(NEXT, Button.APPROVE, "bob")
    await drive(place, NEXT)
    return (await place.state(NEXT)).stage


def forget_the_end(valkey: Valkey) -> None:
    """Redis is behind the store: all but the first three events are gone."""
    admin = valkey.admin()
    entries: Any = admin.xrange(f"journal:{RUN}")
    for id, _ in entries[3:]:
        admin.xdel(f"journal:{RUN}", id)
    admin.hset(f"run:{RUN}", mapping={"length": 3, "head": entries[2][1]["hash"]})


async def test_a_lock_of_a_lost_redis_is_freed_and_the_run_left_behind_is_named(
    place: Place, valkey: Valkey
) -> None:
    await holding(place)
    await lose_redis(place, valkey)
    stopped = await begin_next(place)
    assert isinstance(stopped, Stopped)
    assert f"vault-responder release-lock {LOCK}" in stopped.do
    assert f"run {RUN} was left behind" in await released(place)
    await place.press(NEXT, Button.TRY_AGAIN, "alice")
    await drive(place, NEXT)
    assert isinstance((await place.state(NEXT)).stage, Ended)


async def test_what_is_freed_by_hand_says_so_under_a_workers_signature(
    place: Place, valkey: Valkey
) -> None:
    await holding(place)
    await lose_redis(place, valkey)
    await released(place)
    kept = await place.objects().get(f"locks/{LOCK}/000001.freed.json")
    freed = Freed.model_validate_json(kept or b"")
    assert (freed.name, freed.epoch, freed.run) == (LOCK, 1, RUN)
    assert place.ring.check(freed.key, freed_message(freed), freed.signature) == "worker"


async def test_a_run_behind_the_store_is_left_behind_and_its_cluster_is_free(
    place: Place, valkey: Valkey
) -> None:
    await holding(place)
    forget_the_end(valkey)
    assert f"run {RUN} was left behind" in await released(place)
    assert isinstance(await begin_next(place), Ended)


async def test_a_run_whose_journal_was_altered_is_left_behind(place: Place, valkey: Valkey) -> None:
    await holding(place)
    valkey.admin().xadd(f"journal:{RUN}", {"body": "forged"})
    assert f"run {RUN} was left behind" in await released(place)


async def test_what_an_open_run_holds_is_not_freed_while_it_can_be_left(place: Place) -> None:
    await holding(place)
    with pytest.raises(Trouble, match=f"Run {RUN} is open .* press Leave"):
        await released(place)
    async with opened(place.workshop("act")) as records:
        assert await records.locks.last(LOCK) is not None


async def test_what_a_worker_is_busy_with_is_not_freed(place: Place, valkey: Valkey) -> None:
    await holding(place)
    forget_the_end(valkey)
    connection = place.address("worker").connect()
    async with held(connection, place.address("worker"), f"lease:{RUN}", "a worker") as lease:
        assert lease is not None
        with pytest.raises(Trouble, match=f"A worker has run {RUN} in its hands"):
            await released(place)


async def test_nothing_is_freed_before_the_new_redis_was_accepted(
    place: Place, valkey: Valkey
) -> None:
    await holding(place)
    valkey.admin().flushall()
    with pytest.raises(Trouble, match="vault-responder accept-redis"):
        await released(place)


async def test_nothing_is_freed_while_the_store_is_away(place: Place, valkey: Valkey) -> None:
    await holding(place)
    (place.folder / "store" / "journal").rename(place.folder / "away")
    (place.folder / "store" / "journal").touch()
    with pytest.raises(Trouble):
        await released(place)
    assert f"locks/{LOCK}/000001.freed.json" not in await place.objects().list("locks/")


async def test_freeing_twice_changes_nothing(place: Place, valkey: Valkey) -> None:
    await holding(place)
    await lose_redis(place, valkey)
    await released(place)
    before = await place.objects().list("locks/")
    assert await released(place) == f"Nothing holds {LOCK}; nothing was changed."
    assert await place.objects().list("locks/") == before


async def test_a_lock_whose_key_is_not_known_any_more_is_freed_too(place: Place) -> None:
    old = make_key(place.folder / "old.key")
    connection = place.address("worker").connect()
    await Locks(connection, place.objects(), place.ring, old).take(LOCK, "old", now(), over=None)
    async with opened(place.workshop("act")) as records:
        with pytest.raises(Trouble, match=f"vault-responder release-lock {LOCK}"):
            await records.locks.last(LOCK)
        await release(place.workshop("act"), records, LOCK)
        assert await records.locks.last(LOCK) is None


async def test_a_run_that_was_left_behind_does_not_hold_the_lock_any_more(
    place: Place, valkey: Valkey
) -> None:
    await holding(place)
    async with opened(place.workshop("act")) as records:
        lock = await records.locks.last(LOCK)
        assert lock is not None
        await lose_redis(place, valkey)
        await released(place)
        assert not await records.locks.is_highest(lock)
        assert await records.locks.holder(LOCK) is None


async def test_a_run_that_the_store_knows_better_names_the_word(
    place: Place, valkey: Valkey
) -> None:
    await holding(place)
    forget_the_end(valkey)
    assert not await drive(place, RUN)
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "vault-responder release-lock" in note.says


async def test_the_word_is_carried_out_with_the_workers_keys(place: Place, valkey: Valkey) -> None:
    await holding(place)
    await lose_redis(place, valkey)
    path = configuration(place)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", "release-lock", LOCK),
        cwd=ROOT,
        env={"VAULT_RESPONDER_CONFIG": str(path), "REDIS_URL": place.urls["worker"]},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert said.decode().startswith(f"{LOCK} is free; run {RUN} was left behind.")
    async with opened(place.workshop("act")) as records:
        assert await records.locks.last(LOCK) is None
