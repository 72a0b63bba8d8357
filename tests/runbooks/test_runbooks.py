"""What `python -m playbooks NAME` prints is what was last read aloud and found good."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from playbooks import backups
from playbooks.core import catalogue
from playbooks.core.playbook import Playbook

HERE: Final = Path(__file__).parent
NAMES: Final = sorted(catalogue.named(backups, "PLAYBOOK", Playbook))


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_is_the_one_that_was_read_aloud(name: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "playbooks", name], capture_output=True, text=True, check=True
    )
    assert said.stdout == (HERE / f"{name}.md").read_text(encoding="utf-8")
    assert "{" not in said.stdout


def test_without_a_name_it_says_which_there_are() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "playbooks"], capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert all(name in said.stderr for name in NAMES)
