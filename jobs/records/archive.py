"""A copy of every event that nobody can overwrite: the record that outlives Redis."""

import logging
from typing import Final

from pydantic import ValidationError

from jobs.records.journal import Entry, History, Journal
from jobs.runs.events import EVENT, StepStarted
from playbooks.core.trouble import Trouble
from playbooks.core.world.objects import Objects

_LOG: Final = logging.getLogger(__name__)


class Ahead(Trouble):
    """The object store knows what happened in a run, and Redis does not."""

    def __init__(self, run: str, number: int) -> None:
        super().__init__(
            f"The object store knows another event {number} of run {run} than Redis does",
            left="Redis has lost what happened, so no worker carries this run on",
            do="look at the cluster and at the copies in the store, free what the run holds with"
            " `vault-responder release-lock NAME` as the worker, then ask for a new run",
        )


class Archive:
    """Objects `journal/RUN/000007.json`, one an event."""

    def __init__(self, objects: Objects, journal: Journal) -> None:
        self._objects = objects
        self._journal = journal

    async def put(self, entry: Entry, history: History) -> Entry:
        """Write a step that must be in the store before it begins. Raises Trouble.

        Answers what the store holds: a driver that lost its lease may have put the same step there.
        """
        if await self._objects.create(_key(entry.run, entry.number), _data(entry)):
            return entry
        kept = await self.one_ahead(history)
        if kept is None or _step(kept) != _step(entry):
            raise Ahead(entry.run, entry.number)
        return kept

    async def copy(self, entry: Entry) -> None:
        """Write an event that Redis has already; a failure is repaired by `complete` later."""
        about = {"run": entry.run, "number": entry.number}
        try:
            if not await self._objects.create(_key(entry.run, entry.number), _data(entry)):
                kept = await self._objects.get(_key(entry.run, entry.number))
                if kept != _data(entry):
                    _LOG.error("the store holds another event than Redis", extra=about)
        except Trouble:
            _LOG.warning("event not archived yet", extra=about)

    async def complete(self, history: History) -> None:
        """Write what is missing of a verified journal."""
        kept = set(await self._objects.list(f"journal/{history.run}/"))
        for entry in history.entries:
            if _key(entry.run, entry.number) not in kept:
                await self.copy(entry)

    async def one_ahead(self, history: History) -> Entry | None:
        """Find the step that a worker died in between its two writes; None if there is none.

        Raises Ahead where the store knows more than that: then Redis has lost something.
        """
        number = len(history.entries) + 1
        later = [
            key
            for key in await self._objects.list(f"journal/{history.run}/")
            if key >= _key(history.run, number)
        ]
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


def _step(entry: Entry) -> str | None:
    event = EVENT.validate_json(entry.body)
    return event.step if isinstance(event, StepStarted) else None


def _key(run: str, number: int) -> str:
    return f"journal/{run}/{number:06d}.json"


def _data(entry: Entry) -> bytes:
    return entry.model_dump_json().encode()
