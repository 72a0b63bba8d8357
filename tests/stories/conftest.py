"""Stories run last and in the order in which they are written, as one demo plays all of them."""

from typing import Final

import pytest

_ORDER: Final = (
    *("approvals", "journals", "in_a_browser"),
    *(
        "outcome",
        "commands",
        "signatures",
        "refusals",
        "decisions",
        "restores",
        "kills",
        "lost_redis",
        "secrets",
    ),
    # Late, for its many lines keep the bot busy for a minute, and last what ends the demo.
    "backups",
    *("shares", "ends"),  # What is before knows the first shares and their key generation.
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the demo up for these alone: it would slow down whatever else is measured."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    name = item.path.stem.removeprefix("test_")
    attacks_it = "shared_demo" in getattr(item, "fixturenames", ())
    if item.path.parent.name != "stories" and not attacks_it:
        return 0
    return 1 + (_ORDER.index(name) if name in _ORDER else 0)
