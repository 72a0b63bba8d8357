"""Each import contract is broken once on purpose, to see that it holds."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.check.files import ROOT

PACKAGES: Final = ("bot", "jobs", "playbooks", "deploy")

# File that breaks a contract, what it imports, the contract that must say so.
BREAKS: Final = [
    ("playbooks/steps/bad.py", "jobs.runs", "Deployment sits on the bot"),
    ("deploy/bad.py", "playbooks.systems", "Only composition and the custodian"),
    ("bot/bad.py", "hvac", "The process that talks to Slack cannot reach Vault"),
    ("jobs/work/bad.py", "slack_sdk", "The process that reaches Vault cannot talk to Slack"),
    ("playbooks/core/bad.py", "playbooks.steps", "Inside playbooks"),
    ("playbooks/surprise/__init__.py", "typing", "Inside playbooks"),
    ("playbooks/backups/bad.py", "playbooks.backups.take_backup", "One playbook never leans"),
    ("jobs/people.py", "jobs.runs", "Inside jobs"),
    ("jobs/surprise/__init__.py", "typing", "Inside jobs"),
    ("jobs/runs/bad.py", "subprocess", "Pure packages touch nothing outside"),
    ("playbooks/custodian/bad.py", "redis", "A share goes to Vault and nowhere else"),
    ("deploy/cli.py", "deploy.demo.workspace", "Nothing leans on the demo"),
    ("deploy/demo/workspace/bad.py", "jobs.people", "The workspace stand-in knows nothing"),
]


def _lint(place: Path) -> str:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint_imports, "--no-cache", "--no-logo", place / "pyproject.toml"],
        cwd=place,
        env={"PYTHONPATH": str(place), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("file", "imported", "contract"), BREAKS)
def test_a_contract_that_is_broken_says_so(
    file: str, imported: str, contract: str, tmp_path: Path
) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    bad = tmp_path / file
    bad.parent.mkdir(exist_ok=True)
    (bad.parent / "__init__.py").touch()
    with bad.open("a", encoding="utf-8") as text:
        text.write(f"\nimport {imported}\n")
    broken = [line for line in _lint(tmp_path).splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), broken
