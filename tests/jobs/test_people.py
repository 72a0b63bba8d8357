"""Which human is behind an account."""

from typing import Final

import pytest

from jobs.people import Button, Matter, People, Person, Who, why_not
from playbooks.core.danger import Danger

PEOPLE: Final = People(
    persons=(
        Person(id="alice", name="Alice", slack=("UALICE",), logins=("alice", "aahmed")),
        Person(id="bob", name="Bob", slack=("UBOB",)),
    ),
    approvers=("alice", "bob"),
)


@pytest.mark.parametrize(
    ("id", "standing", "person"),
    [
        ("aahmed", "terminal", "alice"),
        ("UALICE", "member", "alice"),
        # A login is no Slack id, and a person's name in the configuration is neither.
        ("UALICE", "terminal", "terminal:UALICE"),
        ("aahmed", "member", "slack:aahmed"),
        ("bob", "terminal", "terminal:bob"),
    ],
)
def test_an_account_belongs_to_the_person_who_has_it_of_that_kind(
    id: str, standing: str, person: str
) -> None:
    assert PEOPLE.person(Who.model_validate({"id": id, "standing": standing})) == person


MATTER: Final = Matter(requester="bob", cluster="prod", danger=Danger.DESTROYS)


@pytest.mark.parametrize("button", [Button.APPROVE, Button.DENY, Button.UNDO, Button.LEAVE])
def test_the_login_of_an_approver_approves_nothing(button: Button) -> None:
    assert why_not(PEOPLE, Who(id="alice", standing="terminal"), MATTER, button)
