"""Stories run last and in the order in which they are written, as one demo plays all of them."""

from typing import Final

import pytest

_TOGETHER: Final = ("attacks", "stories")
_ORDER: Final = (
    *("approvals", "journals", "backups"),
    *("outcome", "commands", "refusals", "decisions", "restores", "kills", "secrets", "ends"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the demo up for these alone: it would slow down whatever else is measured."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[int, int]:
    folder = item.path.parent.name
    if folder not in _TOGETHER:
        return (0, 0)
    name = item.path.stem.removeprefix("test_")
    return (1 + _TOGETHER.index(folder), _ORDER.index(name) if name in _ORDER else 0)
