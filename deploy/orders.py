"""`vault-responder orders`: what runs by schedule, what it is worth, and the text to be signed."""

import argparse
import sys
from typing import Final

from deploy.approval_settings import known_signers
from deploy.books import all_playbooks
from deploy.order_settings import known_orders
from deploy.process import now
from deploy.settings import Settings
from jobs.runs.orders import StandingOrder, order_named
from jobs.work.orders import backing
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment

_NONE: Final = "No standing order is configured: nothing runs by schedule."


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Print the list, or one text. Raises Trouble."""
    if asked.deed == "text":
        return _text(settings, asked.name)
    print("\n".join(told_of_all(settings)) or _NONE)
    return 0


def told_of_all(settings: Settings) -> tuple[str, ...]:
    """Say in one line for each order what it does, and what it is worth now. Raises Trouble."""
    orders = known_orders(settings.standing_orders, all_playbooks())
    return tuple(_told(settings, order, now()) for order in orders)


def _told(settings: Settings, order: StandingOrder, at: Moment) -> str:
    people = settings.known_people()
    backed = backing(order, people, settings.rules(), known_signers(settings.approval), at)
    what = f"{order.name}: {order.playbook} on {order.cluster}, daily at {order.daily:%H:%M} UTC"
    if backed.why_not is not None:
        return f"{what}; NOT in force: {backed.why_not}."
    names = " and ".join(signed.by for signed in backed.signatures)
    return f"{what}; in force until the end of {order.until}, signed by {names}."


def _text(settings: Settings, name: str) -> int:
    orders = known_orders(settings.standing_orders, all_playbooks())
    order = order_named(orders, name)
    if order is None:
        known = ", ".join(each.name for each in orders) or "none is configured"
        raise Trouble(
            f"There is no standing order {name}", left="nothing was printed", do=f"say: {known}"
        )
    sys.stdout.write(order.statement(settings.rules().needed_by_order(order.danger)).text())
    files = ", ".join(map(str, settings.standing_orders[name].signatures))
    print(
        "\nThis text is signed by `vault-responder sign` on the machine of each approver. What that"
        " prints goes into a file that\n"
        f"`signatures` of [standing_orders.{name}] names ({files or 'none yet'}). A new order also"
        " needs a restart of the scheduler.",
        file=sys.stderr,
    )
    return 0
