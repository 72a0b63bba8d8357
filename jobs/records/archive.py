"""A copy of every event that nobody can overwrite: the record that outlives Redis."""

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from jobs.records.journal import Altered, Entry, History, Journal
from jobs.runs.events import EVENT, StepStarted
from playbooks.core.trouble import Trouble
from playbooks.core.world.objects import Objects

_LOG: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 16  # Objects that are read side by side.


class Ahead(Trouble):
    """The object store knows what happened in a run, and Redis does not."""

    def __init__(self, run: str, number: int) -> None:
        super().__init__(
            f"The object store knows another event {number} of run {run} than Redis does",
            left="Redis has lost what happened, so no worker carries this run on",
            do="look at the cluster and at the copies in the store, free what the run holds with"
            " `vault-responder release-lock NAME` as the worker, then ask for a new run",
        )


class LeftBehind(Trouble):
    """Nobody carries a run on any more, whatever any Redis says of it."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"Run {run} was left behind when Redis was lost or replaced",
            left="it stays as it is, and nobody carries it on",
            do="look at the cluster and at its balancer, free what the run holds with"
            " `vault-responder release-lock NAME` as the worker, then ask for a new run",
        )


class Archive:
    """Objects `journal/RUN/000007.json`, one an event; `left-behind/RUN.json` ends a run."""

    def __init__(self, objects: Objects, journal: Journal) -> None:
        self._objects = objects
        self._journal = journal

    async def put(self, entry: Entry, history: History) -> Entry:
        """Write a step that must be in the store before it begins. Raises Trouble.

        Answers what the store holds: a driver that lost its lease may have put the same step there.
        """
        if await self._objects.create(_key(entry.run, entry.number), data_of(entry)):
            return entry
        kept = await self.one_ahead(history)
        if kept is None or _step(kept) != _step(entry):
            raise Ahead(entry.run, entry.number)
        return kept

    async def copy(self, entry: Entry) -> None:
        """Write an event that Redis has already; a failure is repaired by `complete` later."""
        about = {"run": entry.run, "number": entry.number}
        try:
            if not await self._objects.create(_key(entry.run, entry.number), data_of(entry)):
                kept = await self._objects.get(_key(entry.run, entry.number))
                if kept != data_of(entry):
                    _LOG.error("the store holds another event than Redis", extra=about)
        except Trouble:
            _LOG.warning("event not archived yet", extra=about)

    async def complete(self, history: History) -> bool:
        """Write what is missing of a verified journal; say if the store knows more than it."""
        kept = set(await self._keys(history.run))
        for entry in history.entries:
            if _key(entry.run, entry.number) not in kept:
                await self.copy(entry)
        return max(kept, default="") >= _key(history.run, len(history.entries) + 1)

    async def one_ahead(self, history: History) -> Entry | None:
        """Find the step that a worker died in between its two writes; None if there is none.

        Raises Ahead where the store knows more than that: then Redis has lost something. Raises
        LeftBehind where nobody is to carry this run on.
        """
        if history.entered is not None:
            raise LeftBehind(history.run)
        await self.check_not_left(history.run)
        number = len(history.entries) + 1
        later = [key for key in await self._keys(history.run) if key >= _key(history.run, number)]
        if not later:
            return None
        data = await self._objects.get(later[0])
        if later != [_key(history.run, number)] or data is None:
            raise Ahead(history.run, number)
        try:
            entry = Entry.model_validate_json(data)
        except ValidationError as error:
            raise Ahead(history.run, number) from error
        fits = entry.run == history.run and entry.number == number
        if not fits or entry.previous != history.head:
            raise Ahead(history.run, number)
        self._journal.check(entry)
        if _step(entry) is None:
            raise Ahead(history.run, number)
        return entry

    async def check_not_left(self, run: str) -> None:
        """Raise LeftBehind where nobody is to carry this run on."""
        if await is_left_behind(self._objects, run):
            raise LeftBehind(run)

    async def runs(self) -> tuple[str, ...]:
        """Name every run of which there is an event; reads none of them."""
        return await self._objects.folders("journal/")

    async def begun(self, runs: Sequence[str]) -> dict[str, datetime | None]:
        """Read when runs began, unverified; None where nobody can tell."""
        found = await _all_of(self._objects, [_key(run, 1) for run in runs])
        return {run: _begun_at(data) for run, data in zip(runs, found, strict=True)}

    async def read(self, run: str) -> History:
        """Read and verify what the store holds of a run; empty if nothing. Raises Altered."""
        entries = []
        for number, (_, data) in enumerate(await kept_objects(self._objects, run), 1):
            try:
                entries.append(Entry.model_validate_json(data))
            except ValidationError as error:
                raise Altered(run, number, "cannot be read in the object store") from error
        return self._journal.verified(run, entries)

    async def knows(self, run: str) -> bool:
        """Say if there is any event of a run."""
        return bool(await self._keys(run))

    async def leave_behind(self, run: str, at: datetime) -> None:
        """Have nobody carry a run on any more; doing it twice changes nothing."""
        told = {"run": run, "at": at.isoformat()}
        await self._objects.create(_left(run), json.dumps(told).encode())

    async def _keys(self, run: str) -> tuple[str, ...]:
        return await self._objects.list(f"journal/{run}/")


async def kept_objects(objects: Objects, run: str) -> tuple[tuple[str, bytes], ...]:
    """Read every object of a run's journal as it is, with its key."""
    keys = await objects.list(f"journal/{run}/")
    return tuple(zip(keys, await _all_of(objects, keys), strict=True))


async def _all_of(objects: Objects, keys: Sequence[str]) -> list[bytes]:
    found: list[bytes | None] = []
    for place in range(0, len(keys), _AT_ONCE):
        reading = (objects.get(key) for key in keys[place : place + _AT_ONCE])
        found += await asyncio.gather(*reading)
    return [data or b"" for data in found]


def _begun_at(data: bytes) -> datetime | None:
    try:
        return EVENT.validate_json(Entry.model_validate_json(data).body).at
    except ValidationError:
        return None


async def is_left_behind(objects: Objects, run: str) -> bool:
    """Whoever wrote that: a run that stands still harms less than one that goes on."""
    return await objects.get(_left(run)) is not None


def data_of(entry: Entry) -> bytes:
    """Give the bytes of an event's object."""
    return entry.model_dump_json().encode()


def _step(entry: Entry) -> str | None:
    event = EVENT.validate_json(entry.body)
    return event.step if isinstance(event, StepStarted) else None


def _key(run: str, number: int) -> str:
    return f"journal/{run}/{number:06d}.json"


def _left(run: str) -> str:
    return f"left-behind/{run}.json"
