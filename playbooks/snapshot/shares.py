"""What a Raft snapshot tells of the unseal key shares, without telling anything of them."""

import asyncio
import hashlib
import re
import zlib
from collections.abc import AsyncIterator
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.core.values import Digest
from playbooks.snapshot.members import not_whole

# The key that the shares make up, encrypted by Vault itself. A rotation of the shares writes it
# anew and nothing else does: no restart, unseal, rotation of the root or the barrier key, and no
# rotation that was cancelled (measured on OpenBao 2.7.2; HashiCorp Vault has the same entry). The
# state is a list of protobuf messages with a key (field 1) and a value (field 2), sorted by key.
_ENTRY: Final = re.compile(rb"\n\x0fcore/shamir-kek\x12([\x80-\xff]?[\x00-\x7f])", re.DOTALL)
_LONGEST: Final = 1 << 10  # An entry is about 90 bytes.
_WITH_GZIP_HEADER: Final = 31
_INFLATE_AT_ONCE: Final = 1 << 20


class SharesMark:
    """Takes an archive piece by piece; `found` is the digest of that entry once it has come by."""

    def __init__(self) -> None:
        self.found: Digest | None = None  # None: it has not come by, or there is none.
        self._inflate = zlib.decompressobj(_WITH_GZIP_HEADER)
        self._window = b""

    def feed(self, piece: bytes) -> None:
        """Take the next piece. Raises Trouble where it is damaged."""
        rest = piece
        while rest and self.found is None and not self._inflate.eof:
            try:
                inflated = self._inflate.decompress(rest, _INFLATE_AT_ONCE)
            except zlib.error as error:
                raise not_whole("is damaged") from error
            self._window = self._window[-_LONGEST:] + inflated
            rest = self._inflate.unconsumed_tail
            self.found = _mark_in(self._window)


async def mark_of_shares(archive: AsyncIterator[bytes]) -> Digest | None:
    """Find the mark as soon as it comes by; None where the snapshot holds none."""
    mark = SharesMark()
    async for piece in archive:
        mark.feed(piece)
        if mark.found is not None:
            return mark.found
    return None


async def marked(pieces: AsyncIterator[bytes], mark: SharesMark) -> AsyncIterator[bytes]:
    """Pass pieces on while the mark is looked for; once it is found that costs nothing.

    What is wrong with an archive is for its check to say, which looks closer.
    """
    looking = True
    async for piece in pieces:
        if looking and mark.found is None:
            try:
                await asyncio.to_thread(mark.feed, piece)
            except Trouble:
                looking = False
        yield piece


def _mark_in(window: bytes) -> Digest | None:
    entry = _ENTRY.search(window)
    if entry is None:
        return None
    low, *high = entry[1]  # A varint of one or two bytes.
    size = (low & 0x7F) | (high[0] << 7 if high else 0)
    value = window[entry.end() : entry.end() + size]
    return hashlib.sha256(value).hexdigest() if len(value) == size else None
