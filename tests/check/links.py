"""Finds links in Markdown that lead nowhere; `make check` runs it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.check.files import ROOT, repository_files

_FENCE: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_CODE: Final = re.compile(r"`[^`\n]*`")
_LINK: Final = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_HEADING: Final = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_ELSEWHERE: Final = ("http://", "https://", "mailto:")


def broken_links(document: Path) -> Iterator[str]:
    """One sentence for each link to a file or heading of this repository that is not there."""
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    for target in _LINK.findall(_CODE.sub("", text)):
        if target.startswith(_ELSEWHERE):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.is_relative_to(ROOT) or not file.exists():
            yield f"{document.relative_to(ROOT)}: {target} is not a file of this repository"
        elif anchor and file.suffix == ".md" and anchor not in _anchors(file):
            yield f"{document.relative_to(ROOT)}: {target} names no heading of that file"


def _anchors(document: Path) -> set[str]:
    """Headings as GitHub turns them into anchors: lower case, punctuation out, spaces to dashes."""
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(text)
    }


def main() -> int:
    documents = repository_files("*.md")
    faults = [fault for document in documents for fault in broken_links(document)]
    for fault in faults:
        print(fault)
    print(f"links: {len(documents)} documents read, {len(faults)} broken links")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
