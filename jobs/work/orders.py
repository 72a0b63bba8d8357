"""What a standing order is worth now: who signed it, and if what runs by it may begin or go on.

A looker works a request out of its own configuration, a worker checks all of it again out of its
own; neither believes who rang.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from jobs.people import People
from jobs.records.signers import AllowedSigners
from jobs.runs.approving import stands_on
from jobs.runs.events import Ordered, OrderVoid, Planned, Signed
from jobs.runs.orders import StandingOrder, order_named, order_run
from jobs.runs.planning import ApprovalRules
from jobs.runs.requests import Asked
from jobs.runs.state import Run
from jobs.work.workshop import Workshop
from playbooks.core.danger import Danger
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_PATIENCE: Final = timedelta(minutes=10)  # Less than after which its delay is told.
_LONGEST: Final = timedelta(days=366)  # Nobody answers for longer for what runs unasked.


@dataclass(frozen=True)
class Backing:
    """Who stands behind an order; `why_not` is a clause, and None for one that is in force."""

    text: str
    signatures: tuple[Signed, ...]  # By approvers of such a plan, one a person.
    why_not: str | None


def backing(
    order: StandingOrder, people: People, rules: ApprovalRules, signers: AllowedSigners, at: Moment
) -> Backing:
    """Check an order's signatures over its text as it is now. Whoever is in charge never counts."""
    needs = rules.needed_by_order(order.danger)
    text = order.statement(needs).text()
    able = {*people.approvers_of(order.matter)} - {order.in_charge}
    counted: dict[str, Signed] = {}
    idle = []
    for signature in order.signatures:
        signer = signers.signer(text, signature, at)
        if signer in able and signer is not None:
            counted.setdefault(signer, Signed(by=signer, signature=signature))
        else:
            idle.append(signer)
    why_not = _why_not_at_all(order, at)
    if why_not is None and len(counted) < needs:
        why_not = f"{len(counted)} of {needs} signatures count{_why_idle(idle)}"
    return Backing(text, tuple(counted.values()), why_not)


def _why_not_at_all(order: StandingOrder, at: Moment) -> str | None:
    if order.danger is Danger.DESTROYS:
        return "what destroys something never runs by schedule"
    if at >= order.expires_at:
        return f"its last day was {order.until}; have it signed with a later one, or take it out"
    if order.expires_at - at > _LONGEST:
        return f"its last day, {order.until}, is more than a year away"
    return None


def _why_idle(signers: Iterable[str | None]) -> str:
    names = [*signers]
    told = [f"{name} may not approve it" for name in dict.fromkeys(names) if name is not None]
    foreign = names.count(None)
    if foreign:
        told.append(f"{foreign} over another text than it has now, or with a key that counts not")
    return f" ({'; '.join(told)})" if told else ""


def asked_by_order(shop: Workshop, run: str) -> Asked | None:
    """Work out of the configuration what a run of such a name is to do; None if it is not due."""
    named, now = order_run(run), shop.now()
    order = None if named is None else order_named(shop.rules.orders, named[0])
    if order is None or named is None or order.due_run(now) != run:
        _LOG.warning("rung for an order that is not due, or not known here", extra={"run": run})
        return None
    return order.asked(named[1], now)


def why_not_by_order(shop: Workshop, asked: Asked) -> str | None:
    """Say in a clause why no standing order stands behind a request of a schedule; None if one."""
    order = order_named(shop.rules.orders, asked.who.id)
    if order is None:
        return f"there is no standing order {asked.who.id} in the configuration"
    day = asked.at.date()
    if asked != order.asked(day, asked.at):
        return f"it is not what standing order {order.name} asks for, or not its run of that day"
    late = shop.now() - asked.at > shop.rules.expires_after
    if late or not order.due_at(day) <= asked.at <= shop.now():
        return f"standing order {order.name} is not due: it runs once a day at {order.daily:%H:%M}"
    backed = backing(order, shop.people, shop.rules, shop.signers, shop.now())
    if backed.why_not is None:
        return None
    return f"standing order {order.name} is void: {backed.why_not}"


def is_tried_again(shop: Workshop, asked: Asked) -> bool:
    """Say if a refusal need not be the day's last word: a cluster may elect a leader just then."""
    order = order_named(shop.rules.orders, asked.who.id)
    if asked.who.standing != "schedule" or order is None or why_not_by_order(shop, asked):
        return False
    return shop.now() < order.due_at(asked.at.date()) + _PATIENCE


def why_not_planned(shop: Workshop, planned: Planned) -> str | None:
    """Say in a clause what a plan does that its order does not allow; None if nothing."""
    order = order_named(shop.rules.orders, planned.standing_order or "")
    if order is None:
        return f"there is no standing order {planned.standing_order} in the configuration"
    if (planned.playbook, planned.cluster) != (order.playbook, order.cluster):
        return f"standing order {order.name} allows {order.playbook} on {order.cluster} alone"
    harms = tuple(Danger)
    if harms.index(planned.danger) > harms.index(order.danger):
        return (
            f"this plan {planned.danger}, and standing order {order.name} was signed for what"
            f" {order.danger}"
        )
    return None


def request_of(planned: Planned) -> Asked:
    """Write the request again that a plan came from."""
    return Asked(
        id=planned.run,
        run=planned.run,
        word=planned.word,
        ask=planned.ask,
        who=planned.who,
        channel=planned.channel,
        at=planned.at,
        again=planned.again,
    )


def answer_by_order(shop: Workshop, run: Run) -> Ordered | OrderVoid | None:
    """Let the order approve the plan, or say why it does not; None: not due yet by this clock."""
    planned, now = run.planned, shop.now()
    name = planned.standing_order
    if name is None or planned.at > now:
        return None
    why = why_not_by_order(shop, request_of(planned)) or why_not_planned(shop, planned)
    order = order_named(shop.rules.orders, name)
    if why is not None or order is None:
        return OrderVoid(at=now, order=name, why=why or "it is gone")
    backed = backing(order, shop.people, shop.rules, shop.signers, now)
    given = Ordered(
        at=now, order=name, digest=planned.digest, text=backed.text, signatures=backed.signatures
    )
    if stands_on(run, given):
        return given
    return OrderVoid(at=now, order=name, why="the plan is not the one that it allows")


def why_order_fell(shop: Workshop, run: Run) -> str | None:
    """Say in a clause why a run may not go on by its order; None if it may.

    Its last day may pass meanwhile; nothing else of it may change.
    """
    given = run.ordered
    if given is None:
        return "no standing order was in force when it began"
    order = order_named(shop.rules.orders, given.order)
    if order is None:
        return f"standing order {given.order} is not in the configuration any more"
    backed = backing(order, shop.people, shop.rules, shop.signers, given.at)
    if backed.text != given.text:
        return f"standing order {given.order} was changed"
    if backed.why_not is not None:
        return f"standing order {given.order} is void: {backed.why_not}"
    return why_not_planned(shop, run.planned)
