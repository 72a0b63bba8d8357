"""All that the bot knows, gathered from the records for one answer."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from bot.questions import Knowledge
from jobs.people import People
from jobs.readiness.evidence import Attestation, Tick, ticks
from jobs.records.attestations import Attestations
from jobs.records.board import Board
from jobs.records.journal import Altered, Journal
from jobs.records.standing import standing
from jobs.runs.state import Ended, NoRun, Run
from playbooks.core.playbook import Playbook
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)
_RUNS: Final = 200  # Evidence older than these is too old for any item.


class Library:
    """Reads what it has not read before: a journal only ever grows."""

    def __init__(
        self,
        journal: Journal,
        board: Board,
        attestations: Attestations,
        playbooks: Mapping[str, Playbook[Any, Any]],
        people: People,
    ) -> None:
        self._journal = journal
        self._board = board
        self._attestations = attestations
        self._playbooks = playbooks
        self._people = people
        self._read: dict[str, tuple[str, Run | NoRun]] = {}
        self._altered: dict[str, Altered] = {}

    async def gather(self, now: Moment) -> Knowledge:
        views, runs, ticked, bots = await asyncio.gather(
            self._board.clusters(), self.runs(), self.ticked(now), self._board.bots()
        )
        altered = dict(self._altered)
        return Knowledge(views, runs, ticked, self._playbooks, self._people, altered, bots)

    async def runs(self) -> tuple[Run | NoRun, ...]:
        """Read the runs begun last, the newest first; one that was tampered with is left out."""
        names = await self._journal.recent(_RUNS)
        found = [await self._run(name) for name in names]
        return tuple(run for run in found if run is not None)

    async def ticked(self, now: Moment) -> tuple[Tick, ...]:
        """Find what is proved on the checklist now."""
        runs = tuple(run for run in await self.runs() if isinstance(run, Run))
        signed = await self._attestations.all()
        said = tuple(
            Attestation(id=each.id, item=each.item, note=each.note, by=each.by, at=each.at)
            for each in signed
        )
        return ticks(runs, said, now)

    async def _run(self, name: str) -> Run | NoRun | None:
        version, run = self._read.get(name, ("", None))
        # What comes after the end of a run changes nothing that is told here.
        if run is not None and (_is_over(run) or await self._journal.version(name) == version):
            return run
        # Before the journal, so that what comes in between is read the next time.
        version = await self._journal.version(name)
        try:
            history = await self._journal.read(name)
        except Altered as altered:
            _LOG.error("a journal was altered", extra={"run": name, "why": str(altered)})
            self._altered[name] = altered
            return None
        self._altered.pop(name, None)
        run = standing(history)
        if run is not None:
            self._read[name] = (version, run)
        return run


def _is_over(run: Run | NoRun) -> bool:
    return isinstance(run, NoRun) or isinstance(run.stage, Ended)
