"""However long a run is, its thread stays one that people read."""

from datetime import timedelta
from typing import Final

from bot.due import Outcome, Report, Say, Scene, dues
from bot.lines import told
from jobs.people import Button
from jobs.runs.events import (
    Answered,
    Approved,
    Chosen,
    Event,
    Finished,
    StepDone,
    StepFailed,
    StepStarted,
    Waits,
)
from tests.bot.scribe import DIGEST, STEPS, planned
from tests.bot.test_due import ASKED, SCENE
from tests.jobs.bench import PEOPLE, now

MOST: Final = 40


def _pressed(number: int) -> Answered:
    return Answered(id=f"press-{number}", by="bob", account="U0BOB")


def _long_run(waits: int, failures: int) -> list[Event]:
    """It waits and waits, fails and is tried again, and ends well."""
    events: list[Event] = [planned(ASKED, needs=1)]
    events.append(Approved(at=now(), press=_pressed(0), digest=DIGEST))
    events += [
        Waits(at=now(), step=STEPS[0], since=now(), says=f"{number} of {waits}")
        for number in range(waits)
    ]
    for number in range(failures):
        failed = StepFailed(at=now(), step=STEPS[0], happened="It burnt", left="", do="try again")
        press = _pressed(number + 1)
        events += [failed, Chosen(at=now(), press=press, button=Button.TRY_AGAIN)]
    for step in STEPS:
        events.append(StepStarted(at=now(), step=step, again=False))
        events.append(StepDone(at=now(), step=step, already=False))
    return [*events, Finished(at=now(), outcome="done")]


def _posts(events: list[Event], scene: Scene = SCENE) -> list[str]:
    """The keys of all that is ever posted in the thread, at whatever moment somebody looks."""
    later = now() + timedelta(hours=1)
    found: dict[str, None] = {}
    for length in sorted({*range(1, len(events), 7), len(events)}):
        for due in dues(tuple(events[:length]), scene, PEOPLE, later):
            if isinstance(due.what, Say | Report | Outcome):
                found[due.key] = None
    return list(found)


def test_a_thread_has_at_most_forty_posts_however_long_the_run() -> None:
    for waits, failures in ((0, 0), (200, 0), (0, 100), (100, 50)):
        events = _long_run(waits, failures)
        posts = _posts(events)
        assert len(posts) <= MOST, (waits, failures)
        assert f"line-{len(events)}" in posts, "its end is told"
        assert ("rest" in posts) is (waits + failures > 0)


def test_a_run_of_usual_length_is_told_whole() -> None:
    events = _long_run(12, 2)
    assert told(events).left_out == 0
    assert len([key for key in _posts(events) if key.startswith("line-")]) == 12 + 4 + 6


def test_what_is_left_out_is_counted_and_failures_come_before_progress() -> None:
    events = _long_run(100, 1)
    thread = told(events)
    failed = next(n for n, event in enumerate(events, 1) if isinstance(event, StepFailed))
    assert failed in thread.lines
    assert len(thread.lines) + thread.left_out == len(told(_long_run(10, 1)).lines) + 90


def test_nobody_is_called_for_a_run_that_is_history() -> None:
    events = _long_run(3, 1)[:1]  # It waits for approval.
    assert "call" in [due.key for due in dues(tuple(events), SCENE, PEOPLE, now())]
    scene = Scene(**{**vars(SCENE), "history": "It stood still."})
    found = dues(tuple(events), scene, PEOPLE, now())
    assert [due.key for due in found] == ["line-1", "left-behind"]
    says = [due.what for due in found if isinstance(due.what, Say)]
    assert [say.broadcast for say in says] == [False, True]
