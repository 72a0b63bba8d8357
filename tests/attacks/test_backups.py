"""Backups that are cut off, altered or foreign: refused before anyone touches the cluster."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.compose import _signatures, _store
from deploy.process import key_ring
from jobs.people import Button, Who
from jobs.records.keys import load_key
from playbooks.core.world.backups import Associated
from playbooks.systems.backup_key import BackupKey, create_key
from playbooks.systems.backups import StoredBackups
from tests.attacks.evidence import evidence
from tests.stories.demo import Demo

_ALICE = Who(id="U0ALICE", standing="member")
_CUTS = 20


def test_a_backup_that_does_not_open_as_it_should_is_refused_before_the_cluster_is_touched(
    demo: Demo, tmp_path: Path
) -> None:
    """Each stands in the true one's place in the demo's own store, and each is tried in turn."""
    run = demo.people.ask("restore latest reason an attack on the store")
    planned = demo.journals.wait(run, "planned")
    place = demo.house.store / planned["plan"]["backup"]["object_keys"][0]
    true = place.read_bytes()
    before = evidence(demo)
    try:
        first, *others = _broken(demo, true, tmp_path)
        place.write_bytes(first[1])
        demo.approve(run)
        _is_refused(demo, run, 0, first[0])
        for name, data in others:
            known = len(demo.journals.events(run))
            place.write_bytes(data)
            demo.journals.press(run, Button.TRY_AGAIN, _ALICE)
            _is_refused(demo, run, known, name)
    finally:
        place.write_bytes(true)
    assert len(others) == _CUTS + 4
    assert evidence(demo) == before
    assert demo.journals.kinds(run).count("step done") == 0
    demo.journals.give_up(run)


def test_a_catalogue_entry_that_no_worker_signed_is_never_planned_with(demo: Demo) -> None:
    before = evidence(demo)
    entry = max((demo.house.store / "catalogue").glob("vault-snapshot-*.json"))
    true = entry.read_bytes()
    outer = json.loads(true)
    record = json.loads(outer["record"])
    altered = outer | {"record": json.dumps(record | {"raft_index": record["raft_index"] + 1})}
    try:
        entry.write_text(json.dumps(altered), encoding="utf-8")
        run = demo.people.ask(f"restore {entry.stem}")
        refused = demo.journals.wait(run, "plan refused")
    finally:
        entry.write_bytes(true)
    assert any("is altered, or not signed by a worker" in each for each in refused["reasons"])
    assert evidence(demo) == before


def test_a_backup_of_another_cluster_is_never_planned_with(demo: Demo) -> None:
    """Signed by our own worker, and lying in this cluster's store all the same."""
    before = evidence(demo)
    store = _own_store(demo)
    name = "vault-snapshot-20200101-000000"
    newest = asyncio.run(store.all("prod"))[0]
    foreign = newest.model_copy(update={"cluster": "staging", "name": name})
    asyncio.run(store.enter(foreign))
    try:
        run = demo.people.ask(f"restore {name}")
        refused = demo.journals.wait(run, "plan refused")
    finally:
        (demo.house.store / "catalogue" / f"{name}.json").unlink()
    assert any("is a backup of staging, not of prod" in each for each in refused["reasons"])
    assert evidence(demo) == before


@pytest.mark.parametrize("nothing", [b"", b"<html><body>503 Service Unavailable</body></html>"])
def test_a_catalogue_entry_that_is_none_is_never_planned_with(demo: Demo, nothing: bytes) -> None:
    entry = max((demo.house.store / "catalogue").glob("vault-snapshot-*.json"))
    true = entry.read_bytes()
    try:
        entry.write_bytes(nothing)
        run = demo.people.ask(f"restore {entry.stem}")
        refused = demo.journals.wait(run, "plan refused")
    finally:
        entry.write_bytes(true)
    assert any("is no signed record" in each for each in refused["reasons"])


def _broken(demo: Demo, true: bytes, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every way to be wrong, with its name."""
    for part in range(1, _CUTS + 1):
        offset = len(true) * part // (_CUTS + 1)
        yield f"cut off at {offset}", true[:offset]
    middle = len(true) // 2
    yield "flipped", true[:middle] + bytes([true[middle] ^ 1]) + true[middle + 1 :]
    yield "empty", b""
    key = BackupKey(demo.house.secret("worker", "backup.key"))
    ours = Associated(cluster="prod", generation=1)
    archive = b"".join(key.decrypt(ours, iter([true]), "ours"))
    yield "of another cluster", _sealed(key, Associated(cluster="staging", generation=1), archive)
    yield "of another generation", _sealed(key, Associated(cluster="prod", generation=2), archive)
    create_key(folder / "other.key")
    yield "for another key", _sealed(BackupKey(folder / "other.key"), ours, archive)


def _sealed(key: BackupKey, bound: Associated, archive: bytes) -> bytes:
    async def one() -> AsyncIterator[bytes]:
        yield archive

    async def sealed() -> bytes:
        return b"".join([part async for part in key.encrypt(bound, one())])

    return asyncio.run(sealed())


def _is_refused(demo: Demo, run: str, after: int, name: str) -> None:
    """The next step that fails is the first one, and it says what is true now."""
    failed = demo.journals.wait_after(run, after, "step failed")
    assert failed["step"].startswith("Prove that vault-snapshot-"), name
    assert "does not open as a backup of prod" in failed["happened"], (name, failed)
    assert failed["left"], name


def _own_store(demo: Demo) -> StoredBackups:
    settings = demo.settings
    key = load_key(settings.worker.signing_key_file)
    return _store(settings.clusters["prod"], _signatures(key, key_ring(settings.journal)), None)
