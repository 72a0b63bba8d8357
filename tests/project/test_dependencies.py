"""Every dependency has its reason, and every installed file its hash."""

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

from tests.check.files import ROOT

LOCKS: Final = ("run", "demo", "dev")
_PIN: Final = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)", re.MULTILINE)
_DEPENDENCY: Final = re.compile(r'^    "(?P<name>[\w.-]+)[><=~!].*?",\s*(?P<reason># \S.*)?$')
_HASH: Final = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def _project() -> str:
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def _lock(name: str) -> Path:
    return ROOT / "deploy" / "lock" / f"{name}.txt"


def _pins(name: str) -> dict[str, str]:
    return dict(_PIN.findall(_lock(name).read_text(encoding="utf-8")))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> dict[str, set[str]]:
    """What each lock must hold at least."""
    project = tomllib.loads(_project())
    extras = project["project"]["optional-dependencies"]
    run = project["project"]["dependencies"] + extras["custodian"]
    demo = run + extras["demo"]
    groups = project["dependency-groups"]
    demo += groups["build"]
    wanted = {"run": run, "demo": demo, "dev": demo + groups["dev"]}
    return {
        lock: {_normal(re.split(r"[><=~!\[]", text)[0]) for text in texts}
        for lock, texts in wanted.items()
    }


def test_every_dependency_has_a_reason_beside_it() -> None:
    found = [match for line in _project().splitlines() if (match := _DEPENDENCY.match(line))]
    assert {_normal(match["name"]) for match in found} >= _declared()["dev"]
    assert [match["name"] for match in found if match["reason"] is None] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_dependency_and_says_the_hash_of_every_file(lock: str) -> None:
    pins = _pins(lock)
    assert _declared()[lock] - pins.keys() == set()
    for entry in re.split(r"\n(?=\S)", _lock(lock).read_text(encoding="utf-8").strip()):
        pin, *hashes = entry.splitlines()
        assert _PIN.match(pin), pin
        assert hashes, pin
        assert [line for line in hashes if not _HASH.match(line)] == [], pin


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(lock: str) -> None:
    text = _lock(lock).read_text(encoding="utf-8")
    assert re.findall(r"://|index-url|find-links|trusted-host", text) == []


def test_the_locks_agree_with_each_other() -> None:
    run, demo, dev = (_pins(lock) for lock in LOCKS)
    assert run.items() <= demo.items() <= dev.items()
