"""The switchboard of faults: what the workspace does wrong on purpose, as a test asked."""

from dataclasses import dataclass, field
from datetime import timedelta

from deploy.demo.workspace.wire import Json, flag, record, records, text, whole

EVERY_METHOD = "*"


@dataclass
class _Counted:
    method: str
    left: int
    retry_after: int = 1


@dataclass
class Faults:
    """Switches that stay until turned off, and faults counted down as they strike."""

    edit_window_closed: bool = False
    silent: bool = False  # sockets stay open and nothing is delivered: "operation_timeout"
    tiers: bool = True  # Slack's own rate limits
    lag: timedelta = timedelta(0)  # every Web API answer takes this much longer
    _rate_limits: list[_Counted] = field(default_factory=list)
    _errors: list[_Counted] = field(default_factory=list)
    _lost_answers: list[_Counted] = field(default_factory=list)

    def set(self, asked: Json) -> None:
        """Lists and single objects are both fine; switches not named stay as they are."""
        for kind, into in (
            ("rate_limit", self._rate_limits),
            ("http_500", self._errors),
            ("lost_answer", self._lost_answers),
        ):
            for each in records(asked, kind) or [record(asked, kind)]:
                if each:
                    method = text(each, "method") or EVERY_METHOD
                    into.append(
                        _Counted(method, whole(each, "times", 1), whole(each, "retry_after", 1))
                    )
        if "edit_window_closed" in asked:
            self.edit_window_closed = flag(asked, "edit_window_closed")
        if "silent" in asked:
            self.silent = flag(asked, "silent")
        if "tiers" in asked:
            self.tiers = flag(asked, "tiers")
        if "lag_ms" in asked:
            self.lag = timedelta(milliseconds=whole(asked, "lag_ms", 0))

    def clear(self) -> None:
        vars(self).update(vars(Faults()))

    def rate_limited(self, method: str) -> int | None:
        """Seconds to wait, when this call is to be refused."""
        struck = _strike(self._rate_limits, method)
        return struck.retry_after if struck else None

    def fails(self, method: str) -> bool:
        """HTTP 500 before anything happened."""
        return _strike(self._errors, method) is not None

    def answer_is_lost(self, method: str) -> bool:
        """The call takes effect, and the connection breaks before its answer."""
        return _strike(self._lost_answers, method) is not None

    def as_json(self) -> Json:
        return {
            "edit_window_closed": self.edit_window_closed,
            "silent": self.silent,
            "tiers": self.tiers,
            "lag_ms": int(self.lag / timedelta(milliseconds=1)),
            "rate_limit": [vars(each) for each in self._rate_limits if each.left],
            "http_500": [vars(each) for each in self._errors if each.left],
            "lost_answer": [vars(each) for each in self._lost_answers if each.left],
        }


def _strike(counted: list[_Counted], method: str) -> _Counted | None:
    for each in counted:
        if each.left > 0 and each.method in {method, EVERY_METHOD}:
            each.left -= 1
            return each
    return None
