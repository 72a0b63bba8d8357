"""One id in Redis and in the object store, by which a Redis that was lost or replaced is seen."""

from collections.abc import Callable

from jobs.records.connection import Connection
from playbooks.core.trouble import Trouble
from playbooks.core.world.objects import Objects

_KEY = "generation"
_FOLDER = "generations/"


class AnotherRedis(Trouble):
    """This is not the Redis that counts, until a person accepts it."""

    def __init__(self) -> None:
        super().__init__(
            "Redis is not the one that the object store knows",
            left="it was lost, restored or replaced, so no run goes on by itself",
            do="compare the open runs with their copies in the store, then run"
            " `vault-responder accept-redis` as the worker",
        )


class Generation:
    """Objects `generations/000001.json`; the highest one must be what Redis says."""

    def __init__(self, connection: Connection, objects: Objects, fresh: Callable[[], str]) -> None:
        self._connection = connection
        self._objects = objects
        self._fresh = fresh

    async def check(self) -> None:
        """Raise AnotherRedis unless both sides agree. The very first call makes the pair."""
        kept = await self._objects.list(_FOLDER)
        if not kept:
            await self._connection.set_new(_KEY, self._fresh())
            await self._keep(1)
            kept = await self._objects.list(_FOLDER)
        known = await self._objects.get(kept[-1])
        if known is None or known.decode() != await self._connection.get(_KEY):
            raise AnotherRedis

    async def accept(self) -> None:
        """Begin a new pair, once a person has looked. The runs of before do not come back by it."""
        kept = await self._objects.list(_FOLDER)
        await self._connection.set(_KEY, self._fresh())
        await self._keep(len(kept) + 1)

    async def _keep(self, number: int) -> None:
        id = await self._connection.get(_KEY) or ""
        await self._objects.create(f"{_FOLDER}{number:06d}.json", id.encode())
