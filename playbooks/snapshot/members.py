"""The tar inside a Raft snapshot archive: four members in a fixed order, read as they come."""

import hashlib
import re
import tarfile
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from playbooks.core.trouble import Trouble
from playbooks.core.values import Count

# By the archives that Vault and OpenBao write. The sealed sums can be read by Vault alone.
ORDER: Final = ("meta.json", "state.bin", "SHA256SUMS", "SHA256SUMS.sealed")
_BIG: Final = "state.bin"
_SMALL_MEMBER: Final = 1 << 20  # Real ones are below 2 KiB; more is an attempt to fill memory.
_BLOCK: Final = tarfile.BLOCKSIZE
_PADDING_AFTER: Final = 1 << 16
_LINE: Final = re.compile(r"([0-9a-f]{64}) [ *](\S+)")
_PAX_SIZE: Final = re.compile(rb"(?:^|\n)\d+ size=(\d+)\n")


class _Meta(BaseModel):
    index: Count = Field(alias="Index")
    term: Count = Field(alias="Term")
    size: Count = Field(alias="Size")


class Members:
    """Takes the tar piece by piece. Raises Trouble at the first fault."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._name: str | None = None  # None: between two members.
        self._left = 0  # Bytes of the member that are still to come.
        self._padding = 0
        self._kept = bytearray()
        self._sha256 = hashlib.sha256()
        self._pax_size: int | None = None  # None: the header's own size counts.
        self._sizes: dict[str, int] = {}
        self._small: dict[str, bytes] = {}
        self._sums: dict[str, str] = {}
        self._zeros = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the tar."""
        rest = memoryview(data)
        while rest:
            if len(self._sizes) == len(ORDER) and self._name is None and not self._padding:
                self._end(bytes(rest))
                return
            if self._padding:
                taken = min(self._padding, len(rest))
                self._padding -= taken
            elif self._name is None:
                taken = self._header(rest)
            else:
                taken = self._content(rest)
            rest = rest[taken:]

    def finish(self) -> tuple[int, int]:
        """Compare the checksums; answers Raft's index and term."""
        if len(self._sizes) < len(ORDER) or self._name is not None:
            raise not_whole(f"lacks {ORDER[min(len(self._sums), len(ORDER) - 1)]}")
        try:
            meta = _Meta.model_validate_json(self._small["meta.json"])
        except ValidationError as error:
            raise not_whole("has a meta.json that says no Raft index") from error
        if meta.size != self._sizes[_BIG]:
            raise not_whole(f"holds {self._sizes[_BIG]} bytes of state where it says {meta.size}")
        if _listed(self._small["SHA256SUMS"]) != {
            name: self._sums[name] for name in ("meta.json", _BIG)
        }:
            raise not_whole("does not match its own checksums (SHA256SUMS)")
        return meta.index, meta.term

    def _header(self, rest: memoryview) -> int:
        taken = min(_BLOCK - len(self._head), len(rest))
        self._head += rest[:taken]
        if len(self._head) == _BLOCK:
            self._open(bytes(self._head))
            self._head.clear()
        return taken

    def _open(self, head: bytes) -> None:
        try:
            info = tarfile.TarInfo.frombuf(head, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise not_whole(f"has no {ORDER[len(self._sizes)]} where it should follow") from error
        if info.type == tarfile.XHDTYPE and self._pax_size is None:  # A state of 8 GiB and more.
            self._begin("pax", info.size)
            return
        wanted = ORDER[len(self._sizes)]
        if info.name != wanted or not info.isreg():
            raise not_whole(f"has another member where {wanted} should follow")
        size = info.size if self._pax_size is None else self._pax_size
        self._pax_size = None
        self._sizes[wanted] = size
        self._begin(wanted, size)

    def _begin(self, name: str, size: int) -> None:
        if name != _BIG and size > _SMALL_MEMBER:
            raise not_whole(f"claims {size} bytes for {name}, which is small in every real one")
        self._name, self._left = name, size
        self._sha256 = hashlib.sha256()
        self._kept.clear()
        if size == 0:
            self._close()

    def _content(self, rest: memoryview) -> int:
        taken = min(self._left, len(rest))
        self._sha256.update(rest[:taken])
        if self._name != _BIG:
            self._kept += rest[:taken]
        self._left -= taken
        if self._left == 0:
            self._close()
        return taken

    def _close(self) -> None:
        name, self._name = self._name, None
        if name == "pax":
            found = _PAX_SIZE.search(bytes(self._kept))
            self._pax_size = int(found[1]) if found else None
            self._padding = -len(self._kept) % _BLOCK
        elif name is not None:
            self._padding = -self._sizes[name] % _BLOCK
            self._sums[name] = self._sha256.hexdigest()
            if name != _BIG:
                self._small[name] = bytes(self._kept)

    def _end(self, rest: bytes) -> None:
        self._zeros += len(rest)
        if rest.strip(b"\0") or self._zeros > _PADDING_AFTER:
            raise not_whole("holds more than the four members of a Raft snapshot")


def _listed(sums: bytes) -> dict[str, str]:
    lines = sums.decode("ascii", "replace").splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    return {found[2]: found[1] for found in matches if found}


def not_whole(fault: str) -> Trouble:
    """Say what is wrong with an archive, after the words "The snapshot"."""
    return Trouble(
        f"The snapshot {fault}",
        left="nothing of it was loaded or entered in the catalogue",
        do="try once more; if it stays so, pick another backup from `/vault backups`",
    )
