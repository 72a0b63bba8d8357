"""What a run leaves behind for people: its report, and what it proved on the checklist."""

from collections.abc import Callable

from bot.blocks.checklist import outcome
from bot.blocks.message import Message
from bot.knowledge import Library
from jobs.incidents.report import Enclosed, file_name, write
from jobs.people import People
from jobs.readiness.evidence import proved_by, score
from jobs.records.journal import History
from jobs.runs.state import Run
from playbooks.core.values import Moment


class Ending:
    """Written from the journal alone, so it can be written again at any time."""

    def __init__(self, library: Library, people: People, now: Callable[[], Moment]) -> None:
        self._library = library
        self._people = people
        self._now = now

    async def report(self, run: Run, history: History) -> tuple[str, str]:
        """Give the report's file name and its text."""
        ticked = await self._library.ticked(self._now())
        enclosed = Enclosed(self._people, proved_by(run), score(ticked), history.head)
        return file_name(run), write(run, history.events, enclosed)

    async def outcome(self, run: Run) -> Message:
        """Say what the run proved, and the score of the checklist."""
        return outcome(proved_by(run), await self._library.ticked(self._now()))
