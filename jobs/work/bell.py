"""RQ as a doorbell: a ring says which run to look at, and carries no truth and no secret."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal, TypeAlias

from redis import Redis
from rq.job import Job
from rq.queue import Queue
from rq.registry import StartedJobRegistry

QueueName: TypeAlias = Literal["look", "act"]
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
_FAILED_KEPT: Final = timedelta(minutes=10)


class ForeignRing(Exception):  # noqa: N818 -- says what came
    """A job that this program did not put there, or does not know."""


class SignedJson:
    """RQ's serializer: JSON with an HMAC, so that only holders of the secret can ring."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        # RQ asks every serializer for the name it would be imported by.
        self.__qualname__ = "SignedJson"

    def dumps(self, value: object, /) -> bytes:
        body = json.dumps(value, separators=(",", ":")).encode()
        return self._mark(body) + body

    def loads(self, data: bytes, /) -> Any:  # noqa: ANN401 -- RQ's own signature
        mark, body = data[:64], data[64:]
        if not hmac.compare_digest(mark, self._mark(body)):
            msg = "not signed by a process of this installation"
            raise ForeignRing(msg)
        return json.loads(body)

    def _mark(self, body: bytes) -> bytes:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest().encode()


class Ring(Job):
    """An RQ job that runs only what is in its dictionary, and calls nobody back.

    RQ imports functions and callbacks by the names it finds in Redis; none of that is used here.
    """

    functions: ClassVar[Mapping[str, Callable[[str], None]]] = {}

    @property
    def func(self) -> Callable[[str], None]:
        name = self.func_name
        if name is None or name not in self.functions or self.instance is not None:
            msg = "asks for something that no worker does"
            raise ForeignRing(msg)
        return self.functions[name]

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, *_args: object, **_values: object) -> None:
        """Call no address that Redis names."""


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
        """Forget jobs whose worker died; only one process may do this at a time."""
        await asyncio.to_thread(self._clean)

    def queue(self, name: QueueName, kind: type[Ring] = Ring) -> Queue:
        """Open one of the two queues, for a worker."""
        return Queue(name, connection=self._client, job_class=kind, serializer=self._serializer)

    def heard(self, name: str, about: str) -> None:
        """Let the next ring through: whoever heard this one has read nothing yet."""
        self._client.delete(_echo(name, about))

    async def _ring(self, name: str, about: str) -> None:
        await asyncio.to_thread(self._put, name, about)

    def _put(self, name: str, about: str) -> None:
        if not self._client.set(_echo(name, about), 1, nx=True, px=_ECHO):
            return
        self.queue(QUEUE_OF[name]).enqueue_call(
            name,
            args=(about,),
            timeout=-1,  # A step has its own limits; RQ's would be raised in the middle of one.
            result_ttl=0,
            failure_ttl=int(_FAILED_KEPT.total_seconds()),
            description=f"{name} {about}",
        )

    def _clean(self) -> None:
        for name in ("look", "act"):
            StartedJobRegistry(queue=self.queue(name)).cleanup()


def _echo(name: str, about: str) -> str:
    return f"rq:rung:{name}:{about}"
