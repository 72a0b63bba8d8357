"""What is true of a run: a chain of signed events that only a driver can make longer."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from pydantic import ValidationError

from jobs.records.connection import Connection
from jobs.records.keys import KeyRing, SigningKey
from jobs.runs.events import EVENT, Event, Planned, PlanRefused
from jobs.runs.lifecycle import Impossible, after, replay
from jobs.runs.state import Ended, NoRun, Run
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Digest, Frozen, Moment, Name

FIRST: Final = "0" * 64  # What the first event follows.
_FEED_KEPT: Final = 10_000

# One piece: either the event, the head, the lists of runs and the feed all have it, or none has.
# The lease is a key of every event but the first, which a looker writes before anyone drives.
_APPEND: Final = """
local length = tonumber(redis.call('HGET', KEYS[1], 'length') or '0')
local head = redis.call('HGET', KEYS[1], 'head') or ARGV[13]
local number = tonumber(ARGV[2])
-- First of all: a driver whose epoch is over must not go on, not even if another one wrote the very
-- event that it was about to write.
if KEYS[6] then
  if redis.call('HGET', KEYS[6], 'epoch') ~= ARGV[9] then return 'FENCED' end
elseif number ~= 1 then
  return 'FENCED'
end
-- The reply to this very commit was lost, and the client sends it again.
if length == number and head == ARGV[4] then return 'REPLAY' end
if length + 1 ~= number or head ~= ARGV[3] then return 'CHAIN' end
redis.call('XADD', KEYS[2], '*', 'number', ARGV[2], 'previous', ARGV[3], 'hash', ARGV[4],
  'key', ARGV[5], 'epoch', ARGV[6], 'signature', ARGV[7], 'body', ARGV[8])
redis.call('HSET', KEYS[1], 'head', ARGV[4], 'length', ARGV[2])
if number == 1 then redis.call('ZADD', KEYS[3], ARGV[12], ARGV[1]) end
if ARGV[10] == 'open' then
  redis.call('SADD', KEYS[4], ARGV[1])
else
  redis.call('SREM', KEYS[4], ARGV[1])
end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[14], '*',
  'run', ARGV[1], 'number', ARGV[2], 'kind', ARGV[11])
return 'DONE'
"""


class Fenced(Exception):  # noqa: N818 -- says what happened to this driver
    """Another worker drives this run now, or wrote its first event; this one must let it go."""


class Altered(Trouble):
    """The journal of a run is not what workers wrote. `number` is the first event that is wrong."""

    def __init__(self, run: str, number: int, why: str) -> None:
        super().__init__(
            f"Event {number} of run {run} {why}",
            left="the run is left as it is, and no worker carries it on",
            do="treat Redis as broken into: compare it with the copy in the object store",
        )
        self.number = number


class Entry(Frozen):
    """One event as it is kept: numbered from 1, chained to the one before, signed."""

    run: Name
    number: Count
    previous: Digest
    hash: Digest
    key: str
    epoch: Count  # Of the lease under which it was written; 0 before anyone drives.
    signature: str
    body: str


class Entered(Frozen):
    """Redis had lost this run, or a part of it, and a worker entered it from the object store."""

    at: Moment
    before: Count  # How many of its events Redis still had.


@dataclass(frozen=True)
class History:
    """A verified journal. The only way to one is reading it or appending to it."""

    run: str
    entries: tuple[Entry, ...] = ()
    events: tuple[Event, ...] = ()
    entered: Entered | None = None  # None: it was written here, and may be carried on.

    @property
    def head(self) -> str:
        """The hash of the last event."""
        return self.entries[-1].hash if self.entries else FIRST

    @cached_property
    def state(self) -> Run | NoRun | None:
        """Where the run stands; None without events. Raises Impossible."""
        return replay(self.events)

    def longer(self, entry: Entry, event: Event) -> "History":
        """Add the next event, which was verified. Raises Impossible where it cannot come now."""
        state = after(self.state, event)
        entries, events = (*self.entries, entry), (*self.events, event)
        longer = replace(self, entries=entries, events=events)
        vars(longer)["state"] = state  # Nobody replays a long run again for each of its events.
        return longer


class Journal:
    """The journals of all runs; without a key it can only be read."""

    def __init__(self, connection: Connection, ring: KeyRing, key: SigningKey | None) -> None:
        self._connection = connection
        self._ring = ring
        self._key = key

    async def read(self, run: str) -> History:
        """Read and verify a run's events; empty if there is no such run. Raises Altered."""
        # In this order: events may be added between the two answers, but none can go.
        told = await self._connection.hash(f"run:{run}")
        lines = await self._connection.oldest_lines(f"journal:{run}")
        history = History(run)
        for _, fields in lines:
            history = self._extend(history, fields)
        length = _length(told)
        if len(history.entries) < length or length < 0:
            why = "may be gone: nobody can tell how many there are" if length < 0 else "is gone"
            raise Altered(run, len(history.entries) + 1, why)
        if length and history.entries[length - 1].hash != told.get("head"):
            raise Altered(run, length, "is not the one that was written")
        return replace(history, entered=_entered(told.get("entered")))

    def verified(self, run: str, entries: Iterable[Entry]) -> History:
        """Verify events that were kept elsewhere, from the first one on. Raises Altered."""
        history = History(run)
        for entry in entries:
            history = self._extend(history, entry.model_dump(mode="json", exclude={"run"}))
        return history

    async def length(self, run: str) -> int:
        """Say how long it is without reading it, to see that it grew; -1: nobody can tell."""
        return _length(await self._connection.hash(f"run:{run}"))

    async def version(self, run: str) -> str:
        """Name what a journal holds without reading it: another name where it changed."""
        told = await self._connection.hash(f"run:{run}")
        return f"{told.get('length', '0')} {told.get('entered', '')}"

    def seal(self, history: History, event: Event, epoch: int) -> Entry:
        """Sign an event as the next one of its run."""
        if self._key is None:
            msg = "this process has no key to write with"
            raise PermissionError(msg)
        body = EVENT.dump_json(event).decode()
        number = len(history.entries) + 1
        digest = _hash(history.run, (number, history.head, self._key.id, epoch, body))
        return Entry(
            run=history.run,
            number=number,
            previous=history.head,
            hash=digest,
            key=self._key.id,
            epoch=epoch,
            signature=self._key.sign(_signed(history.run, digest)),
            body=body,
        )

    async def append(self, history: History, entry: Entry, epoch: int) -> History:
        """Write the next event. Raises Fenced if this epoch is over, Altered if it is forged.

        `epoch` is the driver's own; it differs from the entry's where a dead worker's is adopted.
        """
        longer = self._extend(history, entry.model_dump(mode="json", exclude={"run"}))
        run = entry.run
        keys = [f"run:{run}", f"journal:{run}", "runs", "runs:open", "feed"]
        if epoch:
            keys.append(f"lease:{run}")
        answer = await self._connection.run_script(_APPEND, keys, _values(longer, entry, epoch))
        if answer not in {"DONE", "REPLAY"}:
            msg = f"run {run}: event {entry.number} was not written ({answer})"
            raise Fenced(msg)
        return longer

    async def open_runs(self) -> tuple[str, ...]:
        """Name the runs that have not ended."""
        return await self._connection.members("runs:open")

    async def recent(self, count: int) -> tuple[str, ...]:
        """Name the runs begun last, the newest first."""
        return await self._connection.newest("runs", count)

    def check(self, entry: Entry) -> None:
        """Check an entry's hash and signature, wherever it was found. Raises Altered."""
        event_of(entry, self._ring)

    def _extend(self, history: History, fields: dict[str, str]) -> History:
        number = len(history.entries) + 1
        try:
            entry = Entry.model_validate({"run": history.run, **fields})
        except ValidationError as error:
            raise Altered(history.run, number, "cannot be read") from error
        if entry.number != number or entry.previous != history.head:
            raise Altered(history.run, number, "does not follow the one before it")
        event = event_of(entry, self._ring)
        try:
            return history.longer(entry, event)
        except Impossible as error:
            why = f"cannot be where it is: {error}"
            raise Altered(history.run, number, why) from error


