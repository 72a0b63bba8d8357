"""The report a run ends with: a Markdown file for the thread and for whoever asks later."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.people import People
from jobs.runs.events import Event
from jobs.runs.headline import headline
from jobs.runs.state import Run


@dataclass(frozen=True)
class Enclosed:
    """What a report holds besides the run: proved items as "2.7 RTO and RPO are recorded"."""

    people: People
    proved: tuple[str, ...]
    score: tuple[int, int]
    head: str  # The hash of the journal's last event.


def write(run: Run, events: Sequence[Event], enclosed: Enclosed) -> str:
    """Write the report of a run that has ended."""
    return f"# {headline(run)}\n"


def file_name(run: Run) -> str:
    return f"report-{run.id}.md"
