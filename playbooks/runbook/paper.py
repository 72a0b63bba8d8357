"""A page as one HTML file that prints well: no script, nothing fetched, boxes to tick."""

import pkgutil
import re
from collections.abc import Iterator
from html import escape
from typing import Final

from playbooks.runbook.page import Page, Row
from playbooks.runbook.parts import Part, Pasted

_CODE: Final = re.compile(r"`([^`]+)`")
_AGREE: Final = (
    3  # Lines for the names of those who agreed; no plan asks for more people by default.
)
_LONG: Final = 24  # Lines of commands; a longer step may be cut by the end of a sheet.
_CAPTIONS: Final = {"sh": "Your shell", "custodian": "Custodians: each on a machine of their own"}
_SEALS: Final = {
    None: "",
    "shamir": ", where custodians open the cluster",
    "auto": ", where the cluster unseals itself",
}


def paper(page: Page) -> str:
    """Write a page out."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    of = dict(page.facts).get("Cluster")
    title = escape(f"{page.name}: {of}" if of else page.name)
    style = (pkgutil.get_data("playbooks.runbook", "paper.css") or b"").decode()
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>\n{style}</style></head><body>"
    yield f"<header><h1>{title}</h1><p>{_text(page.about)}.</p><table>"
    yield from (
        f"<tr><th>{escape(name)}</th><td>{_text(value)}</td></tr>" for name, value in page.facts
    )
    yield "</table></header>"
    yield from _agreement()
    yield '<section class="long"><h2>Before you begin</h2>'
    yield from _parts(page.before)
    yield "</section>"
    for number, row in enumerate(page.rows, 1):
        yield from _row(number, row)
    yield "<section><h2>Afterwards</h2>"
    yield from _parts(page.after)
    yield f"</section><footer>{title}. End of the page: {len(page.rows)} steps.</footer>"
    yield "</body></html>"


def _agreement() -> Iterator[str]:
    yield '<table class="lines"><tr><th>Asked by</th><td></td><th>because</th><td></td></tr>'
    for _ in range(_AGREE):
        yield "<tr><th>Agreed by</th><td></td><th>at (UTC)</th><td></td></tr>"
    yield "</table>"


def _row(number: int, row: Row) -> Iterator[str]:
    commands = sum(
        len(part.commands.splitlines()) for part in row.parts if isinstance(part, Pasted)
    )
    yield f"<section{' class=long' if commands > _LONG else ''}>"
    yield (
        f'<h2><span class="box"></span><span class="number">{number}.</span>'
        f'<span>{_text(row.says)}</span><span class="when">done at ___:___ UTC</span></h2>'
    )
    yield from (f'<p class="note">{_text(note)}.</p>' for note in row.notes)
    yield from _parts(row.parts)
    yield "</section>"


def _parts(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Pasted):
            caption = f"{_CAPTIONS[part.whose]}{_SEALS[part.seal]}"
            yield f'<figure class="{part.whose}"><figcaption>{caption}</figcaption>'
            yield f"<pre>{escape(part.commands)}</pre></figure>"
        else:
            kind = ' class="not"' if part.text.startswith("If not: ") else ""
            yield f"<p{kind}>{_text(part.text)}</p>"


def _text(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))
