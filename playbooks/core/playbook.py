"""A playbook: one word that people type, one look, and an ordered table of steps."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.objective import Objective
from playbooks.core.plan import NotForMe, Plan
from playbooks.core.step import CannotUndo, Do, Instead, Step
from playbooks.core.world.world import World

A = TypeVar("A", bound=Ask)
P = TypeVar("P", bound=Plan)


@dataclass(frozen=True, kw_only=True)
class Playbook(Generic[A, P]):
    """Several playbooks may share a word; of those asked, exactly one look gives a plan."""

    name: str
    word: str
    usage: str  # What may follow the word, as `/vault help` shows it.
    about: str  # One sentence for people.
    ask: type[A]
    look: Callable[[A, World], Awaitable[P | NotForMe]]
    plan: type[P]
    danger: Callable[[P], Danger]
    objective: Objective | None  # None: nothing is being recovered, so no clock is shown.
    holds: Callable[[P], tuple[str, ...]]  # The locks; none for a playbook that only reads.
    steps: tuple[Step[P], ...]

    def steps_of(self, plan: P) -> tuple[tuple[str, Step[P]], ...]:
        """List the steps this plan takes, each under its sentence, which is its name."""
        return tuple(
            (say(step.says, plan), step)
            for step in self.steps
            if step.only_if is None or step.only_if(plan)
        )

    def table_digest(self) -> str:
        """Name this very table, so that a run is never carried on by a changed one."""
        rows = "\n".join(_row(step) for step in self.steps)
        return hashlib.sha256(f"{self.name}\n{rows}".encode()).hexdigest()


def say(sentence: str, plan: Plan) -> str:
    """Fill a plan's values into a sentence. Raises KeyError or AttributeError for a typo in it."""
    return sentence.format_map(dict(plan))


def way_back(step: Step[P], plan: P) -> str | None:
    """Say what approvers must know about undoing this step; None if nothing."""
    match step:
        case Do(undo=CannotUndo(reason=reason)):
            return f"No way back: {say(reason, plan)}"
        case Do(undo=Instead(ask=ask)):
            return f"To go back: {say(ask, plan)}"
        case _:
            return None


def _row(step: Step[P]) -> str:
    cells = [type(step).__name__]
    for field, cell in vars(step).items():
        if field == "by_hand":  # Mending a runbook's text must not strand the runs under way.
            continue
        named = getattr(cell, "__qualname__", None) if callable(cell) else None
        cells.append(f"{field}={named or cell!r}")
    return "|".join(cells)
