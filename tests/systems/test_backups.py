"""Whatever was done to a stored backup or its record, it is refused before anything is loaded."""

import asyncio
import json
import logging
import random
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playbooks.core.trouble import Trouble
from playbooks.systems.backup_key import BackupKey, create_key
from playbooks.systems.backups import StoredBackups
from playbooks.systems.objects import StoreSettings, open_store
from tests.systems.stores import (
    PROD,
    backups_in,
    entry,
    generation,
    in_pieces,
    joined,
    key_in,
    objects_in,
    signatures,
)
from tests.worlds.archives import archive

# More than one Tink segment, so that cuts fall inside, between and at the end of segments.
WHOLE = archive(random.Random(3).randbytes(2_500_000))
KEY = "daily/2026-11-25/vault-snapshot-20261125-020000.enc"


async def _sealed(place: Path) -> tuple[StoredBackups, Path]:
    backups = backups_in(place)
    await backups.seal(KEY, PROD, in_pieces(WHOLE))
    return backups, place / "store" / KEY


@pytest.mark.parametrize("part", range(20))
async def test_an_object_cut_off_anywhere_does_not_open(part: int, tmp_path: Path) -> None:
    backups, path = await _sealed(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: part * (len(data) - 1) // 19])
    with pytest.raises(Trouble, match=r"does not open|is empty"):
        await joined(backups.open(KEY, PROD))


@pytest.mark.parametrize("border", [1 << 20, 2 << 20])
async def test_an_object_cut_off_between_two_segments_does_not_open(
    border: int, tmp_path: Path
) -> None:
    backups, path = await _sealed(tmp_path)
    path.write_bytes(path.read_bytes()[:border])
    with pytest.raises(Trouble, match="does not open"):
        await joined(backups.open(KEY, PROD))


@pytest.mark.parametrize("part", range(20))
async def test_a_flipped_bit_anywhere_does_not_open(part: int, tmp_path: Path) -> None:
    backups, path = await _sealed(tmp_path)
    data = bytearray(path.read_bytes())
    data[part * (len(data) - 1) // 19] ^= 1
    path.write_bytes(data)
    with pytest.raises(Trouble, match="does not open"):
        await joined(backups.open(KEY, PROD))


async def test_bytes_at_the_end_are_noticed(tmp_path: Path) -> None:
    backups, path = await _sealed(tmp_path)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Trouble, match="does not open"):
        await joined(backups.open(KEY, PROD))


@pytest.mark.parametrize("content", [b"", b"<html>502</html>", WHOLE])
async def test_what_was_never_encrypted_does_not_open(content: bytes, tmp_path: Path) -> None:
    backups, path = await _sealed(tmp_path)
    path.write_bytes(content)
    with pytest.raises(Trouble, match="does not open"):
        await joined(backups.open(KEY, PROD))


async def test_another_key_does_not_open_it(tmp_path: Path) -> None:
    await _sealed(tmp_path)
    other = key_in(tmp_path / "other")
    with pytest.raises(Trouble, match="made with another key"):
        await joined(StoredBackups(objects_in(tmp_path), signatures(), other).open(KEY, PROD))


async def test_a_process_without_the_key_neither_opens_nor_seals(tmp_path: Path) -> None:
    await _sealed(tmp_path)
    looker = StoredBackups(objects_in(tmp_path), signatures(), None)
    with pytest.raises(Trouble, match="holds no backup key"):
        await joined(looker.open(KEY, PROD))
    with pytest.raises(Trouble, match="holds no backup key"):
        await looker.seal(KEY, PROD, in_pieces(WHOLE))
    assert await looker.holds("prod", KEY)


async def test_nothing_in_clear_ever_lies_in_the_store(tmp_path: Path) -> None:
    marker = b"-----BEGIN SECRET MARKER-----"
    looked: list[int] = []

    def _look() -> None:
        for path in _files(tmp_path / "store"):
            data = path.read_bytes()
            assert marker not in data
            looked.append(len(data))

    async def _watched() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield marker * 60_000
            _look()

    await backups_in(tmp_path).seal(KEY, PROD, _watched())
    _look()
    assert len(looked) > 1
    assert looked[-1] > 10 * 60_000 * len(marker)


async def test_an_object_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    backups = backups_in(tmp_path)

    async def _watched() -> AsyncIterator[bytes]:
        for start in range(0, len(WHOLE), 1 << 18):
            assert not await backups.holds("prod", KEY)
            yield WHOLE[start : start + (1 << 18)] * 10

    await backups.seal(KEY, PROD, _watched())
    assert await backups.holds("prod", KEY)


@contextmanager
def _no_file_longer_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_store_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    backups = backups_in(tmp_path)
    closed: list[bool] = []

    async def _pieces() -> AsyncIterator[bytes]:
        try:
            for _ in range(100):
                yield random.Random(4).randbytes(1 << 20)
        finally:
            closed.append(True)

    with _no_file_longer_than(12 << 20), pytest.raises(Trouble, match="failed at daily/"):
        await backups.seal(KEY, PROD, _pieces())
    assert not await backups.holds("prod", KEY)
    assert _files(tmp_path / "store") == []


async def test_a_sealing_that_is_cancelled_leaves_nothing_behind(tmp_path: Path) -> None:
    backups = backups_in(tmp_path)
    half = asyncio.Event()

    async def _pieces() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield random.Random(5).randbytes(1 << 20)
        half.set()
        await asyncio.Event().wait()

    sealing = asyncio.create_task(backups.seal(KEY, PROD, _pieces()))
    await half.wait()
    sealing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sealing
    assert not await backups.holds("prod", KEY)


def _files(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]


def _alter(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


async def _entered(place: Path) -> tuple[StoredBackups, Path]:
    backups = backups_in(place)
    await backups.enter(entry())
    await backups.enter(entry("vault-snapshot-20261124-020000"))
    return backups, place / "store" / "catalogue" / f"{entry().name}.json"


async def test_an_altered_entry_is_refused_by_name_and_left_out_of_the_list(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backups, path = await _entered(tmp_path)
    _alter(path, "562", "563")
    with pytest.raises(Trouble, match="altered, or not signed"):
        await backups.find("prod", entry().name)
    with caplog.at_level(logging.WARNING):
        listed = await backups.all("prod")
    assert [each.name for each in listed] == ["vault-snapshot-20261124-020000"]
    assert "catalogue entry left out" in caplog.text
    assert len(await backups.left_out()) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"record": 1, "signature": null}'])
async def test_what_is_no_entry_is_refused(content: str, tmp_path: Path) -> None:
    backups, path = await _entered(tmp_path)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Trouble, match=r"no signed record|not signed"):
        await backups.find("prod", entry().name)
    assert len(await backups.all("prod")) == 1


async def test_an_entry_moved_to_another_name_is_refused(tmp_path: Path) -> None:
    backups, path = await _entered(tmp_path)
    moved = path.with_name("vault-snapshot-20261126-020000.json")
    moved.write_bytes(path.read_bytes())
    with pytest.raises(Trouble, match="not signed"):
        await backups.find("prod", moved.stem)
    assert len(await backups.all("prod")) == 2


async def test_a_draft_is_never_taken_for_an_entry(tmp_path: Path) -> None:
    backups = backups_in(tmp_path)
    await backups.keep_draft(entry())
    draft = tmp_path / "store" / "drafts" / f"{entry().name}.json"
    place = tmp_path / "store" / "catalogue" / f"{entry().name}.json"
    place.parent.mkdir()
    place.write_bytes(draft.read_bytes())
    assert await backups.all("prod") == ()


async def test_an_entry_that_someone_else_signed_is_refused(tmp_path: Path) -> None:
    await _entered(tmp_path)
    reader = StoredBackups(objects_in(tmp_path), signatures(b"another key"), None)
    assert await reader.all("prod") == ()


async def test_an_entry_of_another_cluster_is_refused_by_name(tmp_path: Path) -> None:
    backups, _ = await _entered(tmp_path)
    with pytest.raises(Trouble, match="is a backup of prod, not of staging"):
        await backups.find("staging", entry().name)


async def test_an_altered_key_generation_is_refused(tmp_path: Path) -> None:
    backups = backups_in(tmp_path)
    await backups.enter_generation(generation(1))
    _alter(tmp_path / "store" / "clusters" / "prod" / "keys" / "1.json", "erin", "mallory")
    with pytest.raises(Trouble, match="not signed"):
        await backups.generations("prod")


async def test_a_key_generation_is_written_once(tmp_path: Path) -> None:
    backups = backups_in(tmp_path)
    for _ in range(2):
        await backups.enter_generation(generation(1))
    with pytest.raises(Trouble, match="already has another"):
        await backups.enter_generation(generation(1).model_copy(update={"custodians": ()}))


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    for mode in (0o640, 0o604, 0o620):
        (tmp_path / "key").chmod(mode)
        with pytest.raises(Trouble, match="may be read by others"):
            BackupKey(tmp_path / "key")


def test_a_key_file_is_never_written_over(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(Trouble, match="cannot be made"):
        create_key(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before


def test_a_broken_key_file_is_refused_without_quoting_it(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    content = json.loads((tmp_path / "key").read_bytes())
    value = content["snapshots"]["key"][0]["keyData"]["value"]
    content["snapshots"]["key"][0]["keyData"]["value"] = value[:-8]
    (tmp_path / "key").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Trouble, match="holds no backup key") as refused:
        BackupKey(tmp_path / "key")
    assert value[:12] not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("url", ["ftp://x/y", "relative/path", "file://host/x", "gs://bucket"])
def test_only_a_directory_and_s3_are_stores(url: str) -> None:
    with pytest.raises(Trouble, match="is no object store"):
        open_store(StoreSettings(url=url))
