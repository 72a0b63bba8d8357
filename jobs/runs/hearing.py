"""Which presses a worker answers now: nobody's are kept waiting by how many others send."""

from collections.abc import Iterable
from typing import Final

from jobs.people import People, is_of_nobody
from jobs.runs.requests import Press
from jobs.runs.state import Run

# Accounts that belong to nobody are as many as someone cares to make up, and each answer is an
# event for good. So this many of theirs on one run are told that they may not.
_ANSWERED: Final = 50
# What is signed may yet be a person's, at a login that the configuration does not name.
_ANSWERED_SIGNED: Final = 500
_AT_ONCE: Final = 50


def to_hear(pressed: Iterable[Press], run: Run, people: People) -> tuple[Press, ...]:
    """Choose from the last presses of each account those to answer, in order, persons first."""
    new = [press for press in pressed if press.id not in run.answered]
    of_persons = [press for press in new if not is_of_nobody(people.person(press.who))]
    of_nobody = [press for press in new if is_of_nobody(people.person(press.who))]
    answered = sum(is_of_nobody(event.press.by) for event in run.refusals)
    chosen: list[Press] = []
    for press in reversed(of_nobody):
        most = _ANSWERED_SIGNED if press.proof else _ANSWERED
        if len(chosen) < _AT_ONCE and answered + len(chosen) < most:
            chosen.append(press)
    return (*of_persons, *reversed(chosen))
