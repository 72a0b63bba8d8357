"""Prints a playbook as a runbook a person can follow: `python -m playbooks restore_backup`."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from playbooks import backups
from playbooks.core import catalogue
from playbooks.core.playbook import Playbook
from playbooks.core.spans import in_words
from playbooks.core.step import CannotUndo, Do, Harmless, Instead, Step, WaitUntil

# A field of the plan, such as {backup.taken_at:%H:%M}; a runbook has no plan to fill it from.
_FIELD: Final = re.compile(r"\{([\w.]+)(?::[^}]*)?\}")


def runbook(book: Playbook[Any, Any]) -> Iterator[str]:
    """Write a playbook out, line by line."""
    yield f"# {book.name}"
    yield ""
    yield f"{book.about}. Asked for with `/vault {book.word} {book.usage}`."
    yield ""
    for number, step in enumerate(book.steps, 1):
        only = " (only where the plan says so)" if step.only_if else ""
        yield f"{number}. {_plain(step.says)}{only}."
        yield from (f"   {line}." for line in _notes(step))


def _notes(step: Step[Any]) -> Iterator[str]:
    if isinstance(step, WaitUntil):
        yield f"Wait at most {in_words(step.within)}"
    if isinstance(step, Do) and step.if_interrupted == "ask":
        yield "If it was interrupted, look at the cluster before it is done again"
    yield f"If it does not hold: {_plain(step.otherwise)}"
    match step:
        case Do(undo=Harmless()):
            pass
        case Do(undo=CannotUndo(reason=reason)):
            yield f"No way back: {_plain(reason)}"
        case Do(undo=Instead(ask=ask)):
            yield f"To go back: {_plain(ask)}"
        case Do():
            yield "To go back: undo it with the button, or turn it round by hand"
        case _:
            pass


def _plain(sentence: str) -> str:
    """Name the fields instead of filling them: {copy_name} is COPY."""
    return _FIELD.sub(lambda field: _NAMES[field[1]], sentence)


_NAMES: Final[Mapping[str, str]] = {
    "cluster": "the cluster",
    "backup.name": "the backup",
    "backup.taken_at": "TIME",
    "copy_name": "COPY",
    "name": "NAME",
    "first": "the first node",
}


def main() -> None:
    """Print the playbook named on the command line, or the names there are."""
    known: Mapping[str, Playbook[Any, Any]] = catalogue.named(backups, "PLAYBOOK", Playbook)
    if sys.argv[1:2] and sys.argv[1] in known:
        print("\n".join(runbook(known[sys.argv[1]])))
        return
    print(f"Say which: python -m playbooks {' | '.join(sorted(known))}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
