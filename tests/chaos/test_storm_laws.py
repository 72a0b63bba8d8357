"""Each law of a storm can be broken: what is counted, on records made up to break it."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.records.journal import History
from jobs.runs.events import Answered, Approved, Event, Finished, StepDone, StepStarted
from jobs.runs.requests import Asked
from tests.bot.people import Json
from tests.bot.scribe import DIGEST, planned
from tests.chaos.storm.lateness import Drawn, Wait, Window, drawn, shown, waits
from tests.chaos.storm.reckoning import check_approvals, check_steps, check_threads
from tests.jobs.bench import member

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
STEPS = ("Take step 1", "Take step 48")
WINDOW = Window(100.0, 130.0)
OFFERS = "press:approve"


def wait(run: str, since: float = 90.0, until: float | None = None) -> Wait:
    return Wait(run, "approval", since, until)


def test_the_place_counts_who_was_shown_while_one_waited() -> None:
    cards = [Drawn("b", 104.0, OFFERS), Drawn("a", 106.5, OFFERS), Drawn("late", 129.0, OFFERS)]
    found = shown([wait("a"), wait("b"), wait("late", 122.0)], cards, [WINDOW])
    assert {(each.wait.run, each.place, each.late) for each in found} == {
        ("b", 1, 4.0),
        ("a", 2, 6.5),
        ("late", 1, 7.0),
    }
    assert found[0].wait.run == "late"
    assert found[0].left == -1.0


def test_what_is_never_shown_is_late_and_what_was_shown_before_is_not_counted() -> None:
    cards = [Drawn("seen", 99.0, OFFERS)]
    [found] = shown([wait("seen"), wait("never"), wait("over", until=95.0)], cards, [WINDOW])
    assert found.wait.run == "never"
    assert found.left < 0


def test_a_window_that_closed_too_early_says_nothing() -> None:
    assert shown([wait("a", 127.0)], [], [WINDOW]) == []


def test_a_card_counts_from_when_it_offers_what_is_waited_for() -> None:
    about = {"event_payload": {"run": "a", "key": "card-0"}}
    posted: Json = {"method": "chat.postMessage", "at": 101.0, "took": 0.0, "ts": "1"}
    posted |= {"took_effect": True, "body": {"metadata": about, "blocks": "looking"}}
    refused = posted | {"method": "chat.update", "at": 102.0, "took_effect": False}
    edited = refused | {"at": 103.0, "took_effect": True, "body": {"blocks": OFFERS}}
    [found] = shown([wait("a")], drawn([posted, refused, edited]), [WINDOW])
    assert found.late == 3.0


def history(*events: Event, needs: int = 0) -> History:
    asked = Asked(
        id="q", run="r", word="storm", ask={}, who=member("alice"), channel="C0INCIDENT", at=AT
    )
    first = planned(asked, needs=needs)
    step = first.steps[0]
    steps = tuple(step.model_copy(update={"says": says}) for says in STEPS)
    plan = first.model_copy(update={"at": AT, "expires_at": AT + timedelta(hours=1)})
    return History("r", events=(plan.model_copy(update={"steps": steps}), *events))


def done(step: str, *, tries: int = 1) -> list[Event]:
    begun = [StepStarted(at=AT, step=step, again=bool(n)) for n in range(tries)]
    return [*begun, StepDone(at=AT, step=step, already=False)]


def carried_out(*, tries: int = 1) -> History:
    events = [event for step in STEPS for event in done(step, tries=tries)]
    return history(*events, Finished(at=AT, outcome="done"))


def test_repeated_steps_are_counted_where_they_were_announced() -> None:
    counted = check_steps("s", [carried_out(tries=2)], [*STEPS, *STEPS])
    assert (counted.effects, counted.repeated) == (4, 2)


@pytest.mark.parametrize(
    ("histories", "acted", "says"),
    [
        pytest.param([carried_out()], [*STEPS, STEPS[0]], "ran 2 times", id="acted twice"),
        pytest.param([carried_out()], STEPS[:1], "is not", id="lost"),
        pytest.param([carried_out(), carried_out()], STEPS, "2 runs", id="run twice"),
        pytest.param([history()], [], "0 runs", id="never ended"),
    ],
)
def test_a_step_or_a_run_that_was_lost_or_done_twice_is_found(
    histories: list[History], acted: list[str], says: str
) -> None:
    with pytest.raises(AssertionError, match=says):
        check_steps("s", histories, acted)


def approved(name: str) -> Approved:
    press = Answered(id=f"q-{name}", by=name, account=f"U0{name.upper()}")
    return Approved(at=AT, press=press, digest=DIGEST)


def test_an_approval_that_was_given_and_is_nowhere_is_found() -> None:
    known = {"r": history(approved("bob"), needs=2)}
    check_approvals({("r", "bob")}, known)
    with pytest.raises(AssertionError, match="the approval of carol got lost"):
        check_approvals({("r", "carol")}, known)


def thread(*keys: str) -> list[Json]:
    return [{"metadata": {"event_payload": {"run": "r", "key": key}}} for key in keys]


LINES = ("line-1", "line-3", "line-5", "line-6")


def test_lines_may_be_on_their_way() -> None:
    counted = check_threads({"r": [{}]}, {"r": thread(*LINES[:2])}, [carried_out()])
    assert (counted.posts, counted.missing) == (2, 2)


@pytest.mark.parametrize(
    ("cards", "below", "says"),
    [
        pytest.param(2, thread(*LINES), "2 cards", id="two cards"),
        pytest.param(0, [], "0 cards", id="no card"),
        pytest.param(1, thread(*LINES, LINES[3]), "posted twice", id="twice"),
        pytest.param(1, thread("line-1", "line-5"), "there are", id="a gap"),
        pytest.param(1, thread("line-1", "outcome"), "only", id="ends early"),
        pytest.param(1, thread(*map(str, range(41))), "posts in its thread", id="too many"),
        pytest.param(1, [{"files": [{"name": "a"}, {"name": "b"}]}], "reports", id="two reports"),
    ],
)
def test_a_thread_that_is_not_whole_is_found(cards: int, below: list[Json], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        check_threads({"r": [{}] * cards}, {"r": below}, [carried_out()])


def test_a_run_waits_until_its_last_approval() -> None:
    later = AT + timedelta(seconds=9)
    last = approved("carol").model_copy(update={"at": later})
    events = history(approved("bob"), last, needs=2).events
    assert waits("r", events) == [Wait("r", "approval", AT.timestamp(), later.timestamp())]
    assert waits("r", events[:2], over=5.0)[0].until == 5.0
