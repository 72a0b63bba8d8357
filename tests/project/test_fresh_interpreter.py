"""What a process really loads: a linter reads imports, a fresh interpreter runs them."""

import subprocess
import sys
from typing import Final

import pytest

from tests.check.files import ROOT

# Imports every module of a package, then prints what is loaded, one name a line.
_LOAD: Final = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("\\n".join(sys.modules))
"""

APART: Final = [
    ("bot", ("hvac", "playbooks.systems", "playbooks.custodian", "jobs.work.worker", "deploy")),
    ("jobs", ("slack_bolt", "slack_sdk", "bot", "deploy")),
    ("playbooks", ("slack_bolt", "slack_sdk", "rq", "bot", "jobs", "deploy")),
    ("deploy.demo.workspace", ("slack_bolt", "slack_sdk", "bot", "jobs", "playbooks")),
]


def _loaded_with(package: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", _LOAD, package],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(run.stdout.split())


@pytest.mark.parametrize(("package", "never"), APART, ids=[package for package, _ in APART])
def test_a_package_loads_nothing_it_must_live_without(package: str, never: tuple[str, ...]) -> None:
    loaded = _loaded_with(package)
    assert package in loaded
    assert {name for name in never if name in loaded} == set()
