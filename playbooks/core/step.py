"""The verbs of a playbook. A step is data: the engine in jobs/runs carries it out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from playbooks.core.plan import Plan
from playbooks.core.world.world import World

P = TypeVar("P", bound=Plan)


@dataclass(frozen=True)
class Holds:
    """What was waited for is so."""


@dataclass(frozen=True)
class NotYet:
    """It is not so yet; `says` is what people see, such as "2 of 3 custodians"."""

    says: str


Check: TypeAlias = Callable[[P, World], Awaitable[bool]]
Act: TypeAlias = Callable[[P, World], Awaitable[None]]
Waiting: TypeAlias = Callable[[P, World], Awaitable[Holds | NotYet]]


@dataclass(frozen=True)
class Harmless:
    """The step leaves nothing behind that anyone must take back."""


@dataclass(frozen=True)
class Instead:
    """Going back is a new plan with approvals of its own; `ask` is how to begin it."""

    ask: str


@dataclass(frozen=True)
class CannotUndo:
    """There is no way back, and the reason is shown before approval."""

    reason: str


HARMLESS: Final = Harmless()


@dataclass(frozen=True, kw_only=True)
class Prove(Generic[P]):
    """Go on only if this holds now."""

    says: str
    check: Check[P]
    otherwise: str
    only_if: Callable[[P], bool] | None = None  # Looks at the plan alone. None: always.
    by_hand: str = ""  # For the printed runbook; playbooks/runbook/parts.py says how to write it.


@dataclass(frozen=True, kw_only=True)
class Do(Generic[P]):
    """Change something, unless `check` says it is already so; then always verify."""

    says: str
    check: Check[P]
    act: Act[P]
    verify: Check[P]
    within: timedelta  # How long `verify` may stay false; zero: it is asked once.
    undo: Act[P] | Harmless | Instead | CannotUndo
    if_interrupted: Literal["act again", "ask"]
    otherwise: str
    only_if: Callable[[P], bool] | None = None
    by_hand: str = ""


@dataclass(frozen=True, kw_only=True)
class WaitUntil(Generic[P]):
    """Give the worker back until people or machines have done something outside."""

    says: str
    check: Waiting[P]
    within: timedelta  # Counted from the first wait, across restarts.
    otherwise: str
    only_if: Callable[[P], bool] | None = None
    by_hand: str = ""


Step: TypeAlias = Prove[P] | Do[P] | WaitUntil[P]


def prove(
    says: str,
    check: Check[P],
    *,
    otherwise: str,
    only_if: Callable[[P], bool] | None = None,
    by_hand: str = "",
) -> Prove[P]:
    """Go on only if `check` holds; a Trouble that it raises says more than `otherwise`."""
    return Prove(says=says, check=check, otherwise=otherwise, only_if=only_if, by_hand=by_hand)


def do(  # noqa: PLR0913 -- one row of a table, every cell named
    says: str,
    *,
    check: Check[P],
    act: Act[P],
    undo: Act[P] | Harmless | Instead | CannotUndo,
    if_interrupted: Literal["act again", "ask"],
    verify: Check[P] | None = None,
    within: timedelta = timedelta(0),
    otherwise: str = "look at the cluster, then press Try again, Undo or Leave",
    only_if: Callable[[P], bool] | None = None,
    by_hand: str = "",
) -> Do[P]:
    """Change something. Without `verify`, `check` is asked again."""
    return Do(
        says=says,
        check=check,
        act=act,
        verify=verify or check,
        within=within,
        undo=undo,
        if_interrupted=if_interrupted,
        otherwise=otherwise,
        only_if=only_if,
        by_hand=by_hand,
    )


def wait_until(  # noqa: PLR0913 -- as above
    says: str,
    check: Waiting[P],
    *,
    within: timedelta,
    otherwise: str,
    only_if: Callable[[P], bool] | None = None,
    by_hand: str = "",
) -> WaitUntil[P]:
    """Go on as soon as `check` answers Holds; what it says meanwhile is shown to people."""
    return WaitUntil(
        says=says,
        check=check,
        within=within,
        otherwise=otherwise,
        only_if=only_if,
        by_hand=by_hand,
    )
