"""Which servers lose every share when shares are rotated: asked by worker and custodian alike."""

import re
from collections.abc import Iterable
from typing import Final

_FROM: Final = (2, 4, 0)
_TO: Final = (2, 5, 1)
# As people read it (OpenBao's own release notes of 2.5.2).
LOSES_SHARES: Final = "OpenBao 2.4.0 to 2.5.1"
SAFE_AGAIN: Final = "2.5.2 or later"


def loses_shares(version: str | None) -> bool:
    """Say if OpenBao of this version does. None: nobody told the version."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version or "")[:3])
    return _FROM <= numbers <= _TO


def that_lose(versions: Iterable[tuple[str, str | None]]) -> tuple[tuple[str, str], ...]:
    """Pick nodes with their versions; any node may lead before a rotation is over."""
    return tuple((node, version) for node, version in versions if version and loses_shares(version))
