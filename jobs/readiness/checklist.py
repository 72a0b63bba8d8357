"""The implementation checklist: eight phases of items, each with what proves it."""

import pkgutil
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final, Literal, TypeAlias

from playbooks.core.values import Frozen

Kind: TypeAlias = Literal["run", "drill", "check", "person"]
_KINDS: Final[dict[str, Kind]] = {"run": "run", "drill": "drill", "check": "check"}


@dataclass(frozen=True)
class Proof:
    """One way to prove an item: a run, drill or check of this name; a person has none."""

    kind: Kind
    name: str = ""


class Item(Frozen):
    """`proof` as the file writes it: "run:A | drill:B" is proved by either."""

    id: str
    item: str
    proof: str
    stale_after_hours: int

    def proofs(self) -> tuple[Proof, ...]:
        """Read the proof language. Raises ValueError for a word it does not have."""
        return tuple(_proof(part.strip()) for part in self.proof.split("|"))

    def stale_after(self) -> timedelta:
        """How long a proof lasts; the item opens again after it."""
        return timedelta(hours=self.stale_after_hours)


class Phase(Frozen):
    name: str
    items: tuple[Item, ...]


class _File(Frozen):
    phase: tuple[Phase, ...]


@cache
def phases() -> tuple[Phase, ...]:
    """Read the checklist that comes with this package."""
    text = pkgutil.get_data(__name__, "checklist.toml")
    if text is None:
        raise FileNotFoundError("checklist.toml")
    return _File.model_validate(tomllib.loads(text.decode())).phase


def items() -> tuple[Item, ...]:
    """List the items of all phases."""
    return tuple(item for phase in phases() for item in phase.items)


def item_named(id: str) -> Item | None:
    """Find an item by its number; None if there is none."""
    return next((item for item in items() if item.id == id), None)


def _proof(text: str) -> Proof:
    kind, _, name = text.partition(":")
    if text == "person":
        return Proof("person")
    if kind not in _KINDS or not name:
        raise ValueError(f"{text!r} is no proof")
    return Proof(_KINDS[kind], name)
