"""Where a person sits: what is read from them, and how it is shown to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TextIO, TypeAlias

Until: TypeAlias = Literal["people are needed", "it stops", "it ends"]


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of the window, in letters."""

    columns: int = 80
    rows: int = 24


@dataclass(frozen=True, kw_only=True)
class Console:
    """One command at one terminal. Composition builds it; nothing of it proves who sits there."""

    login: str  # The account that the command runs as.
    seed: str  # Fresh for each command.
    typed: TextIO  # Signatures are pasted here.
    asks: bool  # Somebody can be asked here; False for a pipe.
    live: bool  # What is shown can be drawn anew in place; False for a pipe.
    size: Callable[[], Size]
    until: Until  # How long a run is followed.
    signatures: tuple[str, ...] = ()  # Handed in as files: SSH signatures, armoured.
    sign: Callable[[str], str] | None = None  # Signs a text on this machine. None: not asked for.
