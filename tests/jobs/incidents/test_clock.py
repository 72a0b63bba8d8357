"""RTO counts from the incident to the end; RPO is the most that can be lost."""

from datetime import timedelta
from typing import Final

import pytest

from jobs.incidents.clock import Clock, clock, most_lost, rpo_in_words, rto_in_words
from jobs.runs.state import Run
from playbooks.core.objective import SERVER_FAILURE
from tests.bot.blocks.examples import ASKED_AT, Journal, approved, restore, stages

SINCE: Final = ASKED_AT - timedelta(minutes=12)


def measured(run: Run, after: timedelta) -> Clock:
    found = clock(run, SINCE + after)
    assert found is not None
    return found


def test_the_clock_runs_from_when_the_incident_began() -> None:
    found = measured(Journal(restore()).run(), timedelta(minutes=19))
    assert found.took == timedelta(minutes=19)
    assert rto_in_words(found) == "19 min of 6 h (5 %)"


def test_the_clock_stops_when_the_run_ends() -> None:
    run = stages()["done"].run()
    assert run.ended_at is not None
    late = measured(run, timedelta(days=2))
    assert late.took == run.ended_at - SINCE
    assert (late.rto, late.rpo) == ("met", "met")


def test_a_run_that_takes_too_long_has_missed_its_objective_before_its_end() -> None:
    found = measured(approved().do(3).run(), timedelta(hours=6, minutes=1))
    assert found.rto == "missed"
    assert rto_in_words(found) == "6 h 1 min of 6 h (100 %), missed"


def test_what_is_lost_grows_until_the_first_change_and_not_after() -> None:
    waiting = Journal(restore()).run()
    assert most_lost(waiting, ASKED_AT) == timedelta(hours=13, minutes=22)
    later = ASKED_AT + timedelta(minutes=30)
    assert most_lost(waiting, later) == timedelta(hours=13, minutes=52)
    cut = approved().do(3).run()
    first = next(step.started_at for step in cut.steps if step.acts)
    assert first is not None
    assert most_lost(cut, later) == timedelta(hours=13, minutes=22) + (first - ASKED_AT)


def test_a_plan_that_loses_nothing_says_so() -> None:
    planned = restore().model_copy(update={"loses": None})
    found = measured(Journal(planned).run(), timedelta(minutes=30))
    assert found.lost == timedelta(0)
    assert rpo_in_words(found) == "nothing is lost"


def test_where_nothing_may_be_lost_any_loss_misses_the_objective() -> None:
    planned = restore().model_copy(update={"objective": SERVER_FAILURE})
    found = measured(Journal(planned).run(), timedelta(minutes=12))
    assert (found.rpo, found.rpo_share()) == ("missed", None)
    assert rpo_in_words(found) == "up to 13 h 22 min of writes lost, none may be, missed"


@pytest.mark.parametrize("stage", ["denied", "expired", "left", "undone"])
def test_a_run_that_recovered_nothing_never_meets_an_objective(stage: str) -> None:
    run = stages()[stage].run()
    found = clock(run, ASKED_AT)
    assert found is not None
    assert (found.rto, found.rpo) == ("not recovered", "not recovered")


def test_a_run_that_recovers_nothing_has_no_clock() -> None:
    planned = restore().model_copy(update={"objective": None})
    assert clock(Journal(planned).run(), ASKED_AT) is None
