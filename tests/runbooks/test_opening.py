"""A backup that is opened is passed on whole only if it is what was written."""

import random
from collections.abc import AsyncIterator
from typing import Final

import pytest

from playbooks.core.trouble import Trouble
from playbooks.steps.opening import proven
from playbooks.steps.snapshots import Target, store_archive
from tests.systems.stores import in_pieces, joined
from tests.worlds.archives import archive
from tests.worlds.toy import ToyWorld

NAME: Final = "vault-snapshot-20261125-020000"
ARCHIVE: Final = archive(random.Random(1).randbytes(200_000))
TARGET: Final = Target("prod", NAME, "backup", (f"daily/2026-11-25/{NAME}.enc",), "nonce", 1)


async def test_a_whole_backup_is_passed_on_to_its_last_byte() -> None:
    world = ToyWorld().world()
    await world.vault.write_nonce("prod", "nonce")
    backup = await store_archive(TARGET, in_pieces(ARCHIVE), world)
    assert await joined(proven(backup, world)) == ARCHIVE


async def test_of_another_backup_than_the_catalogue_says_nobody_gets_the_end() -> None:
    """Vault would take an archive that lacks its last eight bytes."""
    world = ToyWorld().world()
    await world.vault.write_nonce("prod", "nonce")
    backup = await store_archive(TARGET, in_pieces(ARCHIVE), world)
    other = backup.model_copy(update={"archive_sha256": "0" * 64})
    got = bytearray()
    with pytest.raises(Trouble, match="is not what the catalogue says"):
        await _take(proven(other, world), got)
    assert ARCHIVE.startswith(got)
    assert len(got) == len(ARCHIVE) - (1 << 16)


async def test_what_is_no_whole_snapshot_is_not_stored() -> None:
    toy = ToyWorld()
    await toy.world().vault.write_nonce("prod", "nonce")
    with pytest.raises(Trouble):
        await store_archive(TARGET, in_pieces(ARCHIVE[:-1]), toy.world())
    assert not toy.backups.drafts


async def test_a_snapshot_whose_nonce_is_not_in_vault_any_more_is_no_backup() -> None:
    toy = ToyWorld()
    await toy.world().vault.write_nonce("prod", "somebody else's")
    with pytest.raises(Trouble, match="changed while"):
        await store_archive(TARGET, in_pieces(ARCHIVE), toy.world())
    assert not toy.backups.drafts


async def _take(pieces: AsyncIterator[bytes], into: bytearray) -> None:
    async for piece in pieces:
        into += piece
