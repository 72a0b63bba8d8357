"""Approvers, and nobody else, are told whom to call when a run waits for custodians."""

from datetime import timedelta

from bot.due import Say, Tell, dues
from jobs.people import People, Person
from jobs.runs.events import Event, StepDone, Waits
from tests.bot.scribe import planned
from tests.bot.test_due import ASKED, SCENE
from tests.jobs.bench import PEOPLE, now

STEP = "Wait until the custodians have unsealed every node"
PHONE = "+49 30 5550111"
KNOWN = People(
    persons=(*PEOPLE.persons, Person(id="erin", name="Erin", slack=("U0ERIN",), phone=PHONE)),
    approvers=PEOPLE.approvers,
    custodians={"prod": ("erin",)},
)


def _events(*later: Event) -> tuple[Event, ...]:
    plan = planned(ASKED, needs=0)
    steps = (plan.steps[0].model_copy(update={"says": STEP}), *plan.steps[1:])
    return (plan.model_copy(update={"steps": steps}), *later)


def _waits(says: str) -> Waits:
    return Waits(at=now(), step=STEP, since=ASKED.at + timedelta(seconds=1), says=says)


def test_each_approver_is_told_once_a_wait_with_the_phones() -> None:
    first = _events(_waits("0 of 3 custodians"))
    told = [due for due in dues(first, SCENE, KNOWN, now()) if isinstance(due.what, Tell)]
    assert {due.what.user for due in told if isinstance(due.what, Tell)} == {"U0BOB", "U0CAROL"}
    assert all(PHONE in due.what.message.text for due in told if isinstance(due.what, Tell))
    more = (*first, _waits("1 of 3 custodians"))
    again = [due for due in dues(more, SCENE, KNOWN, now()) if isinstance(due.what, Tell)]
    assert {due.key for due in again} == {due.key for due in told}


def test_what_everyone_reads_holds_no_phone() -> None:
    events = _events(_waits("0 of 3 custodians"))
    said = [due.what for due in dues(events, SCENE, KNOWN, now()) if isinstance(due.what, Say)]
    assert said
    assert not any(PHONE in str(each) for each in said)


def test_a_wait_that_is_over_calls_nobody() -> None:
    over = StepDone(at=now(), step=STEP, already=False)
    found = dues(_events(_waits("2 of 3 custodians"), over), SCENE, KNOWN, now())
    assert not any(PHONE in str(due.what) for due in found)
