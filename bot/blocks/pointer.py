"""What a button carries: which run and which plan it is about, and never a permission."""

import re
from dataclasses import dataclass
from typing import Final

from jobs.people import Button
from jobs.runs.state import Run

_POINTER: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,127}):([0-9a-f]{64})")
_PRESS: Final = "press:"


@dataclass(frozen=True)
class Pointer:
    """Everything else is looked up, since a value may come from an old or a forged message."""

    run: str
    digest: str

    def __str__(self) -> str:
        return f"{self.run}:{self.digest}"


def pointer_to(run: Run) -> Pointer:
    return Pointer(run.id, run.planned.digest)


def read_pointer(value: str) -> Pointer | None:
    """Read a button's value or a modal's private_metadata; None if it is not one of ours."""
    match = _POINTER.fullmatch(value)
    return Pointer(match[1], match[2]) if match else None


def action_id(button: Button) -> str:
    """Name a button for Slack, such as `press:try_again`."""
    return _PRESS + button.name.lower()


def button_of(action: str) -> Button | None:
    """Find the button that an action_id names; None if it is not one of ours."""
    return next((button for button in Button if action_id(button) == action), None)
