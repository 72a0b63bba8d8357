"""An archive is whole or refused, in whatever pieces it comes."""

import gzip
import hashlib
import json
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator

import pytest

from playbooks.core.trouble import Trouble
from playbooks.snapshot.archive import ArchiveCheck, ArchiveFacts, checked
from tests.worlds.archives import archive, members, pack

STATE = random.Random(1).randbytes(50_000)
WHOLE = archive(STATE, index=4711, term=7)


def facts_of(data: bytes, step: int = 997) -> ArchiveFacts:
    check = ArchiveCheck()
    for start in range(0, len(data), step):
        check.feed(data[start : start + step])
    return check.finish()


@pytest.mark.parametrize("step", [1, 2, 511, 512, 513, 1 << 20])
def test_a_whole_archive_tells_its_facts_in_pieces_of_any_size(step: int) -> None:
    facts = facts_of(WHOLE, step)
    assert (facts.raft_index, facts.raft_term) == (4711, 7)
    assert facts.archive_bytes == len(WHOLE)
    assert facts.archive_sha256 == hashlib.sha256(WHOLE).hexdigest()


@pytest.mark.parametrize("part", range(20))
def test_an_archive_cut_off_anywhere_is_refused(part: int) -> None:
    offset = 1 + part * (len(WHOLE) - 2) // 19
    with pytest.raises(Trouble, match=r"cut off|lacks"):
        facts_of(WHOLE[:offset])


def test_an_archive_without_its_gzip_trailer_is_refused_though_vault_takes_it() -> None:
    with pytest.raises(Trouble, match="cut off after"):
        facts_of(WHOLE[:-8])


@pytest.mark.parametrize("part", range(20))
def test_a_flipped_bit_anywhere_is_refused(part: int) -> None:
    # The gzip header's ten bytes carry no data: its time and system may be anything.
    offset = 10 + part * (len(WHOLE) - 11) // 19
    altered = bytearray(WHOLE)
    altered[offset] ^= 0x10
    with pytest.raises(Trouble):
        facts_of(bytes(altered))


def test_an_altered_state_under_a_true_gzip_is_refused_by_the_checksums() -> None:
    parts = members(STATE)
    parts["state.bin"] = STATE[:-1] + bytes([STATE[-1] ^ 1])
    with pytest.raises(Trouble, match="SHA256SUMS"):
        facts_of(pack(parts))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "is empty"),
        (b"<html><body>502 Bad Gateway</body></html>", "HTML page"),
        (b'{"errors":["permission denied"]}', "JSON answer"),
        (b"hello", "something else"),
        (gzip.compress(b"hello", mtime=0), "lacks meta.json|no meta.json"),
        (gzip.compress(b"", mtime=0), "lacks meta.json"),
        (WHOLE + b"x", "too many"),
        (WHOLE + WHOLE, "too many"),
    ],
)
def test_what_is_no_archive_is_refused_by_its_name(answer: bytes, says: str) -> None:
    with pytest.raises(Trouble, match=says):
        facts_of(answer)


@pytest.mark.parametrize("name", ["meta.json", "state.bin", "SHA256SUMS", "SHA256SUMS.sealed"])
def test_a_missing_member_is_refused(name: str) -> None:
    parts = members(STATE)
    del parts[name]
    with pytest.raises(Trouble, match=name):
        facts_of(pack(parts))


def test_members_in_another_order_are_refused() -> None:
    parts = members(STATE)
    with pytest.raises(Trouble, match="another member where meta"):
        facts_of(pack(dict(reversed(parts.items()))))


def test_a_fifth_member_is_refused() -> None:
    with pytest.raises(Trouble, match="more than the four"):
        facts_of(pack(members(STATE) | {"extra": b"x"}))


@pytest.mark.parametrize("name", ["meta.json", "SHA256SUMS", "SHA256SUMS.sealed"])
def test_a_small_member_that_claims_to_be_big_is_refused(name: str) -> None:
    with pytest.raises(Trouble, match="small in every real one"):
        facts_of(pack(members(STATE) | {name: bytes(2 << 20)}), step=1 << 20)


def test_sums_that_name_another_file_are_refused() -> None:
    parts = members(STATE)
    parts["SHA256SUMS"] = parts["SHA256SUMS"].replace(b"state.bin", b"other.bin")
    with pytest.raises(Trouble, match="SHA256SUMS"):
        facts_of(pack(parts))


def test_a_state_of_another_size_than_meta_says_is_refused() -> None:
    parts = members(STATE)
    meta = json.dumps(json.loads(parts["meta.json"]) | {"Size": 1}).encode()
    before, after = (
        hashlib.sha256(data).hexdigest().encode() for data in (parts["meta.json"], meta)
    )
    parts |= {"meta.json": meta, "SHA256SUMS": parts["SHA256SUMS"].replace(before, after)}
    with pytest.raises(Trouble, match="of state where it says 1"):
        facts_of(pack(parts))


def _bomb(size: int) -> Iterator[bytes]:
    squeeze = zlib.compressobj(wbits=31)
    for _ in range(size >> 20):
        yield squeeze.compress(bytes(1 << 20))
    yield squeeze.flush()


def test_a_gzip_bomb_fills_no_memory() -> None:
    bomb = b"".join(_bomb(200 << 20))
    tracemalloc.start()
    with pytest.raises(Trouble):
        facts_of(bomb, step=len(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


async def _in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 4096):
        yield data[start : start + 4096]


async def test_pieces_pass_through_while_they_are_checked() -> None:
    check = ArchiveCheck()
    passed = [piece async for piece in checked(_in_pieces(WHOLE), check)]
    assert b"".join(passed) == WHOLE
    assert check.finish().archive_bytes == len(WHOLE)


async def test_whoever_takes_the_pieces_of_a_cut_archive_hears_of_it() -> None:
    with pytest.raises(Trouble, match="cut off"):
        async for _ in checked(_in_pieces(WHOLE[:-9]), ArchiveCheck()):
            pass
