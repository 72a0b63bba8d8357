"""The clock of standing orders: rings for what is due today until it has begun."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from jobs.records.connection import Connection
from jobs.runs.orders import StandingOrder
from jobs.work.bell import Bell
from playbooks.core.values import Moment

_AGAIN: Final = timedelta(seconds=5)


@dataclass
class Schedule:
    """Keeps nothing that matters: whoever leads next finds out by itself what has begun."""

    orders: Sequence[StandingOrder]
    connection: Connection
    bell: Bell
    rung: dict[str, Moment] = field(default_factory=dict)

    async def once(self, now: Moment) -> None:
        """Ring for each run of today whose time has come and that nobody has begun."""
        due = [run for order in self.orders if (run := order.due_run(now)) is not None]
        if not due:
            return
        begun = await self.connection.existing([f"run:{run}" for run in due])
        missing = [run for run, there in zip(due, begun, strict=True) if not there]
        self.rung = {run: at for run, at in self.rung.items() if run in missing}
        for run in missing:
            last = self.rung.get(run)
            # A last time that lies ahead means that the clock was set back.
            if last is None or not timedelta(0) <= now - last < _AGAIN:
                self.rung[run] = now
                await self.bell.ring_look(run)
