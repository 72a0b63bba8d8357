"""Whom to call while a run waits for custodians: names for everyone, phones for approvers alone."""

from collections.abc import Sequence
from typing import Final

from bot.blocks.mrkdwn import bold, foreign, mention
from jobs.people import People, Person
from jobs.runs.headline import current_step, title
from jobs.runs.state import Run

_WORD: Final = "custodian"  # In the name of every step that waits for them; a test sees to it.
_OPENS: Final = "unseal"


def summoned(run: Run, people: People) -> tuple[Person, ...]:
    """List the custodians that this run waits for now, in the order of the configuration."""
    step = current_step(run)
    if step is None or step.status != "waits" or _WORD not in step.says:
        return ()
    named = map(people.named, people.custodians.get(run.planned.cluster, ()))
    return tuple(person for person in named if person is not None)


def what_they_run(run: Run) -> str:
    """Name the command that each of them runs on their own machine."""
    step = current_step(run)
    if step is not None and _OPENS in step.says:
        return "`vault-responder custodian unseal`"
    return "`vault-responder custodian rotate-shares` with the rotation's nonce"


def custodians_line(run: Run, people: People) -> list[str]:
    """Say on the card, which everybody in the channel reads, whom to call next."""
    persons = summoned(run, people)
    if not persons:
        return []
    names = ", ".join(_shown(person, people) for person in persons)
    says = (
        f":bell: {bold('Whom to call next')} {names}. Each runs {what_they_run(run)}. Vault does"
        " not say who came already; approvers have the phones in a direct message"
    )
    return [says]


def _shown(person: Person, people: People) -> str:
    return mention(person.id, people) if person.slack else foreign(person.name)


def summons(run: Run, persons: Sequence[Person]) -> str:
    """Tell one approver whom to call and how. It holds phones, so it is for a direct message."""
    step = current_step(run)
    call = "; ".join(f"{each.name}, {each.phone or 'no phone is known'}" for each in persons)
    return (
        f"{title(run)} waits for custodians, {step.note if step else ''}. Call them, in this order"
        f" until enough have come: {call}. Each runs {what_they_run(run)} on their own machine; a"
        f" share goes to Vault and nowhere else, never into Slack. Run {run.id}"
    )
