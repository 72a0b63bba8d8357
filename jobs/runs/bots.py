"""Whether a bot answers people, as the bots' own heartbeats tell. Pure."""

from datetime import timedelta
from typing import Final

from playbooks.core.values import Frozen, Moment

BEATS_EVERY: Final = timedelta(seconds=5)
# Two beats may get lost before a bot is taken for gone.
_FRESH: Final = timedelta(seconds=15)
SILENT_AFTER: Final = timedelta(seconds=60)


class Beat(Frozen):
    """The last sign of life of one bot process."""

    bot: str
    at: Moment
    connected: bool  # Whether Slack answered it just before.


class Bots(Frozen):
    """All moments are by Redis's own clock, so no two machines need the same one."""

    beats: tuple[Beat, ...]
    answered_at: Moment | None  # When any bot was last connected to Slack; None: never yet.
    seen_at: Moment

    def answering(self) -> tuple[str, ...]:
        """Name the bots that people can reach now."""
        return tuple(beat.bot for beat in self._fresh() if beat.connected)

    def cut_off(self) -> tuple[str, ...]:
        """Name the bots that run without a connection to Slack."""
        return tuple(beat.bot for beat in self._fresh() if not beat.connected)

    def _fresh(self) -> tuple[Beat, ...]:
        return tuple(beat for beat in self.beats if self.seen_at - beat.at < _FRESH)
