"""Prove a Raft snapshot archive whole while it streams by, in constant memory.

What Vault itself does not notice is refused too: it takes an archive without its gzip trailer.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator
from typing import Final

from playbooks.core.values import Count, Digest, Frozen
from playbooks.snapshot.members import Members, not_whole

_GZIP: Final = b"\x1f\x8b"
_WITH_GZIP_HEADER: Final = 31  # zlib then checks the CRC and the length at the end itself.
_INFLATE_AT_ONCE: Final = 1 << 20  # However much a piece claims to hold, memory stays flat.


class ArchiveFacts(Frozen):
    """What is known of an archive that was whole."""

    raft_index: Count
    raft_term: Count
    archive_bytes: Count
    archive_sha256: Digest


class ArchiveCheck:
    """Takes the archive piece by piece, then says what it is. Raises Trouble at the first fault."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_WITH_GZIP_HEADER)
        self._members = Members()
        self._sha256 = hashlib.sha256()
        self._start = b""
        self._size = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece, of any length."""
        if len(self._start) < len(_GZIP):
            self._look_at_the_start(piece)
        self._size += len(piece)
        self._sha256.update(piece)
        rest = piece
        while rest:
            if self._inflate.eof:
                raise not_whole(f"has {len(rest)} bytes too many at its end")
            try:
                inflated = self._inflate.decompress(rest, _INFLATE_AT_ONCE)
            except zlib.error as error:
                raise not_whole(f"is damaged near byte {self._size}") from error
            self._members.feed(inflated)
            rest = self._inflate.unconsumed_tail or self._inflate.unused_data

    def finish(self) -> ArchiveFacts:
        """Say what the archive is, once all of it was fed; may be asked again."""
        if self._size == 0:
            raise not_whole("is empty")
        if not self._inflate.eof:
            raise not_whole(f"is cut off after {self._size} bytes")
        index, term = self._members.finish()
        return ArchiveFacts(
            raft_index=index,
            raft_term=term,
            archive_bytes=self._size,
            archive_sha256=self._sha256.hexdigest(),
        )

    def _look_at_the_start(self, piece: bytes) -> None:
        self._start = (self._start + piece[:2])[:2]
        if not _GZIP.startswith(self._start):
            raise not_whole(f"is no archive but {_kind_of(self._start)}")


async def checked(pieces: AsyncIterator[bytes], check: ArchiveCheck) -> AsyncIterator[bytes]:
    """Pass pieces on while they are checked beside; ends in Trouble where the archive has a fault.

    The last piece is passed on before the end is judged: whoever stores pieces must throw all of
    them away if this raises.
    """
    async for piece in pieces:
        feeding = asyncio.create_task(asyncio.to_thread(check.feed, piece))
        try:
            yield piece
        finally:
            await asyncio.wait([feeding])
        feeding.result()
    check.finish()


def _kind_of(start: bytes) -> str:
    if start.startswith(b"<"):
        return "an HTML page, as a proxy answers"
    if start.startswith((b"{", b"[")):
        return "a JSON answer, as an error is"
    return "something else"
