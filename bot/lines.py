"""Which events of a run have a line in its thread: so many that people still read them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jobs.runs.events import Event
from jobs.runs.lifecycle import after
from jobs.runs.state import NoRun, Run
from jobs.runs.story import Line, thread_line

# A run of usual length has fewer. With calls, report and outcome a thread has 40 posts at most.
_EVERY: Final = 30
_MOST: Final = 34
_LAST: Final = 35  # The end of a run is told, whatever came before it.


@dataclass(frozen=True)
class Told:
    """The lines by the numbers of their events, and how many were left out.

    `run` is what all events together lead to; None where nothing happened.
    """

    lines: dict[int, Line]
    left_out: int
    run: Run | NoRun | None


def told(events: Sequence[Event]) -> Told:
    """Tell every event of a usual run, and of a long one what is more than progress."""
    lines: dict[int, Line] = {}
    left_out = 0
    run: Run | NoRun | None = None
    for number, event in enumerate(events, 1):
        run = after(run, event)
        said = thread_line(event, run)
        if said is None:
            continue
        if len(lines) < _room_for(said):
            lines[number] = said
        else:
            left_out += 1
    return Told(lines, left_out, run)


def _room_for(said: Line) -> int:
    if said.urgency == "progress":
        return _EVERY
    return _LAST if said.urgency == "end" else _MOST
