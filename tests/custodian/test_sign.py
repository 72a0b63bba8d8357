"""An approver reads on their own terminal what they sign, and signs nothing by accident."""

import os
import pty
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.records.signers import read_allowed_signers
from jobs.runs.statement import glass_statement, statement
from playbooks.core.statement import Statement, expiry
from playbooks.core.trouble import Trouble
from playbooks.custodian.sign import Signer
from tests.check.files import ROOT
from tests.jobs.runs.moments import PLANNED
from tests.ssh import SshKey, make_ssh_key
from tests.windows import Window

PLAN = statement(PLANNED)
ORDER = Statement(
    kind="standing order",
    facts=(("Cluster", "prod"), expiry(datetime(2026, 12, 1, tzinfo=UTC))),
)
BELOW = " " * 4  # What a long line goes on with.
LONG_AFTER = datetime(2026, 12, 1, tzinfo=UTC)
BEFORE = PLANNED.expires_at - timedelta(minutes=30)


@pytest.fixture
def key(tmp_path: Path) -> SshKey:
    return make_ssh_key(tmp_path, "bob")


@dataclass
class Person:
    """Reads, and types what they were told to type."""

    types: str
    read: str = ""

    def __call__(self, shown: str, question: str) -> str:
        self.read = shown + question
        return self.types


def test_what_is_signed_is_what_was_shown(key: SshKey, tmp_path: Path) -> None:
    person = Person("prod\n")
    signature = Signer(key.file, tmp_path / "last", BEFORE).sign(PLAN, person)
    assert PLAN.text().rstrip() in person.read.replace(f"\n{BELOW}", " ")
    known = read_allowed_signers(key.allowed, "a test")
    assert known.signer(PLAN.text(), signature, BEFORE) == "bob"


@pytest.mark.parametrize("typed", ["", "yes", "dev", "prod2"])
def test_nothing_is_signed_unless_the_clusters_name_is_typed(
    key: SshKey, tmp_path: Path, typed: str
) -> None:
    with pytest.raises(Trouble, match="did not confirm"):
        Signer(key.file, tmp_path / "last", BEFORE).sign(PLAN, Person(typed))
    assert not (tmp_path / "last").exists()


@pytest.mark.parametrize("filler", [".", "so ", "\u2800", "\u5c71"], ids=ascii)
def test_no_words_of_a_reason_begin_a_line(key: SshKey, tmp_path: Path, filler: str) -> None:
    false = "Approvals needed: 0, for a rehearsal"
    person = Person("prod")
    for length in range(20, 70, 5):
        reason = f"disk lost {(filler * length)[:length]}{false}"
        text = statement(PLANNED.model_copy(update={"reason": reason}))
        Signer(key.file, tmp_path / "last", BEFORE).sign(text, person)
        lines = [line for line in person.read.splitlines() if not line.startswith(BELOW)]
        assert all(_columns(line) <= 72 for line in person.read.splitlines()[:-1])
        assert [line for line in lines if line.startswith("App")] == [
            f"Approvals needed: {PLANNED.needs}, each by {PLANNED.proof}"
        ]


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "FW" else 1 for letter in line)


def test_a_signature_is_not_lost_where_nothing_can_be_remembered(
    key: SshKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    signer = Signer(key.file, tmp_path / "file" / "last", BEFORE)
    signature = signer.sign(PLAN, Person("prod"))
    assert read_allowed_signers(key.allowed, "a test").signer(PLAN.text(), signature, BEFORE)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("WARNING: ")
    assert said.err.count("\n") == 1


def test_a_text_that_has_expired_is_not_signed(key: SshKey, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="expired"):
        Signer(key.file, tmp_path / "last", PLANNED.expires_at).sign(PLAN, Person("prod"))


def test_what_an_approver_might_miss_is_said(key: SshKey, tmp_path: Path) -> None:
    last = tmp_path / "last"
    Signer(key.file, last, BEFORE).sign(PLAN, Person("prod"))
    dev = statement(PLANNED.model_copy(update={"cluster": "dev"}))
    assert "last time you signed for prod" in _warned(key, last, dev)
    assert "last time" not in _warned(key, last, PLAN)
    assert "nobody else is asked" in _warned(key, last, glass_statement(PLANNED, "it burns"))
    late = Signer(key.file, last, PLANNED.expires_at - timedelta(minutes=2))
    assert "within 5 minutes" in " ".join(late.warnings(PLAN))


def _warned(key: SshKey, last: Path, text: Statement) -> str:
    return " ".join(Signer(key.file, last, BEFORE).warnings(text))


@pytest.fixture
def window(key: SshKey, tmp_path: Path) -> Iterator[Window]:
    """The command on a terminal that is its own, with a text that does not expire meanwhile."""
    far = PLANNED.model_copy(update={"expires_at": PLANNED.expires_at + timedelta(days=3650)})
    (tmp_path / "plan.txt").write_text(statement(far).text(), encoding="utf-8")
    words = ("sign", str(tmp_path / "plan.txt"), "--key", str(key.file))
    command = [sys.executable, "-m", "deploy.cli", *words, "--memory", str(tmp_path / "last")]
    child, master = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execv(command[0], command)  # noqa: S606 -- the child of this test
    found = Window.__new__(Window)
    found.master, found.shown = master, ""
    yield found
    os.close(master)
    os.waitpid(child, 0)


def test_the_command_prints_what_to_paste(window: Window) -> None:
    shown = window.until(lambda seen: "type the cluster's name (prod):" in seen)
    assert "I approve this one run" in shown
    window.type("prod\n")
    shown = window.until(lambda seen: "-----END SSH SIGNATURE-----" in seen)
    assert "Paste all of this" in shown


def test_what_runs_every_day_says_so_before_it_is_signed(key: SshKey, tmp_path: Path) -> None:
    person = Person("prod\n")
    Signer(key.file, tmp_path / "last", BEFORE).sign(ORDER, person)
    assert "it runs every day until 2026-12-01 00:00 UTC, and nobody is asked again" in person.read
    with pytest.raises(Trouble, match="last day of this standing order is over"):
        Signer(key.file, tmp_path / "last", LONG_AFTER).sign(ORDER, person)
