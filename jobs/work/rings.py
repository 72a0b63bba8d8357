"""RQ's jobs and queues, read as what they are: written by anyone who may ring."""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal, TypeAlias

from redis.exceptions import ResponseError
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.queue import Queue
from rq.registry import FailedJobRegistry, StartedJobRegistry

from jobs.records.bugs import AWAY

QueueName: TypeAlias = Literal["look", "act"]
QUEUES: Final[tuple[QueueName, ...]] = ("look", "act")
_LOG: Final = logging.getLogger(__name__)
_ID: Final = re.compile(r"[0-9a-f-]{32,36}")
_ABOUT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_LONGEST: Final = 4096  # Bytes of one ring.
_MOST: Final = 1000  # Rings of one queue; beyond that it is a flood, and true rings are repeated.
_AT_ONCE: Final = 1000
# What RQ itself would do after reading these is not wanted of any ring.
_OURS: Final = {
    b"status": b"queued",
    b"timeout": b"-1",
    b"result_ttl": b"0",
    b"failure_ttl": b"600",
}


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

    @classmethod
    def fetch(cls, id: str, *where: Any, **named: Any) -> "Ring":  # noqa: ANN401 -- RQ's own signature
        """Read a ring; one that cannot be read is deleted, and is none to RQ."""
        if _ID.fullmatch(id) is None:
            raise NoSuchJobError(id)
        ring = cls(id, *where, **named)
        try:
            ring.refresh()  # type: ignore[no-untyped-call]  # RQ's own
        except (NoSuchJobError, *AWAY):
            raise
        except (ForeignRing, ResponseError, ValueError, TypeError, KeyError) as error:
            _LOG.warning("unreadable ring dropped", extra={"type": type(error).__name__})
            ring.connection.delete(ring.key)
            raise NoSuchJobError(id) from None
        return ring

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Take what is signed, and nothing else of what Redis says about this ring."""
        data, queue = raw_data.get(b"data", b""), raw_data.get(b"origin", b"")
        if len(data) > _LONGEST or queue.decode(errors="replace") not in QUEUES:
            msg = "nothing that this program puts there"
            raise ForeignRing(msg)
        super().restore({b"data": data, b"origin": queue, **_OURS})
        match self.serializer.loads(self.data):
            case [str(), None, [str() as about], {}] if _ABOUT.fullmatch(about):
                return
        msg = "asks for something that nobody rings for"
        raise ForeignRing(msg)

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


class Rings(Queue):
    """A queue whose worker goes on to the next ring, whatever lies in it."""

    @classmethod
    def dequeue_any(cls, queues: Any, *where: Any, **named: Any) -> Any:  # noqa: ANN401 -- as above
        while True:
            try:
                return super().dequeue_any(queues, *where, **named)
            except UnicodeDecodeError:
                _LOG.warning("a ring of no text dropped")
            except ResponseError:
                # Once: what is not mended by that is no matter of the queue.
                if not any(map(mend, queues)):
                    raise


def mend(queue: Queue) -> bool:
    """Delete what cannot be RQ's, so that it is made anew; say if there was any."""
    shapes = {
        queue.key: b"list",
        queue.intermediate_queue_key: b"list",
        f"rq:workers:{queue.name}": b"set",
        "rq:workers": b"set",
        "rq:queues": b"set",
        StartedJobRegistry(queue=queue).key: b"zset",
        FailedJobRegistry(queue=queue).key: b"zset",
    }
    spoiled = [
        key for key, kind in shapes.items() if queue.connection.type(key) not in {kind, b"none"}
    ]
    for key in spoiled:
        _LOG.warning("what RQ keeps was spoiled", extra={"key": key})
        queue.connection.delete(key)
    return bool(spoiled)


def sweep(queue: Queue) -> None:
    """Forget what workers that died left, and a flood; RQ itself would read, and believe, it."""
    mend(queue)
    client: Any = queue.connection  # Its own types cover bytes and text at once.
    now = int(client.time()[0])
    started, failed = StartedJobRegistry(queue=queue).key, FailedJobRegistry(queue=queue).key
    for entry in client.zrangebyscore(started, "-inf", now, start=0, num=_AT_ONCE):
        client.delete(b"rq:job:" + entry.partition(b":")[0])
        client.zrem(started, entry)
    client.zremrangebyscore(failed, "-inf", now)
    for key in (queue.key, queue.intermediate_queue_key):
        if client.llen(key) > _MOST:
            _LOG.warning("a flood of rings was dropped", extra={"key": key})
            client.delete(key)
