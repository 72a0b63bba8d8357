"""Events that no worker signed, in Valkey or in the store: nobody goes by them, all are told."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.evidence import evidence
from tests.stories.demo import ROOT, Demo, until
from tests.stories.people import Json, shown

Entry = dict[str, str]
Forge = Callable[[str, list[Entry]], list[Entry]]


def _approvals(run: str, entries: list[Entry]) -> list[Entry]:
    """Two approvals, chained as they should be, under a worker's name and without its key."""
    for person in ("bob", "carol"):
        planned = json.loads(entries[0]["body"])
        event = {
            "kind": "approved",
            "at": datetime.now(UTC).isoformat(),
            "press": {"id": f"q-{person}", "by": person, "account": f"U0{person.upper()}"},
            "digest": planned["digest"],
        }
        entries = [*entries, _chained(run, entries[-1], json.dumps(event))]
    return entries


def _needs_nobody(run: str, entries: list[Entry]) -> list[Entry]:
    """The plan as it was signed, but for how many must approve it."""
    planned = json.loads(entries[0]["body"]) | {"needs": 0}
    altered = {**entries[0], "body": json.dumps(planned)}
    return [altered | {"hash": _hash(run, altered)}]


@pytest.mark.parametrize(("forge", "number"), [(_approvals, 2), (_needs_nobody, 1)])
def test_a_forged_journal_is_left_alone_and_told(demo: Demo, forge: Forge, number: int) -> None:
    before = evidence(demo)
    run = demo.people.ask("restore latest reason an attack on Valkey")
    demo.journals.wait(run, "planned")
    until(lambda: "press:approve" in demo.people.buttons(run), 20, "the card")
    true = _read(demo, run)
    forged = forge(run, true)
    _write(demo, run, forged)
    says = f"Event {number} of run {run} is not signed by any worker"
    try:
        pressed = demo.people.press(run, "press:approve", "U0DAVE")
        assert says in shown(pressed["ephemeral"])
        if len(forged) > len(true):  # What it has read and believed once it reads from memory.
            assert says in demo.people.told(f"run {run}")
        demo.journals.wake(run)
        until(lambda: _told(demo, run, says), 30, "the bot's word in the thread")
        until(lambda: says in (demo.journals.note(run) or ""), 30, "the worker's word")
        assert _read(demo, run) == forged
        assert evidence(demo) == before
    finally:
        _write(demo, run, true)
    demo.journals.give_up(run)
    assert demo.journals.last(run)["kind"] == "cancelled"


def test_who_alters_the_record_in_the_store_is_found_without_any_server(demo: Demo) -> None:
    """On a copy of the demo's own records, by the command that an auditor uses."""
    run = demo.people.ask("backup reason a record to attack")
    demo.journals.wait(run, "finished")
    bodies = [entry.body for entry in demo.journals.verified(run).entries]
    until(lambda: demo.journals.copies(run) == bodies, 30, "the store's copy of each event")
    copy = demo.folder / "copied"
    shutil.copytree(demo.house.records / "journal" / run, copy / "journal" / run)
    assert _verify(demo, run, copy) == (0, ["No fault was found in what was checked."])
    last = max((copy / "journal" / run).glob("*.json"))
    last.unlink()
    gone = f"FAULT: Event {len(bodies)} of run {run} is in Redis, and missing here."
    assert _verify(demo, run, copy) == (1, [gone])
    edited = copy / "journal" / run / "000001.json"
    edited.write_text(edited.read_text().replace("a record to attack", "a record as it was"))
    altered = f"FAULT: Event 1 of run {run} does not match its own hash."
    assert _verify(demo, run, copy) == (1, [altered])
    assert demo.journals.copies(run) == bodies


def _verify(demo: Demo, run: str, store: Path) -> tuple[int, list[str]]:
    """Check a record as an auditor who may ask Redis; the code, and what was found."""
    said = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "journal", "verify", run, "--store", store.as_uri()],
        cwd=ROOT,
        env={**os.environ, **demo.environment("bot")},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = said.stdout.splitlines()
    return said.returncode, [line for line in lines if line.startswith(("FAULT", "No fault"))]


def _told(demo: Demo, run: str, says: str) -> bool:
    return any(says in shown(each) for each in demo.people.thread(run))


def _chained(run: str, last: Entry, body: str) -> Entry:
    entry = {
        "number": str(int(last["number"]) + 1),
        "previous": last["hash"],
        "key": last["key"],
        "epoch": last["epoch"],
        "signature": last["signature"],
        "body": body,
    }
    return entry | {"hash": _hash(run, entry)}


def _hash(run: str, entry: Entry) -> str:
    fields: list[Any] = [run, int(entry["number"]), entry["previous"], entry["key"]]
    whole = json.dumps([*fields, int(entry["epoch"]), entry["body"]], separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


def _read(demo: Demo, run: str) -> list[Entry]:
    with demo.journals.redis() as client:
        lines: Any = client.xrange(f"journal:{run}")
    return [dict(fields) for _, fields in lines]


def _write(demo: Demo, run: str, entries: list[Entry]) -> None:
    """Put a whole journal in place of another, as who owns Valkey can."""
    head: Json = {"length": len(entries), "head": entries[-1]["hash"]}
    with demo.journals.redis() as client, client.pipeline() as pipe:
        pipe.delete(f"journal:{run}")
        for entry in entries:
            fields: Any = entry
            pipe.xadd(f"journal:{run}", fields)
        pipe.hset(f"run:{run}", mapping=head)
        pipe.xadd("feed", {"run": run, "number": len(entries), "kind": "approved"})
        pipe.execute()
