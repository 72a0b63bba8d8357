"""Every Web API call and every envelope, kept for scripts that ask what the app did."""

from collections import deque
from datetime import datetime
from typing import Final

from deploy.demo.workspace.wire import Json

# A long soak must not fill the memory.
_KEPT: Final = 20_000
_CREDENTIALS: Final = frozenset({"token", "trigger_id", "url", "upload_url"})


class Log:
    def __init__(self) -> None:
        self._calls: deque[Json] = deque(maxlen=_KEPT)
        self._envelopes: deque[Json] = deque(maxlen=_KEPT)

    def call(self, method: str, at: datetime, body: Json, answer: Json, status: int = 200) -> None:
        self._calls.append(
            {
                "method": method,
                "time": at.isoformat(),
                "body": _redacted(body),
                "answer": _redacted(answer),
                "status": status,
            }
        )

    def envelope(self, kind: str, at: datetime, **what: object) -> None:
        self._envelopes.append({"type": kind, "time": at.isoformat(), **what})

    def clear(self) -> None:
        self._calls.clear()
        self._envelopes.clear()

    def as_json(self) -> Json:
        return {"log": list(self._calls), "envelopes": list(self._envelopes)}


def _redacted(body: Json) -> Json:
    return {name: "(redacted)" if name in _CREDENTIALS else body[name] for name in body}
