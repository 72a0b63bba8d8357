"""`python -m tests.bench`: measure, print a table, write bench/results.json, judge the targets."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.bench import commands, gigabyte, recovery, refresh, steps
from tests.bench.rows import Row, table, write

_RESULTS: Final = Path(__file__).resolve().parents[2] / "bench" / "results.json"
_MEASURES: Final[Mapping[str, Callable[[Path], Iterable[Row]]]] = {
    "restore": recovery.restore,
    "rebuild": recovery.rebuild,
    "gigabyte": gigabyte.gigabyte,
    "commands": commands.commands,
    "steps": steps.steps,
    "refresh": refresh.refresh,
}


def main() -> int:
    """Run all measures, or the one that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=_MEASURES, help="one measure instead of all")
    asked = parser.parse_args()
    rows: list[Row] = []
    for name in [asked.only] if asked.only else _MEASURES:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found = list(_MEASURES[name](Path(folder)))
        print(f"{name}, in {time.monotonic() - began:.0f} s:\n{table(found)}\n", flush=True)
        rows += found
        write(rows, _RESULTS)
    if not asked.only:
        print(f"all of it:\n{table(rows)}")
    return 0 if all(row.holds is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
