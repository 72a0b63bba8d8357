"""JSON as Slack puts it on the wire, read without trusting its shape."""

from collections.abc import Mapping
from typing import Any

# The wire is untyped: this alias and the readers below are its only way in.
Json = dict[str, Any]


def text(body: Mapping[str, object], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def flag(body: Mapping[str, object], key: str) -> bool:
    """Form bodies carry booleans as words."""
    value = body.get(key)
    return value is True or value in {"true", "1", 1}


def whole(body: Mapping[str, object], key: str, default: int) -> int:
    value = body.get(key, default)
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else default


def record(body: Mapping[str, object], key: str) -> Json:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def records(body: Mapping[str, object], key: str) -> list[Json]:
    value = body.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
