"""Persons, their Slack ids, and the one table of who may press which button."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from playbooks.core.danger import Danger
from playbooks.core.values import Frozen, Name

# What Slack says of someone, passed on by the bot; only members may ask or press.
Standing: TypeAlias = Literal[
    "member",
    "guest",
    "bot",
    "stranger",
    "other workspace",
    "deleted",
    "unknown",
    "terminal",
    "schedule",
]


class Who(Frozen):
    """Someone who typed or pressed, as the process that heard them reports it."""

    id: str  # A Slack user id, the login name at a terminal, or the name of a standing order.
    standing: Standing


class Person(Frozen):
    """One human of the configuration; all accounts and logins of theirs are still one person."""

    id: Name
    name: str
    slack: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()  # At terminals; never enough to approve.
    phone: str | None = None  # For approvers who call custodians. None: not known.
    email: str | None = None  # For mail that must get through without Slack. None: none is sent.


class Button(StrEnum):
    """What can be pressed on a run; the values are the labels people see."""

    APPROVE = "Approve"
    DENY = "Deny"
    CANCEL = "Cancel"
    TRY_AGAIN = "Try again"
    UNDO = "Undo"
    LEAVE = "Leave"
    ASK_AGAIN = "Ask again"
    WITHDRAW = "Withdraw"
    BREAK_GLASS = "Break glass"


class Matter(Frozen):
    """What a press is about, as far as rights depend on it."""

    requester: str  # The person who asked; empty where nobody has asked yet.
    cluster: str
    danger: Danger


class Remit(Frozen):
    """Who may approve what: the first remit that covers a plan says who its approvers are."""

    approvers: tuple[Name, ...]
    clusters: tuple[Name, ...] | None = None  # None: every cluster.
    dangers: tuple[Danger, ...] | None = None  # None: every danger.

    def covers(self, matter: Matter) -> bool:
        """Say if this remit is about such a plan."""
        there = self.clusters is None or matter.cluster in self.clusters
        return there and (self.dangers is None or matter.danger in self.dangers)


class People(Frozen):
    """The persons and approvers of the configuration. Raises nothing: it is checked at start."""

    persons: tuple[Person, ...]
    approvers: tuple[Name, ...]  # Of every plan that no remit covers.
    remits: tuple[Remit, ...] = ()
    custodians: Mapping[Name, tuple[Name, ...]] = {}  # Of each cluster, in order.

    def named(self, id: str) -> Person | None:
        """Find a person of the configuration; None for anybody else."""
        return next((person for person in self.persons if person.id == id), None)

    def name_of(self, person: str) -> str:
        """Name a person in plain text; somebody of no configuration by their id."""
        known = self.named(person)
        return known.name if known is not None and known.name else person

    def person(self, who: Who) -> str:
        """Name the human behind an account; an account of nobody known stands for itself."""
        if who.standing == "schedule":
            return f"schedule:{who.id}"
        at_terminal = who.standing == "terminal"
        for person in self.persons:
            if who.id in (person.logins if at_terminal else person.slack):
                return person.id
        return f"terminal:{who.id}" if at_terminal else f"slack:{who.id}"

    def accounts(self, person: str) -> tuple[str, ...]:
        """List the Slack ids of a person, the first of which is mentioned."""
        if person.startswith("slack:"):
            return (person.removeprefix("slack:"),)
        return next((known.slack for known in self.persons if known.id == person), ())

    def approvers_of(self, matter: Matter) -> tuple[Name, ...]:
        """List who may approve such a plan, whoever asked for it."""
        found = next((remit for remit in self.remits if remit.covers(matter)), None)
        return self.approvers if found is None else found.approvers

    def approver_accounts(self, matter: Matter) -> tuple[str, ...]:
        """List the first Slack id of every approver of such a plan."""
        return tuple(ids[0] for ids in map(self.accounts, self.approvers_of(matter)) if ids)


def is_of_nobody(person: str) -> bool:
    """Say if this is an account whose human nobody knows: they might approve their own wish."""
    return person.startswith(("slack:", "terminal:"))


Role: TypeAlias = Literal["requester", "approver", "member"]

# Who may press what. Approve has one more rule: never the requester, and nobody counts twice.
# Withdraw is about one's own approval, and the one press that an account keeps when it is
# deactivated: the bot presses it then in that account's name.
RIGHTS: Final[dict[Button, frozenset[Role]]] = {
    Button.APPROVE: frozenset({"approver"}),
    Button.DENY: frozenset({"approver"}),
    Button.CANCEL: frozenset({"requester", "approver"}),
    Button.TRY_AGAIN: frozenset({"requester", "approver"}),
    Button.UNDO: frozenset({"approver"}),
    Button.LEAVE: frozenset({"approver"}),
    Button.ASK_AGAIN: frozenset({"member"}),
    Button.WITHDRAW: frozenset({"requester", "approver", "member"}),
    Button.BREAK_GLASS: frozenset({"approver"}),
}

_WHO: Final[dict[Role, str]] = {
    "requester": "whoever asked for the run",
    "approver": "an approver",
    "member": "a member of this workspace",
}

_WHY_NOT: Final[dict[Standing, str]] = {
    "schedule": "a schedule presses nothing",
    "guest": "guests of the workspace cannot press anything here",
    "bot": "only people can press this, not apps",
    "stranger": "people of other organisations cannot press anything here",
    "other workspace": "this run belongs to another Slack workspace",
    "deleted": "this Slack account is deactivated",
    "unknown": "Slack did not say who this is",
}


def why_not(
    people: People, who: Who, matter: Matter, button: Button, *, signer: str | None = None
) -> str | None:
    """Say in a clause why this person may not press this button; None if they may.

    `signer` is who signed this press: at a terminal that proves who sits there.
    """
    if button is Button.WITHDRAW:
        return None
    if who.standing in _WHY_NOT:
        return _WHY_NOT[who.standing]
    at_terminal = who.standing == "terminal"
    person = signer if at_terminal and signer is not None else people.person(who)
    if not at_terminal and signer not in {None, person}:
        return f"the signature is by {signer}, and this account belongs to {person}"
    if button is Button.APPROVE and person == matter.requester:
        return "whoever asked for a run cannot approve it"
    proven = who.standing == "member" or signer is not None
    roles: set[Role] = {"member"} if proven else set()
    if person == matter.requester:
        roles.add("requester")
    if person in people.approvers_of(matter) and proven:
        roles.add("approver")
    allowed = RIGHTS[button]
    if roles & allowed:
        return None
    if at_terminal and signer is None and "approver" in allowed:
        return "a terminal alone cannot prove who you are; sign it, or press it in Slack"
    names = " or ".join(sorted(_WHO[role] for role in allowed))
    return f"only {names} may press {button.value}"


def why_not_ask(who: Who) -> str | None:
    """Say in a clause why someone may not ask for a run; None if they may.

    A terminal may ask, as what it asks for is approved elsewhere; a standing order is checked by
    its own signatures.
    """
    return None if who.standing in {"terminal", "schedule"} else _WHY_NOT.get(who.standing)
