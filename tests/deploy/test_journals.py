"""Laws of the record that nobody can lose: it is checked where nothing but it is left."""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from deploy import journals
from deploy.journal_words import add_journal
from deploy.settings import read_settings
from jobs.people import Button
from jobs.records.archive import data_of
from jobs.records.journal import Entry, History, Journal
from jobs.records.keys import make_key, ring_of
from jobs.runs.events import Finished, StepStarted
from playbooks.core.danger import Danger
from playbooks.core.trouble import Trouble
from tests.check.files import ROOT
from tests.deploy.installed import configuration
from tests.jobs.bench import Place, now
from tests.jobs.work.hands import RUN, begin, drive
from tests.servers import Valkey

OK: Final = "No fault was found in what was checked."


class Auditor:
    """Someone with the configuration and the records, and without any key."""

    def __init__(self, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
        self.place = place
        self.folder = place.folder / "store" / "journal" / RUN
        self._settings = read_settings({"VAULT_RESPONDER_CONFIG": str(configuration(place))})
        self._capsys = capsys

    async def say(self, *words: str) -> tuple[int, str]:
        """Say something after `journal`; the exit code and what was printed."""
        parser = argparse.ArgumentParser()
        add_journal(parser)
        asked = parser.parse_args(words)
        code = await asyncio.to_thread(journals.run, self._settings, asked)
        return code, self._capsys.readouterr().out

    async def verify(self, *words: str) -> tuple[int, str]:
        return await self.say("verify", RUN, *words)

    def event(self, number: int) -> Path:
        return self.folder / f"{number:06d}.json"


@pytest.fixture
async def auditor(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Auditor:
    for name in ("REDIS_URL", "REDIS_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    return Auditor(place, capsys)


async def test_a_whole_record_is_verified_with_the_public_keys_alone(auditor: Auditor) -> None:
    for name in ("worker.key", "looker.key", "bell.key"):
        (auditor.place.folder / name).unlink()
    code, said = await auditor.verify()
    assert code == 0
    assert "1 of them are signed with the looker's key" in said
    assert "It ends with: Toy on toy: done" in said
    assert "Redis was not asked" in said
    assert said.endswith(f"{OK}\n")


async def test_it_is_a_word_of_the_command(auditor: Auditor) -> None:
    def verify() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", "journal", "verify", RUN],
            cwd=ROOT,
            env={"VAULT_RESPONDER_CONFIG": str(auditor.place.folder / "vault-responder.toml")},
            capture_output=True,
            text=True,
            check=False,
        )

    whole = await asyncio.to_thread(verify)
    assert (whole.returncode, whole.stderr) == (0, "")
    auditor.event(2).unlink()
    broken = await asyncio.to_thread(verify)
    assert broken.returncode == 1
    assert "FAULT: Event 2 of run run-1 is missing." in broken.stdout
    assert OK not in broken.stdout


# What somebody does to a record, and how that is told


def _edit(auditor: Auditor) -> None:
    path = auditor.event(3)
    entry = json.loads(path.read_bytes())
    entry["body"] = entry["body"].replace("run-1", "run-9").replace("folder", "house")
    path.write_text(json.dumps(entry))


def _take_out(auditor: Auditor) -> None:
    auditor.event(3).unlink()


def _take_out_two(auditor: Auditor) -> None:
    auditor.event(3).unlink()
    auditor.event(4).unlink()


def _swap(auditor: Auditor) -> None:
    auditor.event(3).rename(auditor.folder / "x")
    auditor.event(4).rename(auditor.event(3))
    (auditor.folder / "x").rename(auditor.event(4))


def _double(auditor: Auditor) -> None:
    shutil.copy(auditor.event(3), auditor.folder / "000099.json")


def _tear(auditor: Auditor) -> None:
    auditor.event(3).write_text("{")


def _take_from_another_run(auditor: Auditor) -> None:
    entry = json.loads(auditor.event(3).read_bytes())
    auditor.event(3).write_text(json.dumps(entry | {"run": "run-2"}))


def _sign_anew(auditor: Auditor) -> None:
    """As somebody who holds a key of their own can: chain and hash fit."""
    mallory = make_key(auditor.place.folder / "mallory.key")
    _put(auditor, 3, Journal(_nobody(auditor), ring_of([mallory.public], []), mallory))


def _let_a_looker_sign(auditor: Auditor) -> None:
    """As somebody who stole a looker's key can."""
    _put(auditor, 3, Journal(_nobody(auditor), auditor.place.ring, auditor.place.key("looker")))


def _let_a_worker_sign_nonsense(auditor: Auditor) -> None:
    _put(auditor, 3, Journal(_nobody(auditor), auditor.place.ring, auditor.place.key("worker")))


def _leave_one_out(auditor: Auditor) -> None:
    """As a worker that was fenced off writes it: signed, and after another event than it says."""
    kept = _kept(auditor)
    journal = Journal(_nobody(auditor), auditor.place.ring, auditor.place.key("worker"))
    before = History(RUN, (*kept.entries[:1], kept.entries[0]), kept.events[:2])
    auditor.event(3).write_bytes(data_of(journal.seal(before, kept.events[2], 1)))


def _nobody(auditor: Auditor) -> Any:
    return auditor.place.address("worker").connect()


def _put(auditor: Auditor, number: int, journal: Journal) -> None:
    """Seal another event in the place of one, and end the record with it."""
    kept = _kept(auditor)
    before = History(RUN, kept.entries[: number - 1], kept.events[: number - 1])
    event = (
        Finished(at=now(), outcome="done")
        if number == len(kept.entries)
        else StepStarted(at=now(), step="Write three", again=False)
    )
    for later in range(number, len(kept.entries) + 1):
        auditor.event(later).unlink()
    auditor.event(number).write_bytes(data_of(journal.seal(before, event, 1)))


def _kept(auditor: Auditor) -> History:
    reader = Journal(_nobody(auditor), auditor.place.ring, None)
    paths = sorted(auditor.folder.glob("*.json"))
    entries = [Entry.model_validate_json(path.read_bytes()) for path in paths]
    return reader.verified(RUN, entries)


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (_edit, "Event 3 of run run-1 does not match its own hash"),
        (_take_out, "Event 3 of run run-1 is missing"),
        (_take_out_two, "Events 3 to 4 of run run-1 are missing"),
        (_swap, "000003.json holds event 4 of run run-1, which is not its place"),
        (_double, "Event 3 of run run-1 is there more than once"),
        (_tear, "000003.json cannot be read as an event"),
        (_take_from_another_run, "is event 3 of run run-2, not of run run-1"),
        (_sign_anew, "Event 3 of run run-1 is not signed by any worker"),
        (_leave_one_out, "Event 3 of run run-1 does not follow event 2"),
        (_let_a_looker_sign, "Event 3 of run run-1 is signed by a looker, who may only plan"),
        (_let_a_worker_sign_nonsense, "Event 3 of run run-1 cannot be where it is"),
    ],
)
async def test_each_harm_is_told_with_the_number_of_the_event(
    auditor: Auditor, harm: Callable[[Auditor], None], fault: str
) -> None:
    harm(auditor)
    code, said = await auditor.verify()
    assert code == 1
    assert fault in said
    assert OK not in said


