"""Show what happens to a run until there is nothing more to wait for: live, or line by line."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from bot.given import Given, Opened
from bot.terminal.console import Console, Until
from bot.terminal.plain import here, visible
from bot.terminal.view import Seen, ansi, draw
from jobs.people import People
from jobs.records.feed import Feed
from jobs.records.journal import History
from jobs.records.standing import standing
from jobs.runs.events import Answered, Event, Refused
from jobs.runs.headline import headline
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Ended, NoRun, Run, Running, Stopped, Undoing
from jobs.runs.story import thread_line
from playbooks.core.trouble import Trouble

LEFT: Final = 130  # The exit code of Ctrl-C, as shells have it.
_TICK: Final = timedelta(seconds=1)  # The clock of the view counts on while nothing happens.
_ANSWERED_WITHIN: Final = timedelta(seconds=60)

State: TypeAlias = Run | NoRun | None


@dataclass(frozen=True, kw_only=True)
class Following:
    """What to follow: a run from an event on, until its presses are answered and `until` says so.

    A press that counted for nothing makes a 1 of a 0.
    """

    run: str
    told: int = 0  # Events that were shown already.
    presses: frozenset[str] = frozenset()
    until: Until


@dataclass(frozen=True)
class _Look:
    """A run at one moment."""

    history: History
    note: str | None

    @property
    def events(self) -> tuple[Event, ...]:
        return self.history.events

    @property
    def state(self) -> State:
        return standing(self.history)


async def follow(following: Following, given: Given, records: Opened, console: Console) -> int:
    """Show it, and answer the exit code. Raises Trouble where no worker does anything."""
    show = _Screen(following, given, console) if console.live else _Lines(following, given)
    with _ctrl_c() as left:
        async for look in _looks(following, records, left):
            show.show(look)
            code = _code(following, look)
            if code is not None:
                print(last_word(look.state), flush=True)
                return code
    run = following.run
    print(f"\nYou left the view. Run {run} goes on; `watch {run}` shows it again.", flush=True)
    return LEFT


@contextmanager
def _ctrl_c() -> Iterator[asyncio.Event]:
    """Hear Ctrl-C as something that happens, so that no call to Redis is broken off by it."""
    left, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, left.set)
    try:
        yield left
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def code_of(state: State, until: Until) -> int | None:
    """Give the exit code where that long has passed: 0 if nothing went wrong; else None."""
    match state:
        case NoRun():
            return 1
        case Run(stage=Ended(outcome=outcome)):
            return 0 if outcome == "done" else 1
        case Run(stage=Stopped()) if until != "it ends":
            return 1
        case Run(stage=AwaitsApproval()) if until == "people are needed":
            return 0
        case _:
            return None


def _code(following: Following, look: _Look) -> int | None:
    waits = bool(following.presses - _answered(look.events))
    if look.history.entered is not None:  # Nobody carries it on, so there is nothing to wait for.
        return code_of(look.state, "people are needed")
    if waits:
        return None
    code = code_of(look.state, following.until)
    refused = {event.press.id for event in look.events if isinstance(event, Refused)}
    return 1 if code == 0 and following.presses & refused else code


def _answered(events: tuple[Event, ...]) -> set[str]:
    presses: list[Answered | None] = [getattr(event, "press", None) for event in events]
    return {press.id for press in presses if press is not None}


async def answer_to(press: str, run: str, given: Given, records: Opened) -> Event:
    """Tell how a worker answered one press, and return that. Raises Trouble where none does."""
    following = Following(run=run, presses=frozenset({press}), until="it ends")
    async for look in _looks(following, records, asyncio.Event()):
        for number, event in enumerate(look.events):
            if press in _answered((event,)):
                print(*told(look.events[: number + 1], number, given.people), sep="\n", flush=True)
                return event
    msg = "nobody left"
    raise AssertionError(msg)


async def _looks(
    following: Following, records: Opened, left: asyncio.Event
) -> AsyncIterator[_Look]:
    """Look at once, at each change, and once a second, until the person leaves."""
    feed, loop = Feed(records.connection), asyncio.get_running_loop()
    cursor = await feed.last()
    give_up = loop.time() + _ANSWERED_WITHIN.total_seconds()
    version, history = "", History(following.run)
    while not left.is_set():
        now = await records.journal.version(following.run)
        if now != version:
            version, history = now, await records.journal.read(following.run)
            give_up = loop.time() + _ANSWERED_WITHIN.total_seconds()
        note = await records.board.note(following.run)
        look = _Look(history, note.says if note is not None else None)
        yield look
        if loop.time() > give_up and _somebody_should_have_answered(following, look):
            raise _nobody_answers(following.run, look)
        cursor = await _next(feed, cursor, left)


async def _next(feed: Feed, cursor: str, left: asyncio.Event) -> str:
    """Wait for the next change, a tick, or Ctrl-C; answers the cursor after it."""
    reading = asyncio.create_task(feed.after(cursor, _TICK))
    leaving = asyncio.create_task(left.wait())
    await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if left.is_set():
        reading.cancel()
        await asyncio.wait({reading})
        return cursor
    lines = await reading
    return lines[-1].id if lines else cursor


def _somebody_should_have_answered(following: Following, look: _Look) -> bool:
    state = look.state
    if isinstance(state, Run) and isinstance(state.stage, Running | Undoing):
        return False  # A press is heard between two steps, and a step may take long.
    return state is None or bool(following.presses)


def _nobody_answers(run: str, look: _Look) -> Trouble:
    if look.note is not None:
        return Trouble(
            f"No worker carries run {run} on",
            left=visible(look.note).rstrip("."),
            do=f"mend that; `watch {run}` shows it again",
        )
    what = "has looked at" if not look.events else "has answered for"
    return Trouble(
        f"No worker {what} run {run} yet",
        left="it stays in the inbox, and nothing was changed",
        do=f"see that the workers run, then `watch {run}`",
    )


class _Lines:
    """On a pipe: one line an event."""

    def __init__(self, following: Following, given: Given) -> None:
        self._told = following.told
        self._people = given.people
        self._note: str | None = None

    def show(self, look: _Look) -> None:
        for said in told(look.events, self._told, self._people):
            print(said, flush=True)
        self._told = max(self._told, len(look.events))
        if look.note != self._note and look.note is not None:
            print(f"Note: {visible(here(look.note))}", flush=True)
        self._note = look.note


class _Screen:
    """On a terminal: one drawing, over and over in the same place."""

    def __init__(self, following: Following, given: Given, console: Console) -> None:
        self._run = following.run
        self._given = given
        self._console = console
        self._lines = 0

    def show(self, look: _Look) -> None:
        said = tuple(told(look.events, 0, self._given.people))
        seen = Seen(self._run, look.state, said, look.note)
        drawn = draw(seen, self._given.people, self._given.now(), self._console.size())
        print(ansi(drawn, self._lines), end="", flush=True)
        self._lines = len(drawn)


def told(events: tuple[Event, ...], since: int, people: People) -> list[str]:
    """Tell the events after the first `since`, one a line."""
    lines = []
    for number in range(since + 1, len(events) + 1):
        stands = replay(events[:number])
        said = thread_line(events[number - 1], stands) if stands is not None else None
        if said is not None:
            name = f"{people.name_of(said.who.by)} " if said.who else ""
            says = visible(here(said.says))
            lines.append(f"{events[number - 1].at:%H:%M:%S} {visible(name)}{says}")
    return lines


def last_word(state: State) -> str:
    """Say where it stands at the end, and what to type next."""
    match state:
        case Run(stage=AwaitsApproval()) as run:
            left = run.planned.needs - len(run.approvals)
            return f"It waits for {left} more approval{'s' * (left > 1)}: `approve {run.id}`."
        case Run(stage=Stopped(do=do)) as run:
            return f"It stopped. What to do: {visible(here(do))}. As in `leave {run.id}`."
        case Run() | NoRun():
            return f"{headline(state)}."
        case None:
            return ""
