"""The little Markdown that reports are made of, which also reads well as plain text."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_SPECIAL: Final = re.compile(r"([\\*\[\]<>#|]|(?<!\w)_|_(?!\w))")
_WIDEST: Final = 80


def inline(text: str) -> str:
    """Show a text as it is, on one line; backticks stay, since our own sentences use them."""
    flat = " ".join(text.split())
    if flat.count("`") % 2:
        flat = flat.replace("`", "'")
    pieces = flat.split("`")
    # Between backticks nothing is formatting, so nothing is escaped there.
    return "`".join(
        piece if place % 2 else _SPECIAL.sub(r"\\\1", piece) for place, piece in enumerate(pieces)
    )


def cell(text: str) -> str:
    """Show a value within backticks of its own."""
    return " ".join(text.replace("`", "'").replace("|", "/").split())


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, raw: bool = False) -> str:
    """Draw a table whose columns are aligned in plain text too; `raw` cells are Markdown."""
    shown = [list(head), *([part if raw else inline(part) for part in row] for row in rows)]
    if len(shown) == 1:
        return "Nothing."
    widths = [max(len(row[column]) for row in shown) for column in range(len(head))]
    widths = [min(max(width, 3), _WIDEST) for width in widths]
    lines = [_line(row, widths) for row in shown]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (part.ljust(width) for part, width in zip(row, widths, strict=True))
    return "| " + " | ".join(padded) + " |"
