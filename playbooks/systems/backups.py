"""Encrypted snapshots and their signed catalogue in the object store."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, suppress
from typing import Final

import obstore

from playbooks.core.backup import Backup, KeyGeneration, RotationNote
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.backups import Associated, Sealed
from playbooks.systems.backup_key import BackupKey
from playbooks.systems.objects import StoredObjects, translated
from playbooks.systems.pieces import PIECE, from_thread
from playbooks.systems.signed import Signatures, SignedRecords

_PART: Final = 5 * PIECE  # S3 takes no smaller part.
_PARTS_AT_ONCE: Final = 2  # With what Tink and the network hold, far below 200 MB.
_CATALOGUE: Final = "catalogue/"

log = logging.getLogger(__name__)


class StoredBackups:
    """`key` is None in a process that may list backups and never open one."""

    def __init__(
        self, objects: StoredObjects, signatures: Signatures, key: BackupKey | None
    ) -> None:
        self._objects = objects
        self._records = SignedRecords(objects, signatures)
        self._key = key  # None: this process is a looker.

    async def find(self, cluster: Name, name: Name) -> Backup | None:
        found = await self._records.read(_entry_key(name), Backup)
        if found is not None and (found.cluster, found.name) != (cluster, name):
            raise Trouble(
                f"{name} is a backup of {found.cluster}, not of {cluster}",
                left="nothing was changed",
                do=f"pick one from `/vault backups {cluster}`",
            )
        return found

    async def all(self, cluster: Name) -> tuple[Backup, ...]:
        """Entries that are not believed are left out and logged; `left_out` tells them."""
        entries, faults = await self._catalogue()
        for key, trouble in faults.items():
            log.warning("catalogue entry left out", extra={"key": key, "why": trouble.happened})
        mine = [entry for entry in entries if entry.cluster == cluster]
        return tuple(sorted(mine, key=lambda entry: entry.taken_at, reverse=True))

    async def left_out(self) -> tuple[str, ...]:
        """Say of each entry that is not believed, why, as sentences for people."""
        _, faults = await self._catalogue()
        return tuple(trouble.happened for trouble in faults.values())

    async def enter(self, backup: Backup) -> None:
        await self._records.create(_entry_key(backup.name), backup)

    async def draft(self, cluster: Name, name: Name) -> Backup | None:
        found = await self._records.read(_draft_key(name), Backup)
        return found if found is not None and found.cluster == cluster else None

    async def keep_draft(self, backup: Backup) -> None:
        await self._records.overwrite(_draft_key(backup.name), backup)

    async def seal(self, key: str, bound: Associated, archive: AsyncIterator[bytes]) -> Sealed:
        """The object appears when the last byte is in; a fault in `archive` leaves nothing."""
        written = _Counted()
        encrypted = written.counted(self._opened().encrypt(bound, archive))
        try:
            with translated(self._objects.url, key):
                await obstore.put_async(
                    self._objects.store,
                    key,
                    encrypted,
                    chunk_size=_PART,
                    max_concurrency=_PARTS_AT_ONCE,
                    attributes=self._objects.attributes(
                        cluster=bound.cluster, generation=str(bound.generation)
                    ),
                )
        finally:
            # Where the store still waits for a piece, the stream ends itself once that has come.
            with suppress(RuntimeError):
                await encrypted.aclose()
        return written.sealed()

    async def open(self, key: str, bound: Associated) -> AsyncGenerator[bytes, None]:
        backup_key = self._opened()

        def _pieces() -> Iterator[bytes]:
            return backup_key.decrypt(bound, self._raw(key), key)

        async with aclosing(from_thread(_pieces)) as pieces:
            async for piece in pieces:
                yield piece

    async def fingerprint(self, cluster: Name, key: str) -> Sealed:
        return await asyncio.to_thread(self._fingerprint, key)

    async def duplicate(self, cluster: Name, key: str, to: str) -> None:
        with translated(self._objects.url, key):
            await obstore.copy_async(self._objects.store, key, to)

    async def holds(self, cluster: Name, key: str) -> bool:
        with translated(self._objects.url, key):
            try:
                await obstore.head_async(self._objects.store, key)
            except FileNotFoundError:
                return False
            return True

    async def generations(self, cluster: Name) -> tuple[KeyGeneration, ...]:
        keys = await self._objects.list(_generations_prefix(cluster))
        found = [await self._records.read(key, KeyGeneration) for key in keys]
        known = [generation for generation in found if generation is not None]
        return tuple(sorted(known, key=lambda generation: generation.number))

    async def enter_generation(self, generation: KeyGeneration) -> None:
        key = f"{_generations_prefix(generation.cluster)}{generation.number}.json"
        await self._records.create(key, generation)

    async def keep_note(self, note: RotationNote) -> None:
        await self._records.overwrite(f"{_notes_prefix(note.cluster)}{note.mark}.json", note)

    async def notes(self, cluster: Name) -> tuple[RotationNote, ...]:
        keys = await self._objects.list(_notes_prefix(cluster))
        found = [await self._records.read(key, RotationNote) for key in keys]
        return tuple(note for note in found if note is not None)

    async def _catalogue(self) -> tuple[list[Backup], dict[str, Trouble]]:
        keys = await self._objects.list(_CATALOGUE)
        read = await asyncio.gather(*(self._entry(key) for key in keys))
        entries = [entry for entry in read if isinstance(entry, Backup)]
        faults = {
            key: entry for key, entry in zip(keys, read, strict=True) if isinstance(entry, Trouble)
        }
        return entries, faults

    async def _entry(self, key: str) -> Backup | Trouble:
        try:
            found = await self._records.read(key, Backup)
            if found is not None and _entry_key(found.name) == key:
                return found
            return Trouble(
                f"{key} holds another entry", left="it was not used", do="look at the store"
            )
        except Trouble as trouble:
            return trouble

    def _opened(self) -> BackupKey:
        if self._key is None:
            raise Trouble(
                "This process holds no backup key",
                left="nothing was read or written",
                do="ask on the queue `act`: only workers open backups",
            )
        return self._key

    def _raw(self, key: str) -> Iterator[bytes]:
        with translated(self._objects.url, key):
            found = obstore.get(self._objects.store, key)
            for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    def _fingerprint(self, key: str) -> Sealed:
        counted = _Counted()
        for piece in self._raw(key):
            counted.add(piece)
        return counted.sealed()


class _Counted:
    """Counts and hashes the pieces of an object."""

    def __init__(self) -> None:
        self._bytes = 0
        self._sha256 = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        self._bytes += len(piece)
        self._sha256.update(piece)

    async def counted(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        async for piece in pieces:
            self.add(piece)
            yield piece

    def sealed(self) -> Sealed:
        return Sealed(object_bytes=self._bytes, object_sha256=self._sha256.hexdigest())


def _entry_key(name: Name) -> str:
    return f"{_CATALOGUE}{name}.json"


def _draft_key(name: Name) -> str:
    return f"drafts/{name}.json"


def _generations_prefix(cluster: Name) -> str:
    return f"clusters/{cluster}/keys/"


def _notes_prefix(cluster: Name) -> str:
    return f"clusters/{cluster}/rotations/"
