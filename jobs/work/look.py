"""Turn what a person asked for into a plan to approve, or into the reasons why there is none."""

import logging
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from jobs.people import Who, is_of_nobody, why_not_ask
from jobs.records.journal import Fenced, History, is_open
from jobs.records.locks import held_by
from jobs.records.standing import goes_on
from jobs.runs.events import Event, Planned, PlanRefused
from jobs.runs.orders import order_named
from jobs.runs.planning import plan_run
from jobs.runs.requests import Asked
from jobs.work.orders import is_tried_again, why_not_by_order, why_not_planned
from jobs.work.workshop import Records, Workshop
from playbooks.core.plan import NotForMe, Plan
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.world.world import World

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Found:
    book: Playbook[Any, Any]
    plan: Plan


async def look(shop: Workshop, records: Records, asked: Asked) -> None:
    """Write the first event of a run; whoever is second writes nothing."""
    if await _is_in_the_store(records, asked.run):
        return
    await records.generation.check()
    # Whoever asks says when they did; a plan that is dated ahead would count for longer.
    asked = asked.model_copy(update={"at": min(asked.at, shop.now())})
    event = await _answer(shop, records, asked)
    if isinstance(event, PlanRefused) and is_tried_again(shop, asked):
        extra = {"run": asked.run, "why": "; ".join(event.reasons)}
        _LOG.warning("an order has no plan yet; its schedule rings again", extra=extra)
        return
    await write_first(records, event)
    if isinstance(event, Planned) and (not event.needs or event.standing_order is not None):
        await records.bell.ring_act(asked.run)


async def write_first(records: Records, event: Planned | PlanRefused) -> None:
    """Write how a run begins, unless another looker was faster, or Redis has forgotten that run."""
    if await _is_in_the_store(records, event.run):
        return
    history = History(event.run)
    entry = records.journal.seal(history, event, epoch=0)
    try:
        await records.journal.append(history, entry, epoch=0)
    except Fenced:
        _LOG.info("another looker was faster", extra={"run": event.run})
        return
    await records.archive.copy(entry)


async def _is_in_the_store(records: Records, run: str) -> bool:
    """Say if Redis has forgotten this run; then a worker enters it."""
    try:
        known = await records.archive.knows(run)
    except Trouble:  # Whoever asked must be told all the same.
        return False
    if known:
        await records.bell.ring_history(run)
    return known


def refused(shop: Workshop, asked: Asked, *reasons: str) -> PlanRefused:
    """Say why nothing was planned."""
    return PlanRefused(
        at=shop.now(),
        run=asked.run,
        word=asked.word,
        who=asked.who,
        channel=asked.channel,
        reasons=reasons,
    )


async def _answer(shop: Workshop, records: Records, asked: Asked) -> Planned | PlanRefused:
    by_schedule = asked.who.standing == "schedule"
    why = why_not_by_order(shop, asked) if by_schedule else why_not_ask(asked.who)
    if why is not None:
        return refused(shop, asked, why)
    if asked.again is not None and goes_on(await records.journal.read(asked.again)):
        return refused(shop, asked, f"run {asked.again} has not ended; go on with it, or Leave it")
    books = _books(shop, asked)
    if not books:
        return refused(shop, asked, f"no playbook has the word “{asked.word}”")
    found: list[_Found] = []
    reasons: list[str] = []
    async with shop.world() as world:
        for book in books:
            answer = await _look_with(book, asked, world)
            if isinstance(answer, str):
                reasons.append(answer)
            else:
                found.append(_Found(book, answer))
    if len(found) > 1:
        names = " and ".join(one.book.name for one in found)
        reasons = [f"both {names} would do this, and nobody said which"]
    if len(found) != 1:
        return refused(shop, asked, *reasons)
    return await _plan(shop, records, asked, found[0])


def _books(shop: Workshop, asked: Asked) -> list[Playbook[Any, Any]]:
    """A standing order names one playbook; people say a word, and the looks tell which it is."""
    by_schedule = asked.who.standing == "schedule"
    order = order_named(shop.rules.orders, asked.who.id) if by_schedule else None
    return [
        book
        for book in shop.playbooks.values()
        if book.word == asked.word and (order is None or book.name == order.playbook)
    ]


async def _look_with(book: Playbook[Any, Any], asked: Asked, world: World) -> Plan | str:
    """Let one playbook look; its reason where it is not the one."""
    try:
        ask = book.ask.model_validate(asked.ask)
        answer: Plan | NotForMe = await book.look(ask, world)
    except ValidationError as error:
        fields = ", ".join(str(fault["loc"][0]) for fault in error.errors() if fault["loc"])
        return f"{book.name}: these words do not fit it: {fields or 'all of them'}"
    except Trouble as trouble:
        return f"{book.name}: {trouble}"
    if isinstance(answer, NotForMe):
        return f"{book.name}: {answer.why}; {answer.do}"
    return answer


async def _plan(
    shop: Workshop, records: Records, asked: Asked, found: _Found
) -> Planned | PlanRefused:
    for name in found.book.holds(found.plan):
        holder = await records.locks.holder(name)
        if holder is not None and is_open(await _events(records, holder)):
            return refused(shop, asked, str(held_by(name, holder)))
    planned = plan_run(found.book, found.plan, asked, shop.people, shop.rules)
    if planned.standing_order is not None:
        why = why_not_planned(shop, planned)
        return planned if why is None else refused(shop, asked, why)
    if planned.needs and is_of_nobody(planned.requester):
        return refused(shop, asked, _whose(asked.who))
    return planned


def _whose(who: Who) -> str:
    at_terminal = who.standing == "terminal"
    account, kept = ("login", "logins") if at_terminal else ("Slack account", "slack")
    return (
        f"this needs approval, and the {account} `{who.id}` belongs to no person of the"
        f" configuration; add it to the `{kept}` of its person, or let somebody else ask"
    )


async def _events(records: Records, run: str) -> tuple[Event, ...]:
    return (await records.journal.read(run)).events
