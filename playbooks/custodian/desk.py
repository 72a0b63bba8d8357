"""What the person sees and is asked; the program's other half in the tests and in the demo."""

import getpass
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from playbooks.core.trouble import Trouble

_PAUSE: Final = timedelta(seconds=1)


def _say(text: str) -> None:
    print(text, flush=True)


def _pause() -> None:
    time.sleep(_PAUSE.total_seconds())


def _now() -> datetime:
    return datetime.now(UTC)


def ask_hidden(question: str) -> str:
    """Ask without echo; a pipe may answer instead, such as a password manager's.

    Empty where no answer comes: Ctrl-D, or a pipe with nothing in it.
    """
    try:
        return getpass.getpass(f"{question}: ") if sys.stdin.isatty() else sys.stdin.readline()
    except EOFError:
        print()
        return ""


def confirm(question: str) -> bool:
    """A pipe cannot confirm anything: it was not there to read the question."""
    try:
        return sys.stdin.isatty() and input(f"{question} Type yes: ").strip().lower() == "yes"
    except EOFError:
        print()
        return False


@dataclass(frozen=True)
class Desk:
    say: Callable[[str], None] = _say
    ask_hidden: Callable[[str], str] = ask_hidden
    confirm: Callable[[str], bool] = confirm
    pause: Callable[[], None] = _pause
    now: Callable[[], datetime] = _now
    within: timedelta = timedelta(hours=2)  # How long to wait for the other custodians.

    def wait(self, happens: Callable[[], bool], what: str) -> None:
        """Wait until it happens. Raises Trouble after the limit."""
        limit = time.monotonic() + self.within.total_seconds()
        while not happens():
            if time.monotonic() > limit:
                raise Trouble(
                    f"After {self.within.total_seconds() / 60:.0f} minutes {what}",
                    left="what you gave stays given",
                    do="call the others, then run it again: it goes on where it stood",
                )
            self.pause()
