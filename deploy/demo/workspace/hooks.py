"""response_url: five answers in thirty minutes to the person and channel of one interaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deploy.demo.workspace.refusal import Refusal

LIFE: Final = timedelta(minutes=30)
USES: Final = 5


@dataclass
class Hook:
    id: str
    user: str
    channel: str
    made: datetime
    message_ts: str | None = None  # the message that was clicked; none for a command
    left: int = USES


class Hooks:
    def __init__(self) -> None:
        self._made: dict[str, Hook] = {}

    def make(self, hook: Hook) -> Hook:
        self._made[hook.id] = hook
        return hook

    def use(self, hook_id: str, now: datetime) -> Hook:
        hook = self._made.get(hook_id)
        if hook is None:
            raise Refusal("invalid_url")
        if now - hook.made > LIFE:
            raise Refusal("expired_url")
        if hook.left == 0:
            raise Refusal("used_url")
        hook.left -= 1
        return hook

    def clear(self) -> None:
        self._made.clear()


def new_id() -> str:
    return f"T0DEMO/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
