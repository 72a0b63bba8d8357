"""Events that no worker signed, in Valkey or in the store: nobody goes by them, all are told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.evidence import evidence
from tests.attacks.forgery import Entry, needing_nobody, read, with_approvals, write
from tests.stories.demo import ROOT, Demo, until
from tests.stories.people import shown

Forge = Callable[[str, list[Entry]], list[Entry]]


@pytest.mark.parametrize(("forge", "number"), [(with_approvals, 2), (needing_nobody, 1)])
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


def _read(demo: Demo, run: str) -> list[Entry]:
    with demo.journals.redis() as client:
        return read(client, run)


def _write(demo: Demo, run: str, entries: list[Entry]) -> None:
    with demo.journals.redis() as client:
        write(client, run, entries)
