"""Takes each defence out in turn, and sees its test fail: `python -m tests.attacks`."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.attacks.mutations import MUTATIONS, Edit
from tests.attacks.table import Row, rows
from tests.check.files import ROOT, repository_files

_FAILED: Final = 1  # pytest's code where tests ran and failed; an error of its own has another.
_WITHIN: Final = 180


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--only", default="", help="rows whose attack holds these words")
    only = parser.parse_args().only
    chosen = [row for row in rows() if only in row.attack]
    with tempfile.TemporaryDirectory(prefix="attacks-") as made:
        copy = _copied(Path(made))
        code, said = _run(copy, sorted({row.node for row in chosen}))
        if code != 0:
            print(f"{said}\nTests must pass before a defence is taken out of them")
            return 1
        missed = [row.attack for row in chosen if not _is_caught(copy, row)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} tests failed without their defence")
    return 1 if missed else 0


def _is_caught(copy: Path, row: Row) -> bool:
    begun = time.monotonic()
    with _without(copy, MUTATIONS[row.attack]):
        code, said = _run(copy, [row.node])
    caught = code == _FAILED
    why = re.findall(r"^E +(.+)$", said, re.MULTILINE)
    shown = "caught" if caught else "NOT CAUGHT"
    seconds = time.monotonic() - begun
    print(f"{shown:<10} {seconds:5.1f} s  {row.attack}: {(why or [''])[0][:90]}", flush=True)
    return caught


def _copied(to: Path) -> Path:
    for file in repository_files():
        place = to / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)
    return to


@contextmanager
def _without(copy: Path, edits: Sequence[Edit]) -> Iterator[None]:
    before = {edit.file: (copy / edit.file).read_text(encoding="utf-8") for edit in edits}
    for edit in edits:
        place = copy / edit.file
        text = place.read_text(encoding="utf-8")
        place.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    try:
        yield
    finally:
        for file, text in before.items():
            (copy / file).write_text(text, encoding="utf-8")


def _run(copy: Path, nodes: Sequence[str]) -> tuple[int, str]:
    words = ("-q", "-x", "-p", "no:cacheprovider", "--timeout", str(_WITHIN))
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *words, *nodes],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
