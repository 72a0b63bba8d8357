"""The wheel holds the product without the demo, and works installed bare, with no checkout."""

import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.check.files import ROOT

# Imports every module named on standard input.
_IMPORT_ALL = (
    "import importlib, sys; [importlib.import_module(n) for n in sys.stdin.read().split()]"
)


def _run(*command: str | Path, cwd: Path, given: str = "") -> str:
    done = subprocess.run(
        command, cwd=cwd, input=given, text=True, capture_output=True, check=False, env={}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    hatchling = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    _run(*hatchling, "--directory", place, cwd=ROOT)
    (built,) = place.glob("vault_responder-*.whl")
    return built


@pytest.fixture(scope="module")
def bare_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with this wheel and the packages of run.txt, and nothing else."""
    place = tmp_path_factory.mktemp("bare")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    install = ["install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    _run(sys.executable, "-m", "pip", "--python", python, *install, cwd=place)
    (site_packages,) = place.glob("lib/python*/site-packages")
    _borrow_locked_packages(site_packages)
    return python


def _borrow_locked_packages(site_packages: Path) -> None:
    lock = (ROOT / "deploy" / "lock" / "run.txt").read_text(encoding="utf-8")
    for line in re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE):
        needed = Requirement(line.strip())
        if needed.marker is not None and not needed.marker.evaluate():
            continue  # For another platform or Python.
        package = distribution(needed.name)
        tops = {file.parts[0] for file in package.files or () if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            (site_packages / top).symlink_to(Path(str(package.locate_file(top))))


def _modules(wheel: Path) -> set[str]:
    names = zipfile.ZipFile(wheel).namelist()
    return {name.removesuffix(".py").replace("/", ".") for name in names if name.endswith(".py")}


def test_the_wheel_holds_the_four_packages_and_no_demo(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"bot", "jobs", "playbooks", "deploy"}
    assert [name for name in names if name.startswith(("deploy/demo", "deploy/lock"))] == []


def test_the_wheel_holds_every_committed_module_but_the_demo(wheel: Path) -> None:
    listed = _run("git", "ls-files", "bot", "jobs", "playbooks", "deploy", cwd=ROOT).split()
    wanted = {
        name.removesuffix(".py").replace("/", ".")
        for name in listed
        if name.endswith(".py") and not name.startswith("deploy/demo/")
    }
    assert wanted - _modules(wheel) == set()


def test_every_module_of_the_wheel_imports_in_a_bare_environment(
    wheel: Path, bare_python: Path, tmp_path: Path
) -> None:
    modules = {name.removesuffix(".__init__") for name in _modules(wheel)}
    runnable = {name for name in modules if name.endswith("__main__")}
    _run(bare_python, "-c", _IMPORT_ALL, cwd=tmp_path, given="\n".join(sorted(modules - runnable)))


def test_the_installed_command_says_what_it_can_do(bare_python: Path, tmp_path: Path) -> None:
    says = _run(bare_python.with_name("vault-responder"), "--help", cwd=tmp_path)
    assert [word for word in ("bot", "worker", "scheduler", "command") if word not in says] == []
