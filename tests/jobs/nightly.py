"""The standing order that tests share: a backup a night, with carol in charge of it."""

from datetime import UTC, date, datetime, time
from typing import Final

from jobs.runs.orders import StandingOrder
from playbooks.core.danger import Danger

DUE: Final = datetime(2026, 11, 26, 2, tzinfo=UTC)
NIGHTLY: Final = StandingOrder(
    name="nightly",
    playbook="take_backup",
    word="backup",
    does="Takes a backup",
    cluster="prod",
    arguments={},
    daily=time(2),
    until=date(2027, 3, 31),
    reason="a fresh one every day",
    in_charge="carol",
    danger=Danger.READS,
)
