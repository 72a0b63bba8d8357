"""When each waiting approval and each failure was shown, once Slack took posts again. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from jobs.runs.events import Event
from jobs.runs.lifecycle import after
from jobs.runs.state import AwaitsApproval, NoRun, Run, Stopped
from tests.bot.people import Json

_AT_ONCE: Final = 5.0  # Seconds.
_EACH: Final = 1.0
_BUTTONS: Final = {"approval": "press:approve", "failure": "press:try_again"}


@dataclass(frozen=True)
class Wait:
    """A run waits for people; times are in seconds since 1970."""

    run: str
    kind: str
    since: float
    until: float | None  # None: it waits still.


@dataclass(frozen=True)
class Window:
    """Slack takes posts from `begins` until `ends`."""

    begins: float
    ends: float


@dataclass(frozen=True)
class Shown:
    """A wait, and how late and as the how-manieth it was shown."""

    wait: Wait
    place: int
    late: float

    @property
    def left(self) -> float:
        """Seconds to spare; less than nothing breaks the law."""
        return _AT_ONCE + _EACH * self.place - self.late

    def __str__(self) -> str:
        return (
            f"the {self.wait.kind} of {self.wait.run}, number {self.place}, after {self.late:.1f} s"
            f" ({self.left:.1f} s to spare)"
        )


def waits(run: str, events: Iterable[Event], over: float | None = None) -> list[Wait]:
    """Find every time at which a run waited for an approval, or stood still after a failure.

    `over` is when nobody could carry it on any more; None: it can be carried on.
    """
    found: list[Wait] = []
    state: Run | NoRun | None = None
    kind, since = "", 0.0
    for event in events:
        state = after(state, event)
        now = _kind(state)
        if now != kind:
            if kind:
                found.append(Wait(run, kind, since, event.at.timestamp()))
            kind, since = now, event.at.timestamp()
    return [*found, Wait(run, kind, since, over)] if kind else found


def _kind(state: Run | NoRun | None) -> str:
    match state:
        case Run(stage=AwaitsApproval()):
            return "approval"
        case Run(stage=Stopped(cancelled=False)):
            return "failure"
        case _:
            return ""


@dataclass(frozen=True)
class Drawn:
    """A card as Slack has it from a moment on."""

    run: str
    at: float
    offers: str


def shown(found: Sequence[Wait], cards: Sequence[Drawn], windows: Sequence[Window]) -> list[Shown]:
    """Say for each wait that met a window how late it was shown in it.

    Not for one that was shown before, or that ended or whose window closed before it was due.
    """
    late = [one for window in windows for one in _in(window, found, cards)]
    return sorted(late, key=lambda one: one.left)


def _in(window: Window, found: Sequence[Wait], cards: Sequence[Drawn]) -> list[Shown]:
    moments = {}
    for wait in found:
        due = max(window.begins, wait.since)
        shown_at = seen(wait, cards)
        ended = wait.until if wait.until is not None else window.ends
        if due < min(window.ends, ended) and (shown_at is None or shown_at >= due):
            moments[wait] = (due, shown_at)
    result = []
    for wait, (due, shown_at) in moments.items():
        at = shown_at if shown_at is not None and shown_at <= window.ends else window.ends
        place = sum(due <= other <= at for _, other in moments.values() if other is not None)
        one = Shown(wait, max(place, 1), at - due)
        # It was not shown at all: that counts once it is overdue.
        if at == shown_at or one.left < 0:
            result.append(one)
    return result


def seen(wait: Wait, cards: Sequence[Drawn]) -> float | None:
    """When its card first offered what it waits for; None: never."""
    button = _BUTTONS[wait.kind]
    offered = (card for card in cards if card.run == wait.run and card.at >= wait.since)
    return next((card.at for card in offered if button in card.offers), None)


def drawn(calls: Sequence[Json]) -> list[Drawn]:
    """Read what Slack took, in order: a card is posted once, then edited."""
    runs: dict[str, str] = {}
    found = []
    for call in calls:
        if not call["took_effect"] or call["method"] not in {"chat.postMessage", "chat.update"}:
            continue
        about = call["body"].get("metadata", {})
        about = about.get("event_payload", {}) if isinstance(about, dict) else {}
        if str(about.get("key", "")).startswith("card-"):
            runs[call["ts"]] = str(about["run"])
        if call["ts"] in runs:
            at = call["at"] + call["took"]
            found.append(Drawn(runs[call["ts"]], at, str(call["body"].get("blocks", ""))))
    return sorted(found, key=lambda each: each.at)
