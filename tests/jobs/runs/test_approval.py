"""Two people, never the one who asked, each for exactly this plan, in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from jobs.people import Button, Who
from jobs.runs.decisions import decide
from jobs.runs.events import Approved, Refused
from jobs.runs.lifecycle import replay
from jobs.runs.planning import digest_of
from jobs.runs.requests import Press
from jobs.runs.state import AwaitsApproval, Ended, Run
from tests.jobs.runs.moments import LATER, PLANNED
from tests.jobs.runs.room import PEOPLE, Room, Stage, begin, playbook, press

BOB_APPROVED: Final = (
    PLANNED,
    decide(
        Run(PLANNED, AwaitsApproval(), ()), press(PLANNED, Button.APPROVE, "UBOB"), PEOPLE, LATER
    ),
)
# Each is pressed after Bob approved once, and counts for nothing.
WRONG: Final[dict[str, tuple[Callable[[], Press], str]]] = {
    "the requester": (
        lambda: press(PLANNED, Button.APPROVE, "UALICE"),
        "whoever asked for a run cannot approve it",
    ),
    "the same person": (
        lambda: press(PLANNED, Button.APPROVE, "UBOB", id="p2"),
        "you have approved this already, and one person counts once",
    ),
    "the same person's other account": (
        lambda: press(PLANNED, Button.APPROVE, "UBOBTWO"),
        "you have approved this already, and one person counts once",
    ),
    "a member who is no approver": (
        lambda: press(PLANNED, Button.APPROVE, "UEVE"),
        "only an approver may press Approve",
    ),
    "a guest": (
        lambda: press(PLANNED, Button.APPROVE, who=Who(id="UCAROL", standing="guest")),
        "guests of the workspace cannot press anything here",
    ),
    "a stranger": (
        lambda: press(PLANNED, Button.APPROVE, who=Who(id="UCAROL", standing="stranger")),
        "people of other organisations cannot press anything here",
    ),
    "someone of another workspace": (
        lambda: press(PLANNED, Button.APPROVE, who=Who(id="UCAROL", standing="other workspace")),
        "this run belongs to another Slack workspace",
    ),
    "someone who left": (
        lambda: press(PLANNED, Button.APPROVE, who=Who(id="UCAROL", standing="deleted")),
        "this Slack account is deactivated",
    ),
    "an app": (
        lambda: press(PLANNED, Button.APPROVE, who=Who(id="UCAROL", standing="bot")),
        "only people can press this, not apps",
    ),
    "a terminal": (
        lambda: press(PLANNED, Button.APPROVE, who=Who(id="carol", standing="terminal")),
        "a terminal alone cannot prove who you are; sign it, or press it in Slack",
    ),
    "an old plan": (
        lambda: press(PLANNED, Button.APPROVE, "UCAROL", digest="f" * 64),
        "this button belongs to another plan; read the plan that stands now",
    ),
}


@pytest.mark.parametrize("who", WRONG)
def test_a_press_that_does_not_count_is_refused_with_its_reason(who: str) -> None:
    run = replay(BOB_APPROVED)
    assert isinstance(run, Run)
    wrong, why = WRONG[who]
    answer = decide(run, wrong(), PEOPLE, LATER)
    assert isinstance(answer, Refused)
    assert answer.why == why


@pytest.mark.parametrize("who", WRONG)
def test_a_press_that_does_not_count_changes_nothing_else(who: str) -> None:
    before = replay(BOB_APPROVED)
    assert isinstance(before, Run)
    answer = decide(before, WRONG[who][0](), PEOPLE, LATER)
    after = replay([*BOB_APPROVED, answer])
    assert isinstance(after, Run)
    assert (after.stage, after.approvals, after.steps) == (
        before.stage,
        before.approvals,
        before.steps,
    )


def test_after_its_time_nobody_approves() -> None:
    run = replay(BOB_APPROVED)
    assert isinstance(run, Run)
    second = press(PLANNED, Button.APPROVE, "UCAROL")
    just_in_time = PLANNED.expires_at - timedelta(seconds=1)
    assert isinstance(decide(run, second, PEOPLE, just_in_time), Approved)
    late = decide(run, second, PEOPLE, PLANNED.expires_at)
    assert isinstance(late, Refused)
    assert "Ask again" in late.why


async def test_two_people_start_a_run_and_one_does_not() -> None:
    stage = begin()
    stage.press(Button.APPROVE, "UBOB")
    run = await stage.carry()
    assert run.stage == AwaitsApproval()
    assert stage.room.acts == []
    stage.press(Button.APPROVE, "UCAROL")
    assert (await stage.to_rest()).stage == Ended("done")


async def test_a_plan_nobody_approved_in_time_ends_and_changes_nothing() -> None:
    stage = begin()
    stage.press(Button.APPROVE, "UBOB")
    await stage.carry()
    stage.toy.clock = PLANNED.expires_at
    stage.press(Button.APPROVE, "UCAROL")
    assert (await stage.carry()).stage == Ended("expired")
    assert stage.room.acts == []


async def test_one_deny_ends_a_run_even_after_an_approval() -> None:
    stage = begin()
    stage.press(Button.APPROVE, "UBOB")
    stage.press(Button.DENY, "UCAROL", reason="wrong cluster")
    stage.press(Button.APPROVE, "UDAVE")
    run = await stage.to_rest()
    assert (run.stage, run.reason) == (Ended("denied"), "wrong cluster")
    assert stage.room.acts == []


async def test_a_press_that_is_delivered_again_is_answered_once() -> None:
    stage = begin()
    for _ in range(3):
        stage.press(Button.APPROVE, "UBOB", id="same")
        await stage.carry()
    assert stage.kinds() == ["planned", "approved"]


async def test_everyone_is_answered_exactly_once_across_workers() -> None:
    stage = begin()
    for account in ("UALICE", "UEVE", "UBOB", "UBOB", "UBOBTWO", "UCAROL"):
        stage.press(Button.APPROVE, account)
    await stage.to_rest()
    await stage.to_rest()
    answered = [event.press.id for event in stage.events if isinstance(event, Approved | Refused)]
    assert sorted(answered) == sorted(press.id for press in stage.pressed)


def _digest(stage: Stage, requester: str = "alice", reason: str = "it is dark") -> str:
    return digest_of(requester, reason, stage.book, stage.run.planned.plan)


def test_the_digest_covers_who_asks_why_which_table_and_which_plan() -> None:
    stage = begin()
    same = _digest(stage)
    assert same == stage.run.planned.digest
    other_table = playbook(Room())
    cut = type(other_table)(**{**vars(other_table), "steps": other_table.steps[:-1]})
    plan = {**stage.run.planned.plan, "cluster": "staging"}
    others = {
        _digest(stage, requester="bob"),
        _digest(stage, reason="for fun"),
        digest_of("alice", "it is dark", cut, stage.run.planned.plan),
        digest_of("alice", "it is dark", stage.book, plan),
    }
    assert len(others - {same}) == 4
