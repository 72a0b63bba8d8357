"""Trigger ids: a click lets the app open one view, once, within three seconds."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from deploy.demo.workspace.refusal import Refusal

LIFE: Final = timedelta(seconds=3)


class Triggers:
    def __init__(self) -> None:
        self._made: dict[str, tuple[datetime, str]] = {}
        self._used: set[str] = set()

    def make(self, user: str, now: datetime) -> str:
        trigger = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._made[trigger] = (now, user)
        return trigger

    def use(self, trigger: str, now: datetime) -> str:
        """The person whose click this was; refused when unknown, used before, or too old."""
        if trigger not in self._made:
            raise Refusal("invalid_trigger_id")
        if trigger in self._used:
            raise Refusal("exchanged_trigger_id")
        made, user = self._made[trigger]
        if now - made > LIFE:
            raise Refusal("expired_trigger_id")
        self._used.add(trigger)
        return user

    def clear(self) -> None:
        self._made.clear()
        self._used.clear()
