"""A step's `by_hand`, taken apart: what is said, and what is pasted into whose shell.

It is a small Markdown: paragraphs, `code`, and fenced blocks. What follows a fence says who pastes
the block, `sh` (whoever follows the page) or `custodian` (each of them, on a machine of their own),
and may add `shamir` or `auto`: then it is only for clusters that are opened so, as is a paragraph
that begins with the words of `_FOR`. Nothing is filled in: names come from the variables of
playbooks/runbook/shell.py. Where a command asks for a secret, its block ends, or the next line
would be taken for it. The last paragraph begins with "If not: ", the text of a step with an
`only_if` begins with "Only ", and where going back is another plan a paragraph begins with "To go
back: ".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Seal: TypeAlias = Literal["shamir", "auto"]
Whose: TypeAlias = Literal["sh", "custodian"]

_FENCED: Final = re.compile(
    r"^```(sh|custodian)(?: (shamir|auto))?\n(.*?)^```$", re.DOTALL | re.MULTILINE
)


_FOR: Final[Mapping[Seal, str]] = {
    "shamir": "Where custodians open the cluster, ",
    "auto": "Where the cluster unseals itself, ",
}


@dataclass(frozen=True)
class Said:
    """One paragraph; it may hold `code`."""

    text: str
    seal: Seal | None  # None: for every cluster.


@dataclass(frozen=True)
class Pasted:
    """Commands for one shell, without the last newline."""

    commands: str
    whose: Whose
    seal: Seal | None  # None: for every cluster.


Part: TypeAlias = Said | Pasted


def parts(text: str) -> tuple[Part, ...]:
    """Take a text apart. Raises ValueError for a fence that is not one of ours."""
    return tuple(_parts(text.strip() + "\n"))


def _parts(text: str) -> Iterator[Part]:
    at = 0
    for block in _FENCED.finditer(text):
        yield from _said(text[at : block.start()])
        whose: Whose = "custodian" if block[1] == "custodian" else "sh"
        seal: Seal | None = None
        if block[2] is not None:
            seal = "auto" if block[2] == "auto" else "shamir"
        yield Pasted(block[3].rstrip("\n"), whose, seal)
        at = block.end()
    yield from _said(text[at:])


def _said(text: str) -> Iterator[Part]:
    for paragraph in re.split(r"\n\s*\n", text):
        line = " ".join(paragraph.split())
        if "```" in line:
            msg = f"a fence must be ```sh or ```custodian, on lines of its own: {line[:60]}"
            raise ValueError(msg)
        if line:
            yield Said(line, next((seal for seal, so in _FOR.items() if line.startswith(so)), None))
