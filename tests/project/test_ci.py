"""The CI script runs every stage, tells all that failed, and ends non-zero if one did."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.check.files import ROOT

_MAKEFILE: Final = """
check: ; @echo checked; exit {check}
test: ; @echo tested CI=$$CI; exit {test}
soak: ; @echo soaked $(MINUTES); exit {soak}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the CI script, and stand-ins for what it would install."""
    (tmp_path / "tools").mkdir()
    for tool in ("chromium", "haproxy", "ssh"):
        (tmp_path / "tools" / tool).write_text("#!/bin/sh\n")
        (tmp_path / "tools" / tool).chmod(0o755)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    return tmp_path


def _run_ci(checkout: Path, **ends: int) -> tuple[int, str]:
    codes = {"check": 0, "test": 0, "soak": 0} | ends
    (checkout / "Makefile").write_text(_MAKEFILE.format(**codes))
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=checkout,
        env={"PATH": f"{checkout / 'tools'}:/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_ci_runs_every_stage_as_ci(checkout: Path) -> None:
    code, says = _run_ci(checkout)
    assert code == 0
    assert "tested CI=true" in says
    assert "soaked 3" in says
    assert "ci: 3 stages passed, 0 failed" in says


@pytest.mark.parametrize("stage", ["check", "test", "soak"])
def test_one_failed_stage_fails_ci_and_the_others_still_run(checkout: Path, stage: str) -> None:
    code, says = _run_ci(checkout, **{stage: 1})
    assert code == 1
    assert f"ci: 2 stages passed, 1 failed (make {stage})" in says
