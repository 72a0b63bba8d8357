"""What a store of backups must do, for the stand-in and the real one."""

import hashlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playbooks.core.backup import RotationNote
from playbooks.core.trouble import Trouble
from playbooks.core.world.backups import Associated, Backups
from playbooks.systems.backups import StoredBackups
from tests.systems.played_s3 import objects_on, played_s3
from tests.systems.stores import (
    PROD,
    entry,
    generation,
    in_pieces,
    joined,
    key_in,
    objects_in,
    signatures,
)
from tests.worlds.archives import archive
from tests.worlds.backups import ToyBackups
from tests.worlds.calls import Calls

WHOLE = archive(random.Random(2).randbytes(3_000_000))
KEY = "daily/2026-11-25/vault-snapshot-20261125-020000.enc"


@pytest.fixture(params=["stand-in", "directory", "s3"])
async def backups(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backups]:
    if request.param == "stand-in":
        toy = ToyBackups(Calls(now=lambda: datetime(2026, 11, 25, tzinfo=UTC)))
        toy.known.extend((generation(2), generation(1)))
        yield toy
        return
    async with played_s3() as s3:
        objects = objects_in(tmp_path) if request.param == "directory" else objects_on(s3, tmp_path)
        stored = StoredBackups(objects, signatures(), key_in(tmp_path))
        for number in (2, 1):
            await stored.enter_generation(generation(number))
        yield stored


async def test_what_was_sealed_opens_again(backups: Backups) -> None:
    sealed = await backups.seal(KEY, PROD, in_pieces(WHOLE))
    assert await joined(backups.open(KEY, PROD)) == WHOLE
    assert await backups.fingerprint("prod", KEY) == sealed
    assert sealed.object_sha256 != hashlib.sha256(WHOLE).hexdigest()


async def test_sealing_again_replaces_the_object(backups: Backups) -> None:
    await backups.seal(KEY, PROD, in_pieces(WHOLE))
    await backups.seal(KEY, PROD, in_pieces(WHOLE[:1000]))
    assert await joined(backups.open(KEY, PROD)) == WHOLE[:1000]


@pytest.mark.parametrize(
    "other", [Associated(cluster="staging", generation=1), Associated(cluster="prod", generation=2)]
)
async def test_an_object_never_opens_as_of_another_cluster_or_generation(
    backups: Backups, other: Associated
) -> None:
    await backups.seal(KEY, PROD, in_pieces(WHOLE))
    with pytest.raises(Trouble, match=r"cut off|altered"):
        await joined(backups.open(KEY, other))


async def test_a_fault_while_sealing_leaves_no_object(backups: Backups) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield WHOLE
        raise Trouble("The snapshot is cut off", left="nothing", do="try again")

    with pytest.raises(Trouble, match="The snapshot is cut off"):
        await backups.seal(KEY, PROD, breaks())
    assert not await backups.holds("prod", KEY)


async def test_a_fault_while_sealing_again_leaves_the_old_object(backups: Backups) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield WHOLE[:1000]
        raise Trouble("The snapshot is cut off", left="nothing", do="try again")

    before = await backups.seal(KEY, PROD, in_pieces(WHOLE))
    with pytest.raises(Trouble):
        await backups.seal(KEY, PROD, breaks())
    assert await backups.fingerprint("prod", KEY) == before


async def test_a_missing_object_is_trouble_by_its_name(backups: Backups) -> None:
    assert not await backups.holds("prod", KEY)
    with pytest.raises(Trouble, match="no object daily/"):
        await joined(backups.open(KEY, PROD))
    with pytest.raises(Trouble, match="no object daily/"):
        await backups.fingerprint("prod", KEY)
    with pytest.raises(Trouble, match="no object daily/"):
        await backups.duplicate("prod", KEY, "monthly/x.enc")


async def test_a_duplicate_is_the_same_object(backups: Backups) -> None:
    sealed = await backups.seal(KEY, PROD, in_pieces(WHOLE))
    for _ in range(2):
        await backups.duplicate("prod", KEY, "monthly/x.enc")
    assert await backups.fingerprint("prod", "monthly/x.enc") == sealed


async def test_the_catalogue_lists_a_clusters_entries_newest_first(backups: Backups) -> None:
    old = entry()
    new = entry("vault-snapshot-20261126-020000").model_copy(
        update={"taken_at": old.taken_at + timedelta(days=1)}
    )
    other = entry("vault-snapshot-20261126-020001", cluster="staging")
    for each in (old, new, other):
        await backups.enter(each)
    assert await backups.all("prod") == (new, old)
    assert await backups.find("prod", new.name) == new
    assert await backups.find("prod", "vault-snapshot-20200101-000000") is None


async def test_an_entry_is_written_once_and_never_changed(backups: Backups) -> None:
    await backups.enter(entry())
    await backups.enter(entry())
    with pytest.raises(Trouble, match="already has another"):
        await backups.enter(entry().model_copy(update={"raft_index": 1}))
    assert await backups.find("prod", entry().name) == entry()


async def test_a_draft_is_no_entry_and_may_change(backups: Backups) -> None:
    later = entry().model_copy(update={"raft_index": 563})
    assert await backups.draft("prod", entry().name) is None
    for each in (entry(), later):
        await backups.keep_draft(each)
    assert await backups.draft("prod", entry().name) == later
    assert await backups.all("prod") == ()


async def test_key_generations_come_oldest_first(backups: Backups) -> None:
    assert [each.number for each in await backups.generations("prod")] == [1, 2]


async def test_a_key_generation_is_written_once_and_never_changed(backups: Backups) -> None:
    third = generation(3)
    for _ in range(2):
        await backups.enter_generation(third)
    with pytest.raises(Trouble, match="already has another"):
        await backups.enter_generation(third.model_copy(update={"custodians": ("mallory",)}))
    assert (await backups.generations("prod"))[-1] == third


async def test_a_note_of_a_rotation_is_replaced_by_the_next_under_its_mark(
    backups: Backups,
) -> None:
    note = RotationNote(
        cluster="prod",
        mark="0" * 32,
        fingerprints=("a" * 40,),
        shares_mark="b" * 64,
        leader="n1",
    )
    assert await backups.notes("prod") == ()
    other = note.model_copy(update={"mark": "1" * 32})
    for each in (note, other, note.model_copy(update={"nonce": "5b1c"})):
        await backups.keep_note(each)
    assert await backups.notes("prod") == (note.model_copy(update={"nonce": "5b1c"}), other)
