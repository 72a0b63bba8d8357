"""Spans of time and sizes in the words people use."""

from datetime import timedelta
from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_KIB: Final = 1024


def in_words(span: timedelta) -> str:
    """Say a span with its two largest units, such as "13 h 22 min"; less than a second is "0 s"."""
    left = max(int(span.total_seconds()), 0)
    parts: list[str] = []
    for seconds, unit in _UNITS:
        count, left = divmod(left, seconds)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def size_in_words(size: int) -> str:
    """Say a size in bytes with one decimal, such as "1.2 MiB"."""
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < _KIB:
            return f"{size} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= _KIB
    return f"{amount:.1f} GiB"
