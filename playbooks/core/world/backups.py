"""The object store that keeps encrypted snapshots, and its catalogue."""

from collections.abc import AsyncIterator
from typing import Protocol

from playbooks.core.backup import Backup, KeyGeneration, RotationNote
from playbooks.core.values import Count, Digest, Frozen, Name


class Sealed(Frozen):
    """An encrypted object as it was written."""

    object_bytes: Count
    object_sha256: Digest


class Associated(Frozen):
    """What an object is bound to: opened as anything else, it does not decrypt."""

    cluster: Name
    generation: Count


class Backups(Protocol):
    """Every call raises Trouble where the store does not answer or holds something foreign."""

    async def find(self, cluster: Name, name: Name) -> Backup | None:
        """Look one entry up in the catalogue; its signature is checked."""
        ...

    async def all(self, cluster: Name) -> tuple[Backup, ...]:
        """List the catalogue, newest first, copies included."""
        ...

    async def enter(self, backup: Backup) -> None:
        """Write the catalogue entry, signed; the same entry again is no error, another one is."""
        ...

    async def draft(self, cluster: Name, name: Name) -> Backup | None:
        """Read what `keep_draft` kept: an entry that is not in the catalogue yet."""
        ...

    async def keep_draft(self, backup: Backup) -> None:
        """Keep what is known of an object until it is read back and entered."""
        ...

    async def seal(self, key: str, bound: Associated, archive: AsyncIterator[bytes]) -> Sealed:
        """Encrypt the pieces into the object `key`, which appears only when it is whole."""
        ...

    def open(self, key: str, bound: Associated) -> AsyncIterator[bytes]:
        """Decrypt an object piece by piece. Raises Trouble where it is cut off or altered.

        Truncation shows only at the end, so use nothing of it before a first pass reached its end.
        """
        ...

    async def fingerprint(self, cluster: Name, key: str) -> Sealed:
        """Read the object as it lies there, to its end."""
        ...

    async def duplicate(self, cluster: Name, key: str, to: str) -> None:
        """Copy an object inside the store."""
        ...

    async def holds(self, cluster: Name, key: str) -> bool:
        """Say if the store has this object."""
        ...

    async def generations(self, cluster: Name) -> tuple[KeyGeneration, ...]:
        """List the cluster's known key generations, oldest first."""
        ...

    async def enter_generation(self, generation: KeyGeneration) -> None:
        """Write a key generation down; the same again is no error, another one is."""
        ...

    async def keep_note(self, note: RotationNote) -> None:
        """Keep what is known of a run's rotation, in place of what was kept under its mark."""
        ...

    async def notes(self, cluster: Name) -> tuple[RotationNote, ...]:
        """List what was kept of every rotation of the cluster's shares."""
        ...
