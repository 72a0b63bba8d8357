"""Snapshots of any size pass in constant memory."""

import json
import subprocess
import sys
from pathlib import Path

from tests.check.files import ROOT


def test_320_megabytes_are_sealed_and_opened_in_less_than_200_of_memory(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.systems.big_streams", "320", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    measured = json.loads(run.stdout)
    print(measured)
    assert measured["peak MB"] < 200
