"""Every Web API call and every envelope, kept for scripts that ask what the app did and how fast.

`GET /_control/log?method=chat.update&since=EPOCH` gives calls: `at` (seconds since 1970), `time`
(the same, written out), `took` (seconds), `method`, `status` (0: no HTTP answer), `outcome` ("ok",
Slack's error, or the fault that struck), `took_effect`, `channel`, `ts`, `text`, `body`, `answer`.

`GET /_control/acks?kind=slash_commands&since=EPOCH` gives envelopes: `kind`, `what` (the command,
the payload's or the event's type), `envelope_id`, `connection`, `retry_attempt`, `sent_at` (seconds
since 1970), `acked_after` (seconds, also when too late; null while there is none), `missed` (not
acknowledged in time) and `error` ("dispatch_failed": there was no connection).
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deploy.demo.workspace.wire import Json, record, text

DEADLINE: Final = timedelta(seconds=3)
# A long soak must not fill the memory.
_KEPT: Final = 20_000
_CREDENTIALS: Final = frozenset({"token", "trigger_id", "url", "upload_url"})


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as the app made it, before anything was made of it."""

    method: str
    at: datetime
    body: Json


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the app got for it; `outcome` None is what the answer itself says."""

    answer: Json
    status: int = 200
    outcome: str | None = None


@dataclass(kw_only=True)
class Sent:
    """One envelope on its way to the app."""

    kind: str
    what: str
    envelope_id: str
    connection: str | None
    retry_attempt: int
    at: datetime
    acked_after: timedelta | None = None
    error: str | None = None

    def missed(self, now: datetime) -> bool:
        if self.error:
            return True
        waited = now - self.at if self.acked_after is None else self.acked_after
        return waited > DEADLINE


class Log:
    def __init__(self) -> None:
        self._calls: deque[Json] = deque(maxlen=_KEPT)
        self._sent: deque[Sent] = deque(maxlen=_KEPT)
        self._waiting: dict[str, Sent] = {}

    def call(self, call: Call, reply: Reply, now: datetime) -> None:
        answer = reply.answer
        said = "ok" if answer.get("ok") else text(answer, "error")
        names = {name: _named(name, call.body, answer) for name in ("channel", "ts", "text")}
        self._calls.append(
            {
                "method": call.method,
                "at": call.at.timestamp(),
                "time": call.at.isoformat(),
                "took": round((now - call.at).total_seconds(), 4),
                "status": reply.status,
                "outcome": reply.outcome or said,
                "took_effect": bool(answer.get("ok")),
                **names,
                "body": _redacted(call.body),
                "answer": _redacted(answer),
            }
        )

    def sent(self, sent: Sent) -> None:
        self._sent.append(sent)
        self._waiting[sent.envelope_id] = sent

    def acked(self, envelope_id: str, now: datetime) -> None:
        """Noted when late, too; the second word for one envelope is none."""
        sent = self._waiting.pop(envelope_id, None)
        if sent:
            sent.acked_after = now - sent.at

    def clear(self) -> None:
        self._calls.clear()
        self._sent.clear()
        self._waiting.clear()

    def calls(self, method: str | None = None, since: float = 0) -> list[Json]:
        return [
            each
            for each in self._calls
            if each["at"] >= since and (method is None or each["method"] == method)
        ]

    def acks(self, now: datetime, kind: str | None = None, since: float = 0) -> list[Json]:
        return [
            {
                "kind": each.kind,
                "what": each.what,
                "envelope_id": each.envelope_id,
                "connection": each.connection,
                "retry_attempt": each.retry_attempt,
                "sent_at": each.at.timestamp(),
                "acked_after": _seconds(each.acked_after),
                "missed": each.missed(now),
                "error": each.error,
            }
            for each in self._sent
            if each.at.timestamp() >= since and kind in {None, each.kind}
        ]

    def envelopes(self, now: datetime) -> list[Json]:
        """What became of each first delivery, in milliseconds."""
        return [
            {
                "type": each["kind"],
                "time": datetime.fromtimestamp(each["sent_at"], now.tzinfo).isoformat(),
                "envelope_id": each["envelope_id"],
                "connection": each["connection"],
                "milliseconds": round((each["acked_after"] or 0) * 1000, 1),
                "error": each["error"] or ("operation_timeout" if each["missed"] else None),
            }
            for each in self.acks(now)
            if not each["retry_attempt"] and (each["missed"] or each["acked_after"] is not None)
        ]


def _named(name: str, body: Json, answer: Json) -> str:
    """From the call, or from its answer: a post learns its `ts` from there."""
    found = text(body, name) or text(answer, name)
    if name == "ts":
        found = found or text(body, "message_ts") or text(answer, "message_ts")
    return found or text(record(answer, "message"), name)


def _seconds(took: timedelta | None) -> float | None:
    return None if took is None else round(took.total_seconds(), 4)


def _redacted(body: Json) -> Json:
    return {name: "(redacted)" if name in _CREDENTIALS else body[name] for name in body}
