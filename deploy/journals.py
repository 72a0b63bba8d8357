"""`vault-responder journal`: check a run's record where nothing else is left, and hand it out."""

import argparse
import asyncio
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from redis.exceptions import RedisError

from deploy.compose import stored_objects
from deploy.process import key_ring, now, redis_address
from deploy.settings import Settings
from jobs.records.archive import is_left_behind, kept_objects
from jobs.records.endorsements import endorsements
from jobs.records.export import export, pieces_of
from jobs.records.journal import Altered, History, Journal
from jobs.records.keys import KeyRing, load_key
from jobs.records.verification import Piece, Verdict, examine
from jobs.runs.headline import headline
from jobs.runs.proofs import ProofKind
from jobs.runs.state import Ended, NoRun, Run
from playbooks.core.trouble import Trouble

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class _Found:
    """What was read of a run, and where."""

    where: str
    pieces: tuple[Piece, ...]
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Do what was asked; 1 where the record has a fault. Raises Trouble."""
    if _NAME.fullmatch(asked.run) is None:
        raise Trouble(
            f"“{asked.run}” is no name of a run", left="nothing was read", do="see `/vault runs`"
        )
    if asked.deed == "verify":
        return asyncio.run(_verify(settings, asked, os.environ))
    return asyncio.run(_export(settings, asked.run, asked.to))


async def _verify(
    settings: Settings, asked: argparse.Namespace, environment: Mapping[str, str]
) -> int:
    ring = key_ring(settings.journal)
    found = (
        _in_file(asked.run, asked.file, ring)
        if asked.file is not None
        else await _in_store(settings, asked.run, asked.store)
    )
    verdict = examine(asked.run, found.pieces, ring)
    differs, compared = await _compared(verdict, ring, environment)
    signed, unsigned = _by_people(settings, verdict.history)
    faults = (*found.faults, *verdict.faults, *unsigned, *differs)
    print(f"Run {asked.run}, {found.where}.")
    if not verdict.faults:
        print(*_what_holds(verdict.history, ring), sep="\n")
    print(*(f"{note}." for note in (*signed, *found.notes, compared)), sep="\n")
    if faults:
        print(*(f"FAULT: {fault}." for fault in faults), sep="\n")
        return 1
    print("No fault was found in what was checked.")
    return 0


def _in_file(run: str, file: Path, ring: KeyRing) -> _Found:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Trouble(
            f"{file} cannot be read ({error.strerror})", left="nothing was checked", do="mend that"
        ) from error
    pieces, faults = pieces_of(run, data, ring)
    return _Found(f"as {file} has it", pieces, faults, ("The object store was not asked",))


async def _in_store(settings: Settings, run: str, url: str | None) -> _Found:
    table = settings.journal.records
    if url is not None:
        table = type(table).model_validate({**table.model_dump(), "url": url})
    parts = urlsplit(table.url)
    if parts.scheme == "file" and not Path(parts.path).is_dir():
        raise Trouble(
            f"There is no object store at {table.url}",
            left="nothing was checked",
            do="name another",
        )
    objects = stored_objects(table)
    left = await is_left_behind(objects, run)
    notes = (f"It was left behind: nobody carries run {run} on",) if left else ()
    return _Found(f"as {table.url} has it", await kept_objects(objects, run), (), notes)


def _what_holds(history: History, ring: KeyRing) -> Iterable[str]:
    first, last = history.events[0].at, history.events[-1].at
    count = len(history.entries)
    yield f"{count} events, from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC."
    yield "Each follows the one before it, and comes where it may come."
    for id in sorted({entry.key for entry in history.entries}):
        signed = sum(entry.key == id for entry in history.entries)
        yield f"{signed} of them are signed with the {ring.keys[id][0]}'s key {id}."
    state = history.state
    ended = isinstance(state, NoRun) or (isinstance(state, Run) and isinstance(state.stage, Ended))
    if state is not None:
        yield f"It ends with: {headline(state)}."
    if not ended:
        yield "The run had not ended: whether later events are gone cannot be seen from these."


def _by_people(settings: Settings, history: History) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Check what approvers signed, each over the plan's text: what holds, and what does not."""
    try:
        signers = settings.approval.signers()
    except Trouble as trouble:
        return (f"What approvers signed was not checked: {trouble.happened}",), ()
    notes, faults = [], []
    for each in endorsements(history):
        which = f"{each.by}'s approval, event {each.number},"
        what = "the plan" if each.order is None else f"standing order {each.order}"
        if each.proof is not ProofKind.SIGNATURE:
            notes.append(f"For {which} there is the worker's word alone: it was a {each.proof}")
        elif each.holds(signers):
            notes.append(f"The signature of {which} holds over the text of {what}")
        else:
            faults.append(f"The signature of {which} does not hold with the allowed signers of now")
    return tuple(notes), tuple(faults)


async def _compared(
    verdict: Verdict, ring: KeyRing, environment: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """Compare with Redis where there is one: faults, and what was compared."""
    run = verdict.history.run
    if not {"REDIS_URL", "REDIS_URL_FILE"} & environment.keys():
        return (), "Redis was not asked: neither REDIS_URL nor REDIS_URL_FILE is set"
    connection = redis_address(environment).connect(patient=False)
    try:
        there = await Journal(connection, ring, None).read(run)
    except RedisError as error:
        return (), f"Redis did not answer ({type(error).__name__}), so nothing was compared with it"
    except Altered as altered:
        return (f"In Redis: {altered.happened}",), "Redis was asked"
    finally:
        await connection.close()
    if not there.entries:
        return (), f"Redis does not know run {run}, so nothing was compared with it"
    if verdict.faults:
        return (), "Redis was not compared with this, because of the faults"
    return _differences(verdict.history, there), f"Redis holds {len(there.entries)} events of it"


def _differences(kept: History, there: History) -> tuple[str, ...]:
    run = kept.run
    pairs = enumerate(zip(kept.entries, there.entries, strict=False), 1)
    for number, (one, other) in pairs:
        if one != other:
            return (f"Event {number} of run {run} is another one in Redis",)
    if len(kept.entries) > len(there.entries):
        return (f"Redis has lost event {len(there.entries) + 1} of run {run} and what follows",)
    if len(kept.entries) < len(there.entries):
        return (f"Event {len(kept.entries) + 1} of run {run} is in Redis, and missing here",)
    return ()


async def _export(settings: Settings, run: str, to: Path) -> int:
    key, ring = load_key(settings.worker.signing_key_file), key_ring(settings.journal)
    found = await _in_store(settings, run, None)
    verdict = examine(run, found.pieces, ring)
    if verdict.faults:
        raise Trouble(
            _listed(verdict.faults),
            left="nothing was written, since nobody can vouch for this record",
            do=f"look closer with `vault-responder journal verify {run}`",
        )
    _write_new(to, export(verdict.history, key, ring, now()))
    count = len(verdict.history.entries)
    print(f"{count} events of run {run} are in {to}, with a statement signed by key {key.id}.")
    return 0


def _listed(faults: Sequence[str]) -> str:
    more = f" and {len(faults) - 1} more faults" if len(faults) > 1 else ""
    return f"{faults[0]}{more}"


def _write_new(path: Path, data: bytes) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise Trouble(
            f"{path} cannot be written ({error.strerror})",
            left="what is there is unchanged",
            do="name a new file in a folder of yours",
        ) from error
