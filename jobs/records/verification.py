"""Find every fault of a kept journal, wherever it was kept, with nothing but the public keys."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from jobs.records.journal import FIRST, Altered, Entry, History, event_of
from jobs.records.keys import KeyRing
from jobs.runs.events import Event
from jobs.runs.lifecycle import Impossible, after
from jobs.runs.state import NoRun, Run

# Where one event was found, such as the key of an object, and what is there.
Piece = tuple[str, bytes]


@dataclass(frozen=True)
class Verdict:
    """`faults` are whole sentences; without any, `history` is the verified journal."""

    history: History
    faults: tuple[str, ...]


def examine(run: str, pieces: Sequence[Piece], ring: KeyRing) -> Verdict:
    """Check chain, signatures, roles, order and completeness up to the last event that is there."""
    entries, unread = _read(run, pieces)
    chosen, gaps = _in_order(run, entries)
    events, untrue = _believed(chosen, ring)
    if not entries and not unread:
        gaps = [f"There is no event of run {run}"]
    faults = (*unread, *gaps, *_unchained(chosen), *untrue)
    if faults:
        return Verdict(History(run), (*faults, *_out_of_order(run, events)))
    history = History(run, tuple(chosen), tuple(event for _, event in events))
    return Verdict(history, tuple(_out_of_order(run, events)))


def _read(run: str, pieces: Sequence[Piece]) -> tuple[list[Entry], list[str]]:
    entries, faults = [], []
    for where, data in pieces:
        try:
            entry = Entry.model_validate_json(data)
        except ValidationError:
            faults.append(f"{where} cannot be read as an event")
            continue
        if entry.run != run:
            faults.append(f"{where} is event {entry.number} of run {entry.run}, not of run {run}")
            continue
        if not where.endswith((f"/{entry.number:06d}.json", f"line {entry.number + 1}")):
            faults.append(
                f"{where} holds event {entry.number} of run {run}, which is not its place"
            )
        entries.append(entry)
    return entries, faults


def _in_order(run: str, entries: Iterable[Entry]) -> tuple[list[Entry], list[str]]:
    """Take one entry a number; say which numbers are missing, or there more than once."""
    chosen: dict[int, Entry] = {}
    faults = []
    for entry in entries:
        if entry.number in chosen:
            faults.append(f"Event {entry.number} of run {run} is there more than once")
        chosen.setdefault(entry.number, entry)
    numbers = sorted(chosen)
    for before, number in zip([0, *numbers], numbers, strict=False):
        first, last = before + 1, number - 1
        if first == last:
            faults.append(f"Event {first} of run {run} is missing")
        elif first < last:
            faults.append(f"Events {first} to {last} of run {run} are missing")
    return [chosen[number] for number in numbers], faults


def _unchained(entries: Sequence[Entry]) -> Iterator[str]:
    before, head = 0, FIRST
    for entry in entries:
        if entry.number == before + 1 and entry.previous != head:
            what = f"event {before}" if before else "nothing, as a first event must"
            yield f"Event {entry.number} of run {entry.run} does not follow {what}"
        before, head = entry.number, entry.hash


def _believed(entries: Iterable[Entry], ring: KeyRing) -> tuple[list[tuple[int, Event]], list[str]]:
    events, faults = [], []
    for entry in entries:
        try:
            events.append((entry.number, event_of(entry, ring)))
        except Altered as altered:
            faults.append(altered.happened)
    return events, faults


def _out_of_order(run: str, events: Iterable[tuple[int, Event]]) -> Iterator[str]:
    """Replay what can be believed, up to the first fault: nobody can tell what may follow it."""
    state: Run | NoRun | None = None
    for place, (number, event) in enumerate(events, 1):
        if number != place:
            return
        try:
            state = after(state, event)
        except Impossible as error:
            yield f"Event {number} of run {run} cannot be where it is: {error}"
            return
