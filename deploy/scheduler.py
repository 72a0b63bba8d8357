"""Builds the scheduler, which touches neither Vault nor any key that signs."""

from collections.abc import Mapping

from deploy import logs
from deploy.books import all_playbooks
from deploy.compose import stored_objects
from deploy.order_settings import known_orders
from deploy.process import key_ring, now, own_name, redis_address
from deploy.settings import Settings
from jobs.records.keys import read_private
from jobs.work.scheduler import Tower, schedule


def scheduler(settings: Settings, environment: Mapping[str, str], *, orders: bool) -> int:
    """Ring until SIGTERM; where Redis is one of an emergency, nothing begins by schedule."""
    logs.begin()
    tables = settings.standing_orders if orders else {}
    schedule(
        Tower(
            name=own_name("scheduler"),
            redis=redis_address(environment),
            bell_secret=read_private(settings.scheduler.bell_key_file),
            ring=key_ring(settings.journal),
            objects=lambda: stored_objects(settings.journal.records),
            now=now,
            orders=known_orders(tables, all_playbooks()),
            duty=settings.duty(),
        )
    )
    return 0
