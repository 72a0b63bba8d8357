"""The backups of all clusters, each in the store of its own cluster."""

from collections.abc import AsyncIterator, Mapping

from playbooks.core.backup import Backup, KeyGeneration, RotationNote
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.backups import Associated, Backups, Sealed


class Stores:
    """Passes every call on to the store of the cluster."""

    def __init__(self, stores: Mapping[Name, Backups]) -> None:
        self._stores = stores

    async def find(self, cluster: Name, name: Name) -> Backup | None:
        return await self._of(cluster).find(cluster, name)

    async def all(self, cluster: Name) -> tuple[Backup, ...]:
        return await self._of(cluster).all(cluster)

    async def enter(self, backup: Backup) -> None:
        await self._of(backup.cluster).enter(backup)

    async def draft(self, cluster: Name, name: Name) -> Backup | None:
        return await self._of(cluster).draft(cluster, name)

    async def keep_draft(self, backup: Backup) -> None:
        await self._of(backup.cluster).keep_draft(backup)

    async def seal(self, key: str, bound: Associated, archive: AsyncIterator[bytes]) -> Sealed:
        return await self._of(bound.cluster).seal(key, bound, archive)

    def open(self, key: str, bound: Associated) -> AsyncIterator[bytes]:
        return self._of(bound.cluster).open(key, bound)

    async def fingerprint(self, cluster: Name, key: str) -> Sealed:
        return await self._of(cluster).fingerprint(cluster, key)

    async def duplicate(self, cluster: Name, key: str, to: str) -> None:
        await self._of(cluster).duplicate(cluster, key, to)

    async def holds(self, cluster: Name, key: str) -> bool:
        return await self._of(cluster).holds(cluster, key)

    async def generations(self, cluster: Name) -> tuple[KeyGeneration, ...]:
        return await self._of(cluster).generations(cluster)

    async def enter_generation(self, generation: KeyGeneration) -> None:
        await self._of(generation.cluster).enter_generation(generation)

    async def keep_note(self, note: RotationNote) -> None:
        await self._of(note.cluster).keep_note(note)

    async def notes(self, cluster: Name) -> tuple[RotationNote, ...]:
        return await self._of(cluster).notes(cluster)

    def _of(self, cluster: Name) -> Backups:
        if cluster not in self._stores:
            raise Trouble(
                f"No store is configured for {cluster}",
                left="nothing was changed",
                do="name it in the configuration",
            )
        return self._stores[cluster]
