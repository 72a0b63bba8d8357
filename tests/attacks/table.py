"""Reads the table of attacks in SECURITY.md: one row, one attack, one test."""

import re
from dataclasses import dataclass
from typing import Final

from tests.check.files import ROOT

_HEADING: Final = "## Attacks\n"
_TEST: Final = re.compile(r"^\[(test_\w+)\]\((tests/[\w/]+\.py)\)$")
_SENTENCE: Final = re.compile(r"“([^”]+)”")


@dataclass(frozen=True)
class Row:
    attack: str
    stopped_by: str
    sees: str
    test: str
    file: str

    @property
    def node(self) -> str:
        """The test as pytest names it."""
        return f"{self.file}::{self.test}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said, word for word."""
        return tuple(_SENTENCE.findall(self.sees))


def rows() -> tuple[Row, ...]:
    """Raises ValueError for a row that is none."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8").split(_HEADING, 1)[1]
    lines = [line for line in text.split("\n## ", 1)[0].splitlines() if line.startswith("| ")]
    return tuple(_row(line) for line in lines[2:])


def _row(line: str) -> Row:
    attack, stopped_by, sees, test = (cell.strip() for cell in line.strip("|").split(" | "))
    found = _TEST.match(test)
    if found is None:
        raise ValueError(f"this names no test: {line}")
    return Row(attack, stopped_by, sees, found[1], found[2])
