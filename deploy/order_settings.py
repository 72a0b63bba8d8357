"""The tables `[standing_orders.NAME]`: what runs by schedule, and where its signatures are."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, JsonValue, ValidationError

from deploy.approval_settings import ApprovalSettings
from jobs.people import Matter, People
from jobs.runs.orders import StandingOrder
from jobs.runs.proofs import signatures_in
from playbooks.core.danger import Danger
from playbooks.core.playbook import Playbook
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Name

_OF_ITS_OWN: Final = frozenset({"cluster", "reason", "since"})  # No arguments of a playbook.


class OrderSettings(Frozen):
    """One order; every field but `signatures` is part of what is signed."""

    playbook: Name
    cluster: Name
    arguments: Mapping[str, JsonValue] = {}  # What its words would say in Slack.
    daily: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]  # UTC.
    until: date  # The last day.
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    in_charge: Annotated[Name, Field(alias="for")]
    danger: Danger = Danger.READS  # The most that a plan of it may do.
    signatures: tuple[Path, ...] = ()  # Files with one armoured signature or more.


def order_faults(
    orders: Mapping[str, OrderSettings],
    approval: ApprovalSettings,
    people: People,
    clusters: Collection[str],
) -> Iterator[str]:
    """Find what only shows when parts are compared, but for what the playbooks have to say."""
    for name, order in orders.items():
        where = f"standing_orders.{name}"
        if order.cluster not in clusters:
            yield f"{where}.cluster: there is no cluster {order.cluster} in this file"
        if people.named(order.in_charge) is None:
            yield f"{where}.for: {order.in_charge} is no person of this file"
        for word in sorted(_OF_ITS_OWN & order.arguments.keys()):
            yield f"{where}.arguments.{word}: an order says it by a key of its own, or not at all"
        if order.danger is Danger.DESTROYS:
            yield (
                f"{where}.danger: what destroys something never runs by schedule;"
                " somebody must read what is lost"
            )
            continue
        if approval.allowed_signers_file is None:
            yield f"{where}: approval.allowed_signers_file must say whose signatures count"
        matter = Matter(requester=order.in_charge, cluster=order.cluster, danger=order.danger)
        able = {*people.approvers_of(matter)} - {order.in_charge}
        needs = approval.rules().needed_by_order(order.danger)
        if len(able) < needs:
            yield f"{where}: {needs} must sign it besides {order.in_charge}, and {len(able)} may"


def known_orders(
    orders: Mapping[str, OrderSettings], books: Mapping[str, Playbook[Any, Any]]
) -> tuple[StandingOrder, ...]:
    """The orders as the engine wants them. Raises Trouble with every fault in them."""
    faults = [fault for name, order in orders.items() for fault in _faults(name, order, books)]
    if faults:
        listed = "".join(f"\n  - {fault}" for fault in faults)
        raise Trouble(
            f"The standing orders cannot be used:{listed}\n",
            left="nothing was started",
            do="mend them; deploy/install/vault-responder.toml explains every key",
        )
    return tuple(_known(name, order, books[order.playbook]) for name, order in orders.items())


def _faults(
    name: str, order: OrderSettings, books: Mapping[str, Playbook[Any, Any]]
) -> Iterator[str]:
    if order.playbook not in books:
        names = ", ".join(sorted(books))
        yield f"standing_orders.{name}.playbook: there is none named {order.playbook}; say {names}"
        return
    given = {**order.arguments, "cluster": order.cluster, "reason": order.reason}
    try:
        books[order.playbook].ask.model_validate(given)
    except ValidationError as error:
        for fault in error.errors():
            place = ".".join(map(str, fault["loc"]))
            yield f"standing_orders.{name}.arguments.{place}: {fault['msg']}"


def _known(name: str, order: OrderSettings, book: Playbook[Any, Any]) -> StandingOrder:
    return StandingOrder(
        name=name,
        playbook=book.name,
        word=book.word,
        does=book.about,
        cluster=order.cluster,
        arguments=order.arguments,
        daily=time.fromisoformat(order.daily),
        until=order.until,
        reason=order.reason,
        in_charge=order.in_charge,
        danger=order.danger,
        signatures=tuple(each for file in order.signatures for each in _signatures(file)),
    )


def _signatures(file: Path) -> tuple[str, ...]:
    """A file that is not there yet holds none: the text must be there before it can be signed."""
    try:
        text = file.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Trouble(
            f"The signatures in {file} cannot be read ({error.strerror})",
            left="nothing was started",
            do="let looker and worker read it; it holds no secret",
        ) from error
    return signatures_in(text)
