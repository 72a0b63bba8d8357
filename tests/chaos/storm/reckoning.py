"""What must be true after a storm, counted from journals, effects and what Slack holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.lines import told
from jobs.records.journal import History
from jobs.runs.events import Approved, Event, StepDone, StepStarted
from jobs.runs.state import Ended, Run
from tests.bot.people import Json, about

MOST_POSTS: Final = 40  # In a thread.


@dataclass(frozen=True)
class Steps:
    """`repeated` effects were each announced by an event with `again`."""

    effects: int
    repeated: int


@dataclass(frozen=True)
class Threads:
    """What people find below the cards."""

    posts: int
    most: int
    missing: int  # Lines that Slack's limits have not let through yet.


def check_steps(name: str, histories: Sequence[History], acted: Sequence[str]) -> Steps:
    """No run twice, no step lost. Raises AssertionError.

    `histories` are the runs of one command, the one that ended last: all before were left behind.
    """
    ended = [
        run
        for history in histories
        if isinstance(run := history.state, Run) and run.stage == Ended("done")
    ]
    assert len(ended) == 1, f"{name}: {len(ended)} runs came to their end"
    begun: Counter[str] = Counter()
    for history in histories:
        begun += _begun(history)
        _check_approvals(history.events, history.run)
    times = Counter(acted)
    for step, count in times.items():
        assert count <= begun[step], f"{name}: “{step}” ran {count} times, unannounced"
    done = {step.says for step in ended[0].steps if step.says.startswith("Take")}
    assert times.keys() == done, f"{name}: {done ^ times.keys()} is said to be done and is not"
    return Steps(times.total(), times.total() - len(times))


def _begun(history: History) -> Counter[str]:
    """Every attempt after the first says that it is one, and each step is done once."""
    tries: dict[str, list[bool]] = {}
    for event in history.events:
        if isinstance(event, StepStarted):
            tries.setdefault(event.step, []).append(event.again)
    for step, again in tries.items():
        expected = [False] + [True] * (len(again) - 1)
        assert again == expected, f"{history.run}: “{step}” began again, unannounced"
    done = Counter(event.step for event in history.events if isinstance(event, StepDone))
    twice = [step for step, times in done.items() if times > 1]
    assert not twice, f"{history.run}: {twice} was done twice"
    return Counter({step: len(again) for step, again in tries.items()})


def _check_approvals(events: Sequence[Event], run: str) -> None:
    by = Counter(event.press.by for event in events if isinstance(event, Approved))
    assert all(times == 1 for times in by.values()), f"{run}: approvals {dict(by)}"


def check_approvals(given: set[tuple[str, str]], histories: Mapping[str, History]) -> None:
    """What a person was told is sent off is in the journal, or that it did not count."""
    for run, person in sorted(given):
        state = histories[run].state
        assert isinstance(state, Run), run
        answered = [each.press.by for each in (*state.approvals, *state.refusals)]
        over = histories[run].entered is not None
        assert person in answered or over, f"{run}: the approval of {person} got lost"


def check_threads(
    cards: Mapping[str, list[Json]], said: Mapping[str, list[Json]], histories: Sequence[History]
) -> Threads:
    """One card a run, at most so many posts below it, none twice, none left out."""
    posts, missing = [], 0
    for history in histories:
        run = history.run
        assert len(cards.get(run, [])) == 1, f"{run} has {len(cards.get(run, []))} cards"
        below = said.get(run, [])
        posts.append(len(below))
        keys = [about(each, run) for each in below]
        twice = [key for key, times in Counter(keys).items() if key and times > 1]
        assert not twice, f"{run}: {twice} was posted twice"
        files = [file["name"] for each in below for file in each.get("files", [])]
        assert len(files) <= 1, f"{run} has the reports {files}"
        due = [f"line-{number}" for number in told(history.events).lines]
        lines = [key for key in keys if key.startswith("line-")]
        assert lines == due[: len(lines)], f"{run}: of {due} there are {lines}"
        assert "outcome" not in keys or lines == due, f"{run}: {due} has an end and only {lines}"
        missing += len(due) - len(lines)
        whole = len(below) + len(due) - len(lines)  # Also what Slack's limits have not let through.
        assert whole <= MOST_POSTS, f"{run} has {whole} posts in its thread"
    return Threads(sum(posts), max(posts), missing)
