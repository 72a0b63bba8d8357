"""Letters about standing orders that do not do what they are there for. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from jobs.alarms.mail import Letter, clock, last_of, letter_body
from jobs.people import People
from jobs.runs.headline import headline
from jobs.runs.orders import StandingOrder, order_named, order_run
from jobs.runs.state import Ended, NoRun, Run, Stopped
from playbooks.core.values import Moment, Name

LATE_AFTER: Final = timedelta(minutes=15)
_BY_HAND: Final = "It is not tried again before tomorrow. Ask for it as a person if it cannot wait."
_NOT_DONE: Final = "What it is there for was not done today."


def order_failed(
    state: Run | NoRun, orders: Sequence[StandingOrder], on_call: Sequence[Name], people: People
) -> Letter | None:
    """Tell why a run by standing order came to nothing, or stands; None for any other run."""
    match state:
        case NoRun(refused=refused):
            run, who, why = refused.run, refused.who, "; ".join(refused.reasons)
        case Run(planned=planned, stage=Ended(outcome="void")):
            run, who, why = planned.run, planned.who, state.reason
        case Run(planned=planned, stage=Stopped(happened=happened, cancelled=False)):
            run, who, why = planned.run, planned.who, happened
        case _:
            return None
    named = order_run(run)
    # Whoever forges requests in a schedule's name can give them no such name, and causes no mail.
    if who.standing != "schedule" or named is None or named[0] != who.id:
        return None
    order = order_named(orders, who.id)
    now = [f"{headline(state)}.", *(last_of(state) if isinstance(state, Run) else [_NOT_DONE])]
    do = [
        f'Look at it: `vault-responder command "run {run}"`.',
        "`vault-responder orders` says what every standing order is worth.",
        *([] if isinstance(state, Run) and isinstance(state.stage, Stopped) else [_BY_HAND]),
    ]
    return Letter(
        once=f"{run}-failed",
        to=_to(on_call, order, people),
        subject=f"vault-responder: standing order {who.id} was not carried out",
        body=letter_body(f"What was due by schedule was not done: {why}.", now, do),
    )


def order_is_late(
    order: StandingOrder, due_at: Moment, on_call: Sequence[Name], people: People
) -> Letter:
    """Tell that nobody begins what is due."""
    happened = f"Standing order {order.name} was due at {clock(due_at)} and has not begun."
    now = [_NOT_DONE, "It is rung for until midnight UTC, and begins once somebody hears it."]
    do = [
        "See if a looker runs, and what its log says last: `vault-responder worker --queue look`.",
        "See if Redis was lost and waits for `vault-responder accept-redis`.",
        "See if all processes read the same configuration: `vault-responder orders` shows it.",
    ]
    return Letter(
        once=f"{order.run_on(due_at.date())}-late",
        to=_to(on_call, order, people),
        subject=f"vault-responder: standing order {order.name} has not begun",
        body=letter_body(happened, now, do),
    )


def _to(on_call: Sequence[Name], order: StandingOrder | None, people: People) -> tuple[Name, ...]:
    """Write to whoever is in charge too, if they can be written to."""
    charged = None if order is None else people.named(order.in_charge)
    more = (charged.id,) if charged is not None and charged.email else ()
    return tuple(dict.fromkeys((*on_call, *more)))
