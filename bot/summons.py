"""Who is told, once a wait, whom to call when a run waits for custodians. Pure."""

from collections.abc import Iterator

from bot.blocks.custodians import summoned, summons
from bot.blocks.message import Message
from bot.blocks.thread import direct
from jobs.people import People
from jobs.runs.events import Waits
from jobs.runs.state import Run


def calls(event: Waits, run: Run, people: People) -> Iterator[tuple[str, str, Message]]:
    """Name what is said, to which account, and say it: once a wait, however often it tells more."""
    step, persons = run.next_step(), summoned(run, people)
    if not persons or step is None or step.says != event.step or step.waits_since != event.since:
        return
    for account in people.approver_accounts(run.matter):
        key = f"custodians-{int(event.since.timestamp())}-{account}"
        yield key, account, direct(summons(run, persons))