def _length(told: dict[str, str]) -> int:
    text = told.get("length", "0")
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else -1


def _entered(text: str | None) -> Entered | None:
    """Read the mark. One that nobody can read still means that nobody carries the run on."""
    if text is None:
        return None
    try:
        return Entered.model_validate_json(text)
    except ValidationError:
        return Entered(at=datetime.fromtimestamp(0, UTC), before=0)


def event_of(entry: Entry, ring: KeyRing) -> Event:
    """Read the event of an entry, once its hash, signature and role hold. Raises Altered."""
    fields = (entry.number, entry.previous, entry.key, entry.epoch, entry.body)
    if _hash(entry.run, fields) != entry.hash:
        raise Altered(entry.run, entry.number, "does not match its own hash")
    role = ring.check(entry.key, _signed(entry.run, entry.hash), entry.signature)
    if role is None:
        raise Altered(entry.run, entry.number, "is not signed by any worker")
    if role == "looker" and not _is_first(entry):
        raise Altered(entry.run, entry.number, "is signed by a looker, who may only plan")
    return _event(entry)


def is_open(events: Iterable[Event]) -> bool:
    """Say if a run may still go on."""
    return _goes_on(replay(events))


def _goes_on(run: Run | NoRun | None) -> bool:
    return isinstance(run, Run) and not isinstance(run.stage, Ended)


def _values(longer: History, entry: Entry, epoch: int) -> list[str]:
    event = longer.events[-1]
    return [
        entry.run,
        str(entry.number),
        entry.previous,
        entry.hash,
        entry.key,
        str(entry.epoch),
        entry.signature,
        entry.body,
        str(epoch),
        "open" if _goes_on(longer.state) else "ended",
        event.kind,
        str(event.at.timestamp()),
        FIRST,
        str(_FEED_KEPT),
    ]


def _hash(run: str, fields: tuple[int, str, str, int, str]) -> str:
    whole = json.dumps([run, *fields], separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


def _signed(run: str, digest: str) -> bytes:
    return f"vault-responder journal\n{run}\n{digest}".encode()


def _is_first(entry: Entry) -> bool:
    return entry.number == 1 and isinstance(_event(entry), Planned | PlanRefused)


def _event(entry: Entry) -> Event:
    try:
        event = EVENT.validate_json(entry.body)
    except ValidationError as error:
        raise Altered(entry.run, entry.number, "cannot be read") from error
    if isinstance(event, Planned | PlanRefused) and event.run != entry.run:
        raise Altered(entry.run, entry.number, "belongs to another run")
    return event
