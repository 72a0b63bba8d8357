"""A worker process: it hears the bell, forks a work-horse a ring, and turns bugs into events."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from jobs.records.board import Note
from jobs.records.bugs import tell
from jobs.records.journal import Fenced
from jobs.runs.orders import order_run
from jobs.runs.requests import Asked
from jobs.work.bell import Bell
from jobs.work.drive import driving
from jobs.work.history import enter_run
from jobs.work.listening import DurableWorker, listen
from jobs.work.look import look, refused, write_first
from jobs.work.orders import asked_by_order
from jobs.work.refresh import refresh
from jobs.work.rings import Ring, Rings, mend
from jobs.work.workshop import Records, Workshop, opened
from playbooks.core.trouble import Trouble

_LOG: Final = logging.getLogger(__name__)
_HEARTBEAT: Final = 1  # Seconds between two signs of life of a busy worker.


def work(shop: Workshop) -> None:
    """Work until SIGTERM; a second one kills the step that is under way. Raises Trouble."""
    client = shop.redis.connect_sync()
    bell = Bell(client, shop.bell_secret)
    listen(lambda: _worker(shop, bell, client))


def _worker(shop: Workshop, bell: Bell, client: Redis) -> DurableWorker:
    def asked_to_stop() -> bool:
        return worker.asked_to_stop

    class Bound(Ring):
        functions = functions_of(shop, bell, asked_to_stop)

    queue = bell.queue(shop.queue, Bound)
    mend(queue)
    worker = DurableWorker(
        [queue],  # One: with two, RQ can lose a ring for good.
        connection=client,
        job_class=Bound,
        queue_class=Rings,
        serializer=queue.serializer,
        job_monitoring_interval=_HEARTBEAT,
        log_job_description=False,
    )
    return worker


def functions_of(
    shop: Workshop, bell: Bell, stop_asked: Callable[[], bool]
) -> Mapping[str, Callable[[str], None]]:
    """All that a ring on this worker's queue can lead to."""

    def function(
        name: str, job: Callable[[Workshop, Records, str], Awaitable[None]]
    ) -> Callable[[str], None]:
        def hear(about: str) -> None:
            bell.heard(name, about)
            asyncio.run(_in_workshop(shop.as_it_stands(), job, about))

        return hear

    async def act(shop: Workshop, records: Records, run: str) -> None:
        await _act(shop, records, run, stop_asked)

    if shop.queue == "look":
        return {"look": function("look", _look), "refresh": function("refresh", _refresh)}
    return {
        "act": function("act", act),
        "attest": function("attest", _attest),
        "history": function("history", enter_run),
    }


async def _in_workshop(
    shop: Workshop, job: Callable[[Workshop, Records, str], Awaitable[None]], about: str
) -> None:
    """The last line: whatever is still raised here is told by its type alone."""
    try:
        async with opened(shop) as records:
            await job(shop, records, about)
    except Fenced:
        _LOG.warning("let go of a run that another worker drives", extra={"about": about})
    except Exception as error:
        tell(about, error, shop.fresh())


async def _act(shop: Workshop, records: Records, run: str, stop_asked: Callable[[], bool]) -> None:
    if shop.unreadable is not None:
        says = f"Run {run} does not go on yet: {shop.unreadable}"
        await records.board.put_note(Note(run=run, at=shop.now(), says=says))
        return
    async with driving(shop, records, run, stop_asked) as driver:
        if driver is None:
            return
        try:
            await driver.carry_on()
        except (Fenced, RedisError):
            raise
        except Exception as error:
            error_id = shop.fresh()[:12]
            tell(run, error, error_id)
            await driver.broke(error_id)


async def _look(shop: Workshop, records: Records, run: str) -> None:
    # Nothing in the inbox counts under the name of an order's run, nor can it stand in its way.
    is_ordered = order_run(run) is not None
    asked = asked_by_order(shop, run) if is_ordered else await records.inbox.asked(run)
    if asked is None or (await records.journal.read(run)).events:
        return
    try:
        await _look_if_trusted(shop, records, asked)
    except (Fenced, RedisError):
        raise
    except Trouble as trouble:
        if is_ordered:  # Such as a Redis that nobody accepted yet; it is due until the day ends.
            _LOG.warning("an order does not begin yet", extra={"run": run, "why": str(trouble)})
            return
        await _refuse(shop, records, asked, str(trouble))
    except Exception as error:
        error_id = shop.fresh()[:12]
        tell(run, error, error_id)
        reason = f"the looker met a fault of its own (error {error_id}); nothing was changed"
        await _refuse(shop, records, asked, reason)


async def _look_if_trusted(shop: Workshop, records: Records, asked: Asked) -> None:
    if shop.unreadable is not None:
        raise shop.unreadable
    await look(shop, records, asked)


async def _refuse(shop: Workshop, records: Records, asked: Asked, reason: str) -> None:
    await write_first(records, refused(shop, asked, reason))


async def _refresh(shop: Workshop, records: Records, _about: str) -> None:
    await refresh(shop, records)


async def _attest(shop: Workshop, records: Records, _id: str) -> None:
    if shop.unreadable is not None:
        _LOG.warning("nothing is attested", extra={"why": str(shop.unreadable)})
        return
    for wish in await records.attestations.unsigned():
        try:
            await records.attestations.sign(wish, shop.people)
        except Trouble as trouble:
            _LOG.warning("not attested", extra={"attestation": wish.id, "why": str(trouble)})
