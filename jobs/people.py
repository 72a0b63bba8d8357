"""Persons, their Slack ids, and the one table of who may press which button."""

from enum import StrEnum
from typing import Final, Literal, TypeAlias

from playbooks.core.values import Frozen, Name

# What Slack says of someone, passed on by the bot; only members may ask or press.
Standing: TypeAlias = Literal[
    "member", "guest", "bot", "stranger", "other workspace", "deleted", "unknown", "terminal"
]


class Who(Frozen):
    """Someone who typed or pressed, as the process that heard them reports it."""

    id: str  # A Slack user id, or the login name at a terminal.
    standing: Standing


class Person(Frozen):
    """One human of the configuration; all accounts and logins of theirs are still one person."""

    id: Name
    name: str
    slack: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()  # At terminals; never enough to approve.


class Button(StrEnum):
    """What can be pressed on a run; the values are the labels people see."""

    APPROVE = "Approve"
    DENY = "Deny"
    CANCEL = "Cancel"
    TRY_AGAIN = "Try again"
    UNDO = "Undo"
    LEAVE = "Leave"
    ASK_AGAIN = "Ask again"


class People(Frozen):
    """The persons and approvers of the configuration. Raises nothing: it is checked at start."""

    persons: tuple[Person, ...]
    approvers: tuple[Name, ...]

    def person(self, who: Who) -> str:
        """Name the human behind an account; an account of nobody known stands for itself."""
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

    def approver_accounts(self) -> tuple[str, ...]:
        """List the first Slack id of every approver."""
        return tuple(ids[0] for ids in map(self.accounts, self.approvers) if ids)


Role: TypeAlias = Literal["requester", "approver", "member"]

# Who may press what. Approve has one more rule: never the requester, and nobody counts twice.
RIGHTS: Final[dict[Button, frozenset[Role]]] = {
    Button.APPROVE: frozenset({"approver"}),
    Button.DENY: frozenset({"approver"}),
    Button.CANCEL: frozenset({"requester", "approver"}),
    Button.TRY_AGAIN: frozenset({"requester", "approver"}),
    Button.UNDO: frozenset({"approver"}),
    Button.LEAVE: frozenset({"approver"}),
    Button.ASK_AGAIN: frozenset({"member"}),
}

_WHO: Final[dict[Role, str]] = {
    "requester": "whoever asked for the run",
    "approver": "an approver",
    "member": "a member of this workspace",
}

_WHY_NOT: Final[dict[Standing, str]] = {
    "guest": "guests of the workspace cannot press anything here",
    "bot": "only people can press this, not apps",
    "stranger": "people of other organisations cannot press anything here",
    "other workspace": "this run belongs to another Slack workspace",
    "deleted": "this Slack account is deactivated",
    "unknown": "Slack did not say who this is",
}


def why_not(people: People, who: Who, requester: str, button: Button) -> str | None:
    """Say in a clause why this person may not press this button; None if they may."""
    if who.standing in _WHY_NOT:
        return _WHY_NOT[who.standing]
    person = people.person(who)
    if button is Button.APPROVE and person == requester:
        return "whoever asked for a run cannot approve it"
    roles: set[Role] = {"member"} if who.standing == "member" else set()
    if person == requester:
        roles.add("requester")
    if person in people.approvers and who.standing == "member":
        roles.add("approver")
    allowed = RIGHTS[button]
    if roles & allowed:
        return None
    if who.standing == "terminal" and "approver" in allowed:
        return "a terminal cannot prove who you are, so this is pressed in Slack"
    names = " or ".join(sorted(_WHO[role] for role in allowed))
    return f"only {names} may press {button.value}"
