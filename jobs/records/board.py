"""Last known answers with their age: all that the bot knows of the world."""

from typing import Final

from pydantic import ValidationError

from jobs.records.connection import Connection
from jobs.records.heartbeat import Heartbeats
from jobs.runs.bots import Bots
from jobs.runs.views import ClusterView
from playbooks.core.values import Frozen, Moment, Name

_FEED_KEPT: Final = 10_000


class Note(Frozen):
    """Why no worker carries a run on, though it has not ended."""

    run: Name
    at: Moment
    says: str


class Board:
    """Written by workers and lookers, read by everyone, proof of nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put_cluster(self, view: ClusterView) -> None:
        await self._connection.set(f"board:cluster:{view.cluster}", view.model_dump_json())
        await self._connection.add_member("board:clusters", view.cluster)

    async def cluster(self, name: str) -> ClusterView | None:
        """Read the last view of a cluster; None before the first look."""
        text = await self._connection.get(f"board:cluster:{name}")
        try:
            return None if text is None else ClusterView.model_validate_json(text)
        except ValidationError:
            return None  # Written by another version; the next look replaces it within seconds.

    async def clusters(self) -> tuple[ClusterView, ...]:
        """Read the last view of every cluster that was ever looked at, by name."""
        names = await self._connection.members("board:clusters")
        views = [await self.cluster(name) for name in names]
        return tuple(view for view in views if view is not None)

    async def bots(self) -> Bots:
        """Read which bots answer people, by their own heartbeats."""
        return await Heartbeats(self._connection).bots()

    async def put_note(self, note: Note) -> None:
        """Say why a run is left alone; told in the feed once, not at every try."""
        before = await self.note(note.run)
        if before is not None and before.says == note.says:
            return
        await self._connection.set(f"board:note:{note.run}", note.model_dump_json())
        await self._tell(note.run)

    async def clear_note(self, run: str) -> None:
        """Take the note away, now that the run goes on."""
        if await self.note(run) is not None:
            await self._connection.delete(f"board:note:{run}")
            await self._tell(run)

    async def note(self, run: str) -> Note | None:
        """Read why a run is left alone; None if it is not."""
        text = await self._connection.get(f"board:note:{run}")
        try:
            return None if text is None else Note.model_validate_json(text)
        except ValidationError:
            return None  # As above.

    async def _tell(self, run: str) -> None:
        fields = {"run": run, "number": "0", "kind": "note"}
        await self._connection.append("feed", fields, _FEED_KEPT)