async def test_every_fault_is_told_at_once(auditor: Auditor) -> None:
    auditor.event(2).unlink()
    _tear(auditor)
    edited = auditor.event(5)
    edited.write_bytes(edited.read_bytes().replace(b'"epoch":', b'"epoch":1'))
    code, said = await auditor.verify()
    assert (code, said.count("FAULT: ")) == (1, 3)
    assert "000003.json cannot be read" in said
    assert "Events 2 to 3 of run run-1 are missing" in said
    assert "Event 5 of run run-1 does not match its own hash" in said


async def test_a_run_that_nobody_knows_is_a_fault(auditor: Auditor) -> None:
    code, said = await auditor.say("verify", "run-404")
    assert code == 1
    assert "FAULT: There is no event of run run-404." in said


@pytest.mark.parametrize("name", ["../run-1", "a/b", "", "*"])
async def test_only_a_name_is_looked_for(auditor: Auditor, name: str) -> None:
    with pytest.raises(Trouble, match="is no name of a run"):
        await auditor.say("verify", name)


async def test_another_store_can_be_named_and_is_not_made(auditor: Auditor, tmp_path: Path) -> None:
    shutil.copytree(auditor.place.folder / "store", tmp_path / "copy")
    auditor.event(3).unlink()
    assert (await auditor.verify("--store", f"file://{tmp_path}/copy"))[0] == 0
    with pytest.raises(Trouble, match="There is no object store"):
        await auditor.verify("--store", f"file://{tmp_path}/nothing")
    assert not (tmp_path / "nothing").exists()


# Compared with Redis


async def test_a_deleted_tail_is_seen_where_redis_is_asked(
    auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = max(auditor.folder.glob("*.json"))
    last.unlink()
    code, said = await auditor.verify()
    assert code == 0
    assert "whether later events are gone cannot be seen from these" in said
    monkeypatch.setenv("REDIS_URL", auditor.place.urls["bot"])
    code, said = await auditor.verify()
    assert code == 1
    assert f"Event {int(last.stem)} of run run-1 is in Redis, and missing here" in said


async def test_what_redis_lost_is_told(
    auditor: Auditor, monkeypatch: pytest.MonkeyPatch, valkey: Valkey
) -> None:
    monkeypatch.setenv("REDIS_URL", auditor.place.urls["bot"])
    admin = valkey.admin()
    lines: Any = admin.xrange(f"journal:{RUN}")
    last = len(lines)
    code, said = await auditor.verify()
    assert (code, f"Redis holds {last} events of it" in said) == (0, True)
    admin.xdel(f"journal:{RUN}", lines[-1][0])
    admin.hset(f"run:{RUN}", mapping={"length": last - 1, "head": lines[-2][1]["hash"]})
    code, said = await auditor.verify()
    assert (code, f"Redis has lost event {last} of run run-1" in said) == (1, True)
    admin.xadd(f"journal:{RUN}", {"body": "forged"})
    code, said = await auditor.verify()
    assert (code, f"In Redis: Event {last} of run run-1 cannot be read" in said) == (1, True)
    admin.flushall()
    code, said = await auditor.verify()
    assert (code, "Redis does not know run run-1, so nothing was compared" in said) == (0, True)


async def test_a_redis_that_does_not_answer_is_told_and_is_no_fault_of_the_record(
    auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    code, said = await auditor.verify()
    assert code == 0
    assert "Redis did not answer" in said
    assert "so nothing was compared with it" in said


async def test_a_signature_of_no_ascii_is_a_fault_and_no_end(auditor: Auditor) -> None:
    entry = json.loads(auditor.event(2).read_bytes())
    entry["signature"] = "é" + entry["signature"][1:]
    auditor.event(2).write_text(json.dumps(entry))
    code, said = await auditor.verify()
    assert code == 1
    assert f"FAULT: Event 2 of run {RUN} is not signed by any worker." in said
