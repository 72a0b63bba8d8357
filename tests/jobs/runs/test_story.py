"""What people are told: every event has its sentence, and each can be read aloud."""

import pytest

from jobs.people import Button, Who
from jobs.runs.events import PlanRefused, Refused
from jobs.runs.headline import headline, mark
from jobs.runs.lifecycle import replay
from jobs.runs.state import NoRun
from jobs.runs.story import Line, call_for_approval, refusal, reminder, thread_line
from tests.bot.blocks.examples import ASKED_AT, Journal, approved, restore, stages
from tests.jobs.runs.moments import EVENTS, MAY_FOLLOW, STAGES

LINK = "https://postbox.slack.example/archives/C0INCIDENT/p1"


def told(journal: Journal) -> list[Line]:
    found = []
    for place, event in enumerate(journal.events, 1):
        run = replay(journal.events[:place])
        assert run is not None
        said = thread_line(event, run)
        if said is not None:
            found.append(said)
    return found


def last(journal: Journal) -> Line:
    return told(journal)[-1]


HEADLINES = {
    "asked": "Restore backup on prod: waits for approval, 0 of 2",
    "one approval": "Restore backup on prod: waits for approval, 1 of 2",
    "running": "Restore backup on prod: step 4 of 11",
    "waits": "Restore backup on prod: step 8 of 11, waits: 2 of 3 custodians",
    "stopped": "Restore backup on prod: STOPPED at step 5 of 11",
    "broke": "Restore backup on prod: STOPPED at step 5 of 11",
    "tried again": "Restore backup on prod: step 5 of 11",
    "cancelled halfway": "Restore backup on prod: cancelled halfway, waits for a decision",
    "undoing": "Restore backup on prod: taking back, 1 to go",
    "undone": "Restore backup on prod: undone",
    "left": "Restore backup on prod: left as it is",
    "denied": "Restore backup on prod: denied, nothing was changed",
    "expired": "Restore backup on prod: expired, nothing was changed",
    "done": "Restore backup on prod: done in 1 min 23 s",
}


@pytest.mark.parametrize("stage", stages())
def test_the_headline_says_where_a_run_stands(stage: str) -> None:
    run = stages()[stage].run()
    assert headline(run) == HEADLINES[stage]
    assert mark(run)


@pytest.mark.parametrize("stage", STAGES)
def test_every_event_that_may_happen_can_be_told(stage: str) -> None:
    for event in MAY_FOLLOW[stage] | {"refused"}:
        events = [*STAGES[stage], EVENTS[event]]
        run = replay(events)
        assert run is not None
        said = thread_line(events[-1], run)
        if said is None:
            assert event in {"started", "undo started"}
        else:
            assert said.says
            assert not said.says.endswith(".")
            assert "  " not in said.says


def test_an_event_is_told_the_same_way_when_the_run_has_gone_on_since() -> None:
    journal = stages()["done"]
    final = journal.run()
    for place, event in enumerate(journal.events, 1):
        then = replay(journal.events[:place])
        assert then is not None
        before, after = thread_line(event, then), thread_line(event, final)
        assert (before is None) is (after is None)


def test_approvals_count_up_and_the_last_one_starts_the_run() -> None:
    said = [line.says for line in told(approved()) if line.icon == "+1"]
    assert said == [
        "approved the plan (1 of 2), 1 more needed",
        "approved the plan (2 of 2), the run starts",
    ]


def test_a_start_is_told_only_where_it_may_be_the_second_one() -> None:
    journal = approved().do(4)
    before = len(told(journal))
    assert len(told(journal.start())) == before
    assert (
        "done once more"
        in last(journal.fail("a", "b", "c").choose(Button.TRY_AGAIN).start(again=True)).says
    )


def test_a_failure_says_what_happened_what_is_true_and_what_to_do() -> None:
    said = last(stages()["stopped"])
    assert said.urgency == "failure"
    assert said.says == (
        "Vault on n1 refused the snapshot (HTTP 400)."
        " Now: clients are cut off, and the data on prod is as it was."
        " What to do: press Undo to let clients back,"
        " then pick another backup with `/vault backups`"
    )


@pytest.mark.parametrize(
    ("stage", "urgency"),
    [
        ("asked", "approval"),
        ("one approval", "approval"),
        ("running", "progress"),
        ("waits", "progress"),
        ("stopped", "failure"),
        ("broke", "failure"),
        ("cancelled halfway", "failure"),
        ("undone", "end"),
        ("left", "end"),
        ("denied", "end"),
        ("expired", "end"),
        ("done", "end"),
    ],
)
def test_what_must_not_wait_says_so(stage: str, urgency: str) -> None:
    assert last(stages()[stage]).urgency == urgency


def test_a_refused_press_is_answered_with_its_reason() -> None:
    journal = Journal(restore()).refuse("alice", "whoever asked for a run cannot approve it")
    event = journal.events[-1]
    assert isinstance(event, Refused)
    assert refusal(event) == (
        "Approve did not count: whoever asked for a run cannot approve it."
        " Nothing was changed by it."
    )


def test_approvers_are_told_what_is_lost_why_and_by_when() -> None:
    run = Journal(restore()).approve("bob").run()
    for text in (call_for_approval(run, LINK), reminder(run, LINK)):
        assert "13 h 22 min of writes" in text
        assert "every tenant of prod lost its DKIM keys" in text
        assert "16:22 UTC" in text
        assert text.endswith(LINK)
    assert "1 of 2 approvals" in reminder(run, None)


def test_a_request_that_led_to_no_plan_says_every_reason() -> None:
    refused = PlanRefused(
        at=ASKED_AT,
        run="r-1",
        word="restore",
        who=Who(id="U0ALICE", standing="member"),
        channel=None,
        reasons=("n1 is sealed: unseal it first", "there is no backup"),
    )
    said = thread_line(refused, NoRun(refused))
    assert said is not None
    assert said.says == (
        "No plan was made, and nothing was changed:"
        " n1 is sealed: unseal it first; there is no backup"
    )
