"""Before anything is installed, each thing that is missing is said in one sentence."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.check.files import ROOT

# Answers as deploy/setup.sh asks: its version, whether that is new enough, whether it has venv.
_STAND_IN: Final = """#!/bin/sh
case "$2" in
    *python_version*) echo {version} ;;
    *version_info*) exit {too_old} ;;
    *ensurepip*) exit {no_venv} ;;
    *) exit {no_pip} ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with setup.sh, and a PATH below it that holds nothing but what a test puts there."""
    (tmp_path / "bin").mkdir()
    for tool in ("dirname", "touch"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    shutil.copytree(ROOT / "deploy" / "lock", tmp_path / "deploy" / "lock")
    shutil.copy(ROOT / "deploy" / "setup.sh", tmp_path / "deploy")
    return tmp_path


def _put_python(place: Path, version: str, *, new_enough: bool, has_venv: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(
        _STAND_IN.format(
            version=version, too_old=int(not new_enough), no_venv=int(not has_venv), no_pip=1
        )
    )
    place.chmod(0o755)


def _set_up(checkout: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/sh", "deploy/setup.sh", "demo"],
        cwd=checkout,
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.strip()


def test_no_python_is_said_in_one_sentence(checkout: Path) -> None:
    code, says = _set_up(checkout)
    assert code == 1
    assert says == (
        "vault-responder: Python 3.11 or newer is needed and no Python was found; "
        "install one, then run this again."
    )


def test_an_old_python_is_named(checkout: Path) -> None:
    _put_python(checkout / "bin" / "python3", "3.9.2", new_enough=False, has_venv=True)
    code, says = _set_up(checkout)
    assert code == 1
    assert "Python 3.11 or newer is needed and Python 3.9.2 was found" in says


def test_a_missing_venv_module_is_named_with_its_package(checkout: Path) -> None:
    _put_python(checkout / "bin" / "python3", "3.12.4", new_enough=True, has_venv=False)
    code, says = _set_up(checkout)
    assert code == 1
    assert "Python 3.12.4 has no venv module" in says
    assert "apt-get install python3.12-venv" in says


def test_an_old_python_beside_a_new_one_is_passed_over(checkout: Path) -> None:
    _put_python(checkout / "bin" / "python3", "3.9.2", new_enough=False, has_venv=True)
    _put_python(checkout / "bin" / "python3.11", "3.11.2", new_enough=True, has_venv=False)
    _, says = _set_up(checkout)
    assert "Python 3.11.2 has no venv module" in says


def test_a_failed_install_is_said_and_leaves_no_stamp(checkout: Path) -> None:
    ready = checkout / ".venv" / "bin" / "python"
    ready.parent.mkdir(parents=True)
    # Has pip by its own word, and fails at every install.
    ready.write_text('#!/bin/sh\n[ "$1" = -c ]\n')
    ready.chmod(0o755)
    code, says = _set_up(checkout)
    assert code == 1
    assert "pip could not install deploy/lock/demo.txt" in says
    assert not (checkout / ".venv" / "installed-demo").exists()
