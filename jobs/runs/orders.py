"""Standing orders: what runs by schedule, approved once by signatures over its own text. Pure.

An order is configuration. Its run of a day is worked out of it by whoever asks, and named after
order and day, so nobody has to be believed who says that it is due, and no day comes twice.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

from pydantic import Field, JsonValue

from jobs.people import Matter, Who
from jobs.runs.requests import Asked
from playbooks.core.danger import Danger
from playbooks.core.statement import Statement, expiry, read_statement
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment, Name

# Short enough that the name of a run, which it is a part of, is a name as well.
OrderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]

_RUN: Final = re.compile(r"^order-(.+)-(\d{4})(\d{2})(\d{2})$")
_DAY: Final = timedelta(days=1)
_HARM: Final[Mapping[Danger, str]] = {
    Danger.READS: "changes nothing that anyone relies on",
    Danger.DISRUPTS: "clients notice, nothing is lost",
    Danger.DESTROYS: "something is lost",
}


class StandingOrder(Frozen):
    """What the configuration says, with the playbook's own words for what it does."""

    name: OrderName
    playbook: Name
    word: str
    does: str
    cluster: Name
    arguments: Mapping[str, JsonValue]
    daily: time  # UTC.
    until: date  # The last day, UTC.
    reason: str
    in_charge: Name  # Counts as who asked, and so never as who approved.
    danger: Danger  # A plan that could do more harm than this is refused.
    signatures: tuple[str, ...] = ()  # Armoured, as they were found; nobody checked them yet.

    @property
    def matter(self) -> Matter:
        """What the right to approve it depends on."""
        return Matter(requester=self.in_charge, cluster=self.cluster, danger=self.danger)

    @property
    def expires_at(self) -> Moment:
        """The end of its last day."""
        return _at(self.until, time.min) + _DAY

    def due_at(self, day: date) -> Moment:
        """When it is due on a day."""
        return _at(day, self.daily)

    def run_on(self, day: date) -> str:
        """Name its run of a day: one, whatever else of the order is changed that day."""
        return f"order-{self.name}-{day:%Y%m%d}"

    def due_run(self, now: Moment) -> str | None:
        """Name the run that should have begun today; None before its time. Yesterday is over."""
        today = now.astimezone(UTC).date()
        return self.run_on(today) if now >= self.due_at(today) else None

    def asked(self, day: date, at: Moment) -> Asked:
        """Write the request that begins its run of a day."""
        run = self.run_on(day)
        ask = {**self.arguments, "cluster": self.cluster, "reason": self.reason}
        who = Who(id=self.name, standing="schedule")
        return Asked(id=run, run=run, word=self.word, ask=ask, who=who, channel=None, at=at)

    def statement(self, needs: int) -> Statement:
        """Say what a signature approves; the digest covers what one line could not show."""
        fields = self.model_dump(mode="json", exclude={"signatures"})
        whole = json.dumps({**fields, "needs": needs}, sort_keys=True, separators=(",", ":"))
        given = json.dumps(self.arguments, sort_keys=True, ensure_ascii=False)
        return Statement(
            kind="standing order",
            facts=(
                ("Standing order", self.name),
                ("Cluster", self.cluster),
                ("What", f"{self.playbook.replace('_', ' ').capitalize()} on {self.cluster}"),
                ("Playbook", self.playbook),
                ("It does", self.does),
                ("Arguments", given if self.arguments else "none"),
                ("Harm at most", f"{self.danger}: {_HARM[self.danger]}"),
                ("When", f"every day at {self.daily:%H:%M} UTC; later that day if it was missed"),
                ("In charge", self.in_charge),
                ("Reason", self.reason),
                ("Approvals needed", f"{needs}, each by signature"),
                ("Last day", self.until.isoformat()),
                expiry(self.expires_at),
                ("Digest", hashlib.sha256(whole.encode()).hexdigest()),
            ),
            parts=(("Know", ("Nobody is asked again before it runs",)),),
        )


def order_run(run: str) -> tuple[str, date] | None:
    """Read order and day from the name of a run; None for a run of any other kind."""
    found = _RUN.match(run)
    if found is None:
        return None
    try:
        return found[1], date(int(found[2]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def order_named(orders: Iterable[StandingOrder], name: str) -> StandingOrder | None:
    """Find an order of the configuration; None for a name that is not in it."""
    return next((order for order in orders if order.name == name), None)


def last_day(text: str) -> str:
    """Find in an order's text until when it counts."""
    return read_statement(text).fact("Last day") or "-"


def is_about(text: str, facts: Mapping[str, str], at: Moment) -> bool:
    """Say if a text is an order that says all of this, and counted at that time."""
    try:
        read = read_statement(text)
    except Trouble:
        return False
    said = all(read.fact(name) == value for name, value in facts.items())
    expires = read.expires_at()
    return read.kind == "standing order" and said and expires is not None and at < expires


def _at(day: date, clock: time) -> Moment:
    return datetime.combine(day, clock, tzinfo=UTC)
