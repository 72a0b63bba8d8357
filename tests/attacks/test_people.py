"""People who must not count, by whatever account or key they come: refused, and nothing changed."""

from pathlib import Path

import pytest

from jobs.people import Button, Person, Who
from jobs.runs.state import Stopped
from jobs.runs.statement import glass_statement
from playbooks.core.danger import Danger
from tests.attacks.room import Room
from tests.jobs.work.hands import RUN
from tests.ssh import make_ssh_key

_OTHER = "run-2"


@pytest.fixture
def alice_approves(room: Room) -> Room:
    """Alice may approve what others ask for, and has a second Slack account."""
    persons = tuple(_with_second_account(person) for person in room.people.persons)
    changed = {"persons": persons, "approvers": ("alice", "bob", "carol")}
    room.people = room.people.model_copy(update=changed)
    room.allowed = "".join(room.keys[name].allowed for name in ("alice", "bob", "carol"))
    return room


def _with_second_account(person: Person) -> Person:
    more = ("U0ALICE2",) if person.id == "alice" else ()
    return person.model_copy(update={"slack": (*person.slack, *more)})


@pytest.mark.parametrize("account", ["alice", "alice2"])
async def test_nobody_approves_their_own_wish_through_a_second_account(
    alice_approves: Room, account: str
) -> None:
    room = alice_approves
    await room.plan()
    await room.press(account, room.keys["alice"].sign(await room.text()))
    await room.refuses("whoever asked for a run cannot approve it")


async def test_who_asks_through_an_account_of_nobody_gets_no_plan(alice_approves: Room) -> None:
    """Otherwise its owner could approve as the person that everybody knows."""
    room = alice_approves
    asked = await room.place.ask(RUN, danger=Danger.DESTROYS)
    nobody = Who(id="U0ALICE3", standing="member")
    other = {"id": "ask-other", "run": _OTHER, "who": nobody}
    await room.place.put(asked.model_copy(update=other))
    before = await room.trace()
    await room.look(_OTHER)
    reasons = await room.reasons(_OTHER)
    assert "the Slack account `U0ALICE3` belongs to no person of the configuration" in reasons
    assert (await room.trace()).world == before.world
    assert await room.place.kinds(_OTHER) == ["plan refused"]


async def test_two_keys_of_one_person_are_one_approval(room: Room, tmp_path: Path) -> None:
    second = make_ssh_key(tmp_path, "bob")
    keys = [room.keys["bob"].allowed, room.keys["carol"].allowed, second.allowed]
    room.allowed = "".join(keys)
    await room.plan()
    await room.approve("bob")
    await room.drive()
    again = second.sign(await room.text())
    await room.press("bob", again)
    await room.refuses("you have approved this already, and one person counts once")
    await room.press("carol", again)
    await room.refuses("the signature is by bob, and this account belongs to carol")
    terminal = Who(id="carol-unix", standing="terminal")
    press = (await room.press("bob", again)).model_copy(update={"id": "at-one", "who": terminal})
    await room.drive()
    await room.place.put(press)
    await room.refuses("you have approved this already, and one person counts once")
    assert await room.approved_by() == ["bob"]


async def test_an_approver_who_was_removed_while_it_waited_counts_no_more(room: Room) -> None:
    await room.plan()
    await room.approve("bob")
    await room.drive()
    before = await room.trace()
    room.people = room.people.model_copy(update={"approvers": ("carol",)})
    await room.approve("carol")
    await room.drive()
    stage = (await room.state()).stage
    assert isinstance(stage, Stopped)
    assert "The approval of this run does not hold: bob is no approver any more" in stage.happened
    after = await room.trace()
    assert after.besides_journal == before.besides_journal
    assert after.journal[RUN] == ("planned", "approved", "approved", "step failed")


@pytest.mark.parametrize("name", ["alice", "mallory"])
async def test_the_glass_is_not_broken_by_somebody_outside(room: Room, name: str) -> None:
    """Not even by whoever asked, or with a key that counts for something else."""
    room.break_glass = ("toy",)
    room.allowed = "".join(key.allowed for key in room.keys.values())
    planned = await room.plan()
    signature = room.keys[name].sign(glass_statement(planned, "because").text())
    await room.press(name, signature, Button.BREAK_GLASS, confirms=planned.cluster)
    await room.refuses("only an approver may press Break glass")
