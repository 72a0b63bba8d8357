"""A missing server is never mistaken for a passed test."""

import os
import subprocess
import sys
from pathlib import Path

from tests.check.files import ROOT

_TEST = """
from tests.servers import absent

def test_something():
    absent("a server of dreams")
"""


def _run(folder: Path, *, ci: bool) -> subprocess.CompletedProcess[str]:
    (folder / "test_dream.py").write_text(_TEST, encoding="utf-8")
    rest = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", str(folder)],
        cwd=ROOT,
        env={**rest, "PYTHONPATH": str(ROOT), **({"CI": "true"} if ci else {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_in_ci_a_missing_server_fails(tmp_path: Path) -> None:
    run = _run(tmp_path, ci=True)
    assert run.returncode == 1
    assert "a server of dreams is missing" in run.stdout


def test_elsewhere_the_summary_names_what_did_not_run(tmp_path: Path) -> None:
    run = _run(tmp_path, ci=False)
    assert run.returncode == 0
    assert "did not run: a server of dreams" in run.stdout.splitlines()
