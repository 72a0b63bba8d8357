"""Names in a sentence."""

from collections.abc import Iterable


def listed(names: Iterable[str]) -> str:
    """Say names as people do: "n1, n2 and n3"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def verb(names: Iterable[str], one: str, several: str) -> str:
    """Choose between "does" and "do"."""
    return one if len(tuple(names)) == 1 else several
