"""What the bench found out: one row a measure, as a table for people and as JSON for scripts."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Row:
    """One measure. `target` is the most that `value` may be."""

    name: str
    value: float
    unit: str
    target: float | None = None  # None: told, not judged.
    holds: bool | None = None  # None where there is no target.


def told(name: str, value: float, unit: str) -> Row:
    """A measure that nobody set a limit for."""
    return Row(name, round(value, 3), unit)


def at_most(name: str, value: float, unit: str, target: float) -> Row:
    """A measure and its limit."""
    return Row(name, round(value, 3), unit, target, holds=value <= target)


def side_by_side(name: str, ours: Sequence[float], theirs: Sequence[float], most: float) -> Row:
    """The median of ours as a multiple of the median of theirs."""
    return at_most(f"{name}, against by hand", median(ours) / median(theirs), "x", most)


def spread(name: str, seconds: Sequence[float]) -> Row:
    """The median, with how far single values lay apart in the name."""
    low, high = min(seconds), max(seconds)
    return told(f"{name} ({len(seconds)} times, {low:.1f} to {high:.1f})", median(seconds), "s")


def table(rows: Sequence[Row]) -> str:
    """One line a row, in columns."""
    cells = [("what", "value", "", "at most", "")]
    cells += [(row.name, f"{row.value:g}", row.unit, _target(row), _judgement(row)) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return "\n".join(
        f"{line[0]:<{widths[0]}}  {line[1]:>{widths[1]}} {line[2]:<{widths[2]}}"
        f"  {line[3]:>{widths[3]}}  {line[4]}".rstrip()
        for line in cells
    )


def write(rows: Sequence[Row], path: Path) -> None:
    """Write them as a list of objects."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _target(row: Row) -> str:
    return "" if row.target is None else f"{row.target:g}"


def _judgement(row: Row) -> str:
    return {None: "", True: "holds", False: "DOES NOT HOLD"}[row.holds]
