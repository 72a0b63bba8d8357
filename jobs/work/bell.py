"""RQ as a doorbell: a ring says which run to look at, and carries no truth and no secret."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from redis import Redis
from redis.exceptions import ResponseError
from rq.queue import Queue

from jobs.work.rings import QUEUES, QueueName, Ring, Rings, SignedJson, mend, sweep

# What can be rung for, and on which queue. The worker maps these names to functions of its own.
QUEUE_OF: Final[Mapping[str, QueueName]] = {
    "look": "look",
    "refresh": "look",
    "act": "act",
    "attest": "act",
    "history": "act",
}
# The same ring twice within this time is one, unless a worker has heard the first.
_ECHO: Final = timedelta(seconds=5)
_UNHEARD_KEPT: Final = timedelta(hours=1)
_FAILED_KEPT: Final = timedelta(minutes=10)


class Bell:
    """Rung by bot, workers and scheduler; a ring that gets lost is repeated by the scheduler."""

    def __init__(self, client: Redis, secret: bytes) -> None:
        self._client = client
        self._serializer = SignedJson(secret)

    async def ring_look(self, run: str) -> None:
        """Let a looker see what was asked for."""
        await self._ring("look", run)

    async def ring_act(self, run: str) -> None:
        """Let a worker hear the presses of a run and carry it on."""
        await self._ring("act", run)

    async def ring_refresh(self) -> None:
        """Let a looker write the state of every cluster on the board."""
        await self._ring("refresh", "all")

    async def ring_attest(self, id: str) -> None:
        """Let a worker sign what a person attested."""
        await self._ring("attest", id)

    async def ring_history(self, run: str) -> None:
        """Let a worker enter what the object store knows of a run that Redis lost."""
        await self._ring("history", run)

    async def clean(self) -> None:
        """Forget what workers that died left in RQ, and what nobody can use."""
        await asyncio.to_thread(self._clean)

    def queue(self, name: QueueName, kind: type[Ring] = Ring) -> Rings:
        """Open one of the two queues, for a worker."""
        return Rings(name, connection=self._client, job_class=kind, serializer=self._serializer)

    def heard(self, name: str, about: str) -> None:
        """Let the next ring through: whoever heard this one has read nothing yet."""
        self._client.delete(_echo(name, about))

    async def _ring(self, name: str, about: str) -> None:
        await asyncio.to_thread(self._put, name, about)

    def _put(self, name: str, about: str) -> None:
        if self._is_an_echo(_echo(name, about)):
            return
        queue = self.queue(QUEUE_OF[name])
        try:
            _enqueue(queue, name, about)
        except ResponseError:  # Whoever may ring may spoil what RQ keeps.
            mend(queue)
            _enqueue(queue, name, about)

    def _is_an_echo(self, key: str) -> bool:
        if self._client.set(key, 1, nx=True, px=_ECHO):
            return False
        left = int(self._client.pttl(key))
        if 0 <= left <= _ECHO / timedelta(milliseconds=1):
            return True
        self._client.set(key, 1, px=_ECHO)  # Nobody of ours wrote one that stays for longer.
        return False

    def _clean(self) -> None:
        for name in QUEUES:
            sweep(self.queue(name))


def _enqueue(queue: Queue, name: str, about: str) -> None:
    queue.enqueue_call(
        name,
        args=(about,),
        timeout=-1,  # A step has its own limits; RQ's would be raised in the middle of one.
        ttl=int(_UNHEARD_KEPT.total_seconds()),
        result_ttl=0,
        failure_ttl=int(_FAILED_KEPT.total_seconds()),
        description=f"{name} {about}",
    )


def _echo(name: str, about: str) -> str:
    return f"rq:rung:{name}:{about}"
