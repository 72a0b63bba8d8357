"""A page as Markdown, for a terminal or a repository."""

from collections.abc import Iterator

from playbooks.runbook.page import Page
from playbooks.runbook.parts import Part, Pasted


def markdown(page: Page) -> str:
    """Write a page out; it ends with a newline."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield f"# {page.name}"
    yield ""
    yield f"{page.about}."
    yield ""
    yield from (f"- {name}: {value}" for name, value in page.facts)
    yield ""
    yield "## Before you begin"
    yield from _parts(page.before)
    for number, row in enumerate(page.rows, 1):
        yield ""
        yield f"## {number}. {row.says}"
        for note in row.notes:
            yield ""
            yield f"{note}."
        yield from _parts(row.parts)
    yield ""
    yield "## Afterwards"
    yield from _parts(page.after)


def _parts(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        yield ""
        if isinstance(part, Pasted):
            yield f"```{fence(part)}"
            yield part.commands
            yield "```"
        else:
            yield part.text


def fence(block: Pasted) -> str:
    """What stands after a block's fence."""
    return f"{block.whose} {block.seal}" if block.seal else block.whose
