"""The stand-in for the object store and its catalogue, with real bytes in it."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from playbooks.core.backup import Backup, KeyGeneration, RotationNote
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.backups import Associated, Sealed
from tests.worlds.calls import Calls

_MASK = bytes(byte ^ 0x5A for byte in range(256))


def _hidden(data: bytes, bound: Associated) -> bytes:
    seal = hashlib.sha256(bound.model_dump_json().encode() + data).digest()
    return data.translate(_MASK) + seal


def _foreign(key: str) -> Trouble:
    return Trouble(
        f"The object {key} is altered, cut off, or not of this cluster and key generation",
        left="nothing of it was used",
        do="pick another backup with `/vault backups`",
    )


@dataclass
class ToyBackups:
    calls: Calls
    objects: dict[str, bytes] = field(default_factory=dict)
    entries: dict[tuple[str, str], Backup] = field(default_factory=dict)
    drafts: dict[tuple[str, str], Backup] = field(default_factory=dict)
    known: list[KeyGeneration] = field(default_factory=list)
    kept_notes: dict[str, RotationNote] = field(default_factory=dict)

    async def find(self, cluster: Name, name: Name) -> Backup | None:
        self.calls.ask("backups.find", name)
        return self.entries.get((cluster, name))

    async def all(self, cluster: Name) -> tuple[Backup, ...]:
        self.calls.ask("backups.all", cluster)
        entries = [entry for entry in self.entries.values() if entry.cluster == cluster]
        return tuple(sorted(entries, key=lambda entry: entry.taken_at, reverse=True))

    async def enter(self, backup: Backup) -> None:
        there = self.entries.setdefault((backup.cluster, backup.name), backup)
        if there != backup:
            raise Trouble(
                f"The catalogue already has another {backup.name}",
                left="its entry is unchanged",
                do="look at the store",
            )
        self.calls.act("backups.enter", backup.name)

    async def draft(self, cluster: Name, name: Name) -> Backup | None:
        self.calls.ask("backups.draft", name)
        return self.drafts.get((cluster, name))

    async def keep_draft(self, backup: Backup) -> None:
        self.calls.act("backups.keep_draft", backup.name)
        self.drafts[backup.cluster, backup.name] = backup

    async def seal(self, key: str, bound: Associated, archive: AsyncIterator[bytes]) -> Sealed:
        whole = b"".join([piece async for piece in archive])
        self.calls.act("backups.seal", key)
        self.objects[key] = _hidden(whole, bound)
        return await self.fingerprint(bound.cluster, key)

    async def open(self, key: str, bound: Associated) -> AsyncIterator[bytes]:
        self.calls.ask("backups.open", key)
        there = self._get(key)
        data = there[:-32].translate(_MASK)
        for start in range(0, len(data), 400):
            yield data[start : start + 400]
        if _hidden(data, bound) != there:
            raise _foreign(key)

    async def fingerprint(self, cluster: Name, key: str) -> Sealed:
        data = self._get(key)
        return Sealed(object_bytes=len(data), object_sha256=hashlib.sha256(data).hexdigest())

    async def duplicate(self, cluster: Name, key: str, to: str) -> None:
        self.calls.act("backups.duplicate", to)
        self.objects[to] = self._get(key)

    async def holds(self, cluster: Name, key: str) -> bool:
        self.calls.ask("backups.holds", key)
        return key in self.objects

    async def generations(self, cluster: Name) -> tuple[KeyGeneration, ...]:
        self.calls.ask("backups.generations", cluster)
        return tuple(sorted(self.known, key=lambda generation: generation.number))

    async def enter_generation(self, generation: KeyGeneration) -> None:
        for there in self.known:
            if there.number == generation.number and there != generation:
                raise Trouble(
                    f"The store already has another generation {generation.number}",
                    left="it is unchanged",
                    do="look at both",
                )
        if generation not in self.known:
            self.calls.act("backups.enter_generation", str(generation.number))
            self.known.append(generation)

    async def keep_note(self, note: RotationNote) -> None:
        self.calls.act("backups.keep_note", note.mark)
        self.kept_notes[note.mark] = note

    async def notes(self, cluster: Name) -> tuple[RotationNote, ...]:
        self.calls.ask("backups.notes", cluster)
        return tuple(note for _, note in sorted(self.kept_notes.items()))

    def _get(self, key: str) -> bytes:
        if key not in self.objects:
            raise Trouble(
                f"The store has no object {key}",
                left="nothing was changed",
                do="see `/vault backups`",
            )
        return self.objects[key]
