"""What only S3 has: multipart uploads that are given up, metadata, credentials."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playbooks.core.trouble import Trouble
from playbooks.systems.backups import StoredBackups
from playbooks.systems.objects import StoreSettings, open_store
from tests.systems.played_s3 import PlayedS3, objects_on, played_s3
from tests.systems.stores import PROD, in_pieces, joined, key_in, signatures

KEY = "daily/2026-11-25/vault-snapshot-20261125-020000.enc"
BIG = random.Random(7).randbytes(12 << 20)


@pytest.fixture
async def s3() -> AsyncIterator[PlayedS3]:
    async with played_s3() as played:
        yield played


def _backups(s3: PlayedS3, place: Path) -> StoredBackups:
    return StoredBackups(objects_on(s3, place), signatures(), key_in(place))


async def test_a_big_object_goes_up_in_parts_and_comes_back(s3: PlayedS3, tmp_path: Path) -> None:
    backups = _backups(s3, tmp_path)
    sealed = await backups.seal(KEY, PROD, in_pieces(BIG))
    assert len(s3.objects[KEY]) == sealed.object_bytes
    assert s3.uploads == {}
    assert s3.metadata[KEY] == {"cluster": "prod", "generation": "1"}
    assert await joined(backups.open(KEY, PROD)) == BIG


@pytest.mark.parametrize("part", [1, 2, 3])
async def test_an_upload_whose_part_is_refused_is_given_up(
    s3: PlayedS3, part: int, tmp_path: Path
) -> None:
    backups = _backups(s3, tmp_path)
    s3.refused_part = part
    with pytest.raises(Trouble, match="failed at daily/"):
        await backups.seal(KEY, PROD, in_pieces(BIG))
    assert (s3.objects, s3.uploads) == ({}, {})


async def test_an_upload_whose_archive_breaks_off_is_given_up(s3: PlayedS3, tmp_path: Path) -> None:
    async def _breaks() -> AsyncIterator[bytes]:
        yield BIG
        raise Trouble("The snapshot is cut off", left="nothing", do="try again")

    with pytest.raises(Trouble, match="The snapshot is cut off"):
        await _backups(s3, tmp_path).seal(KEY, PROD, _breaks())
    assert (s3.objects, s3.uploads) == ({}, {})


async def test_a_store_that_is_away_is_trouble_and_shows_no_secret(tmp_path: Path) -> None:
    async with played_s3() as s3:
        objects = objects_on(s3, tmp_path)
    with pytest.raises(Trouble, match="The store s3://backups failed at locks/x") as said:
        await objects.get("locks/x")
    assert "made up" not in str(said.value)


def test_credentials_that_others_may_read_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text("{}", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(Trouble, match="may be read by others"):
        open_store(StoreSettings(url="s3://backups", credentials_file=file))
