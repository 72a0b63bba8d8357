"""Whom approvers call when a run waits for custodians. Pure; phones are for approvers alone."""

from collections.abc import Iterator
from typing import Final

from bot.blocks.message import Message
from bot.blocks.thread import direct
from jobs.people import People, Person
from jobs.runs.events import Waits
from jobs.runs.headline import title
from jobs.runs.state import Run

_WORD: Final = "custodian"


def summons(event: Waits, run: Run, people: People) -> Iterator[tuple[str, str, Message]]:
    """Name what is said, to which account, and say it: once a wait, however often it tells more."""
    planned = run.planned
    step = run.next_step()
    if _WORD not in event.step or step is None or step.says != event.step:
        return
    named = [people.named(id) for id in people.custodians.get(planned.cluster, ())]
    if step.status != "waits" or not named:
        return
    call = "; ".join(_way(person) for person in named if person is not None)
    says = (
        f"{title(run)} waits for custodians, {event.says}. Call them: {call}."
        " Each runs `vault-responder custodian unseal` on their own machine, or for a rotation"
        " `vault-responder custodian rotate-shares` with its nonce; a share goes to Vault and"
        f" nowhere else, never into Slack. Run {run.id}"
    )
    for account in people.approver_accounts(run.matter):
        yield f"custodians-{int(event.since.timestamp())}-{account}", account, direct(says)


def _way(person: Person) -> str:
    return f"{person.name}, {person.phone or 'no phone is known'}"
