"""What composition would give to a bot under test."""

from collections.abc import Callable
from typing import Final

from bot.given import Given
from bot.home import BotSettings
from playbooks.backups import restore_backup, take_backup
from playbooks.core.values import Moment
from tests.jobs.bench import PEOPLE, Place, now

SETTINGS: Final = BotSettings(team="T0DEMO", incident_channels=("C0INCIDENT",))
PLAYBOOKS: Final = {book.name: book for book in (restore_backup.PLAYBOOK, take_backup.PLAYBOOK)}


def given(place: Place, name: str, clock: Callable[[], Moment] = now) -> Given:
    return Given(
        redis=place.address("bot"),
        bell_secret=place.bell_secret,
        ring=place.ring,
        people=PEOPLE,
        playbooks=PLAYBOOKS,
        now=clock,
        name=name,
    )
