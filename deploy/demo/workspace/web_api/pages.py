"""Lists in pages, with Slack's cursors."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from deploy.demo.workspace.refusal import Refusal
from deploy.demo.workspace.wire import Json, text, whole

_Item = TypeVar("_Item")


def page_of(items: Sequence[_Item], body: Json, default: int) -> tuple[list[_Item], str]:
    """One page, and the cursor of the next; an empty cursor ends the list."""
    limit = min(whole(body, "limit", default) or default, 1000)
    start = _start(text(body, "cursor"))
    rest = start + limit
    after = base64.b64encode(f"next:{rest}".encode()).decode() if rest < len(items) else ""
    return list(items[start:rest]), after


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        kind, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if kind == "next":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise Refusal("invalid_cursor")
