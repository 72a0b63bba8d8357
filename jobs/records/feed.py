"""A line for every event of every run: it says where to look, the journal says what is."""

from datetime import timedelta
from typing import Final

from pydantic import Field, ValidationError

from jobs.records.connection import Connection
from playbooks.core.values import Count, Frozen, Name

START: Final = "0-0"  # Before the first line.
_AT_ONCE: Final = 500


class Line(Frozen):
    """`number` is 0 for a change of the run's note on the board."""

    id: str = Field(pattern=r"^\d+-\d+$")  # The cursor from which to read on.
    run: Name
    number: Count
    kind: str


class Feed:
    """Read by the bot; written only together with an event or a note."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def after(self, cursor: str, within: timedelta) -> tuple[Line, ...]:
        """Read on from a cursor; waits for at most `within` if there is nothing yet."""
        lines = await self._connection.lines_after("feed", cursor, _AT_ONCE, within)
        return tuple(line for id, fields in lines if (line := _line(id, fields)) is not None)

    async def first(self) -> str | None:
        """The oldest cursor still kept; None if the feed is empty. Older ones have gaps."""
        lines = await self._connection.oldest_lines("feed", 1)
        return lines[0][0] if lines else None

    async def last(self) -> str:
        """The cursor after everything that is there now."""
        lines = await self._connection.newest_lines("feed", 1)
        return lines[0][0] if lines else START


def _line(id: str, fields: dict[str, str]) -> Line | None:
    try:
        return Line.model_validate({"id": id, **fields})
    except ValidationError:
        return None  # A hint that nobody understands; the journals hold what is true.
