"""Which events may follow which: everything else is a forgery or a bug, and is refused."""

from typing import Final

import pytest

from jobs.runs.events import Event, Finished
from jobs.runs.lifecycle import Impossible, replay
from jobs.runs.state import Ended, NoRun, Run, Running, Stopped, Undoing
from tests.jobs.runs.moments import (
    EVENTS,
    MAY_FOLLOW,
    OVER,
    PLANNED,
    STAGES,
    approved,
    by,
    done,
    failed,
)
from tests.jobs.runs.room import EMPTY, FIRST, SECOND


def at(stage: str) -> Run:
    run = replay(STAGES[stage])
    assert isinstance(run, Run)
    return run


PAIRS: Final = [(stage, event) for stage in STAGES for event in EVENTS]


@pytest.mark.parametrize(("stage", "event"), PAIRS)
def test_only_what_may_follow_is_accepted(stage: str, event: str) -> None:
    events = [*STAGES[stage], EVENTS[event]]
    if event == "refused" or event in MAY_FOLLOW[stage]:
        assert isinstance(replay(events), Run)
    else:
        with pytest.raises(Impossible):
            replay(events)


@pytest.mark.parametrize("stage", OVER)
def test_a_run_that_has_ended_stays_as_it_is(stage: str) -> None:
    before, after = at(stage), replay([*STAGES[stage], EVENTS["refused"]])
    assert isinstance(after, Run)
    assert (after.stage, after.steps, after.ended_at) == (
        before.stage,
        before.steps,
        before.ended_at,
    )


@pytest.mark.parametrize("event", [name for name in EVENTS if name != "a second plan"])
def test_a_journal_begins_with_a_plan_or_a_refusal_to_plan(event: str) -> None:
    if event == "a refusal to plan":
        assert isinstance(replay([EVENTS[event]]), NoRun)
    else:
        with pytest.raises(Impossible):
            replay([EVENTS[event]])


def test_nothing_follows_a_refusal_to_plan() -> None:
    for event in EVENTS.values():
        with pytest.raises(Impossible):
            replay([EVENTS["a refusal to plan"], event])


def test_no_events_are_no_run() -> None:
    assert replay([]) is None


def test_steps_are_done_in_their_order() -> None:
    with pytest.raises(Impossible):
        replay([*STAGES["running"], done(FIRST)])
    with pytest.raises(Impossible):
        replay([*STAGES["running"], done(EMPTY), done(EMPTY)])


def test_a_step_that_the_plan_does_not_have_is_impossible() -> None:
    with pytest.raises(Impossible):
        replay([*STAGES["running"], done("Blow the house up")])


def test_one_person_is_counted_once_whatever_the_journal_holds() -> None:
    twice = approved("bob").model_copy(update={"press": by("bob", "again")})
    with pytest.raises(Impossible):
        replay([PLANNED, approved("bob"), twice])


def test_a_run_starts_only_once_enough_people_approved_it() -> None:
    assert not isinstance(at("one approval").stage, Running)
    assert at("running").stage == Running()


def test_a_plan_that_needs_nobody_runs_at_once() -> None:
    run = replay([PLANNED.model_copy(update={"needs": 0})])
    assert isinstance(run, Run)
    assert run.stage == Running()


def test_an_act_that_began_and_did_not_end_leaves_the_run_unsure() -> None:
    assert at("in the middle of an act").stage == Running(unsure=True)
    assert at("in the middle of an undo").stage == Undoing((SECOND, FIRST), unsure=True)


def test_what_is_undone_is_what_was_begun_and_the_last_comes_first() -> None:
    assert at("undoing").stage == Undoing((SECOND, FIRST))


def test_a_bug_stops_the_run_and_names_the_error() -> None:
    stage = at("stopped by a bug").stage
    assert isinstance(stage, Stopped)
    assert "e-1" in stage.happened


def test_a_cancel_before_any_change_ends_the_run_and_a_later_one_stops_it() -> None:
    assert at("cancelled").stage == Ended("cancelled")
    early = replay([*STAGES["running"], done(EMPTY), EVENTS["cancelled"]])
    assert isinstance(early, Run)
    assert early.stage == Ended("cancelled")
    assert isinstance(at("cancelled halfway").stage, Stopped)


def test_a_step_that_was_tried_again_counts_its_acts() -> None:
    run = replay([*STAGES["stopped"], EVENTS["try again"], EVENTS["started"], EVENTS["done"]])
    assert isinstance(run, Run)
    assert next(step for step in run.steps if step.says == SECOND).acts == 2


def test_an_event_never_changes_the_run_it_was_added_to() -> None:
    before = at("between two steps")
    copy = at("between two steps")
    replay([*STAGES["between two steps"], EVENTS["started"]])
    assert before == copy


LIES: Final[dict[str, tuple[str, Event]]] = {
    "an approval of another plan": (
        "awaits approval",
        approved("bob").model_copy(update={"digest": "0" * 64}),
    ),
    "an approval by the requester": ("awaits approval", approved("alice")),
    "an end that nobody pressed": (
        "stopped",
        Finished(at=PLANNED.at, outcome="left"),
    ),
    "an undo of nothing": ("stopped before any change", EVENTS["undo"]),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_decide_never_answers_replay_never_accepts(lie: str) -> None:
    stage, event = LIES[lie]
    events = STAGES.get(stage, (*STAGES["running"], failed(EMPTY)))
    with pytest.raises(Impossible):
        replay([*events, event])
