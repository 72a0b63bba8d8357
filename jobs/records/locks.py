"""Which run holds what: create-only objects, counted by epochs, mirrored in Redis for readers."""

import json
import re
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from jobs.records.connection import Connection
from jobs.records.keys import KeyRing, SigningKey
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Frozen, Moment, Name
from playbooks.core.world.objects import Objects

_EPOCH: Final = re.compile(r"([0-9]{6,9})[.](?:freed[.])?json")
# Taken away only from the run that holds it.
_FORGET: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return '1'
"""


class Lock(Frozen):
    """One epoch of a lock. The one with the highest number counts, unless it was freed."""

    name: str
    epoch: Count
    run: Name
    left_behind: Name | None  # The run it was taken over from. None: it was free.
    at: Moment
    key: str = ""
    signature: str = ""


class Freed(Frozen):
    """An operator freed this epoch, and the run that held it was left behind."""

    name: str
    epoch: Count
    run: Name
    at: Moment
    key: str = ""
    signature: str = ""


class Locks:
    """Objects `locks/NAME/000001.json`, and beside them `000001.freed.json` once it is free."""

    def __init__(
        self, connection: Connection, objects: Objects, ring: KeyRing, key: SigningKey
    ) -> None:
        self._connection = connection
        self._objects = objects
        self._ring = ring
        self._key = key

    async def holder(self, name: str) -> str | None:
        """Name the run that holds a lock, as Redis mirrors it; None if it is free."""
        return await self._connection.get(f"lock:{name}")

    async def last(self, name: str) -> Lock | None:
        """Read who holds a lock, as the store knows it; None if it is free."""
        epoch, freed = await self._highest(name)
        return None if freed or not epoch else await self._read(name, epoch)

    async def take(self, name: str, run: str, at: datetime, *, over: str | None) -> Lock:
        """Hold a lock for a run; holding it already is no error. Raises Trouble naming the holder.

        `over` names a run that has ended and left it behind.
        """
        epoch, freed = await self._highest(name)
        held = None if freed or not epoch else await self._read(name, epoch)
        if held is None or held.run == over:
            held = await self._create(name, epoch + 1, run, over if held else None, at)
        if held.run != run:
            raise held_by(name, held.run)
        await self._connection.set(f"lock:{name}", run)
        return held

    async def is_highest(self, lock: Lock) -> bool:
        """Say if nobody has taken this lock over, or freed it."""
        return await self._highest(lock.name) == (lock.epoch, False)

    async def free(self, name: str, run: str) -> None:
        """Let go of a lock, if this run holds it."""
        held = await self.last(name)
        if held is not None and held.run == run:
            await self._objects.create(_key(name, held.epoch, "freed."), b"{}")
        await self._connection.run_script(_FORGET, [f"lock:{name}"], [run])

    async def mirror(self, name: str, run: str) -> None:
        """Tell readers again what a run holds, where Redis forgot who holds it."""
        lock = await self.claimed(name)
        if lock is not None and lock.run == run:
            await self._connection.set_new(f"lock:{name}", run)

    async def claimed(self, name: str) -> Lock | None:
        """Read who says to hold a lock, whoever signed that; None if it is free."""
        epoch, freed = await self._highest(name)
        return None if freed or not epoch else await self._unchecked(name, epoch)

    async def release(self, lock: Lock, at: datetime) -> None:
        """Free an epoch for an operator. The next run takes the lock as a free one."""
        freed = Freed(name=lock.name, epoch=lock.epoch, run=lock.run, at=at, key=self._key.id)
        signed = freed.model_copy(update={"signature": self._key.sign(freed_message(freed))})
        data = signed.model_dump_json().encode()
        await self._objects.create(_key(lock.name, lock.epoch, "freed."), data)
        await self._connection.run_script(_FORGET, [f"lock:{lock.name}"], [lock.run])

    async def _highest(self, name: str) -> tuple[int, bool]:
        """Find the last epoch, 0 if there was none, and if it was freed."""
        keys = await self._objects.list(f"locks/{name}/")
        epochs = [_EPOCH.fullmatch(key.removeprefix(f"locks/{name}/")) for key in keys]
        # Anything else that lies there is no epoch of this lock.
        highest = max((int(epoch[1]) for epoch in epochs if epoch), default=0)
        return highest, _key(name, highest, "freed.") in keys

    async def _create(
        self, name: str, epoch: int, run: str, over: str | None, at: datetime
    ) -> Lock:
        """Create the next epoch, or read who was faster."""
        lock = Lock(name=name, epoch=epoch, run=run, left_behind=over, at=at, key=self._key.id)
        signed = lock.model_copy(update={"signature": self._key.sign(_message(lock))})
        if await self._objects.create(_key(name, epoch), signed.model_dump_json().encode()):
            return signed
        return await self._read(name, epoch)

    async def _read(self, name: str, epoch: int) -> Lock:
        lock = await self._unchecked(name, epoch)
        if self._ring.check(lock.key, _message(lock), lock.signature) != "worker":
            raise _nobody_knows(name, epoch)
        return lock

    async def _unchecked(self, name: str, epoch: int) -> Lock:
        data = await self._objects.get(_key(name, epoch))
        try:
            lock = Lock.model_validate_json(data or b"")
        except ValidationError as error:
            raise _nobody_knows(name, epoch) from error
        if (lock.name, lock.epoch) != (name, epoch):
            raise _nobody_knows(name, epoch)
        return lock


def held_by(name: str, run: str) -> Trouble:
    """Say that another run is at work on the same thing."""
    return Trouble(
        f"Run {run} holds {name}",
        left="this run changes nothing meanwhile",
        do=f"wait until run {run} has ended, or end it; if no worker can carry it on any more,"
        f" run `vault-responder release-lock {name}` as the worker",
    )


def _nobody_knows(name: str, epoch: int) -> Trouble:
    return Trouble(
        f"Nobody can tell who holds {name} (epoch {epoch})",
        left="it is treated as held, and nothing is changed",
        do=f"look at locks/{name}/ in the object store; if that run is over, run"
        f" `vault-responder release-lock {name}` as the worker",
    )


def freed_message(freed: Freed) -> bytes:
    """Give what is signed when a lock is freed by hand."""
    fields = freed.model_dump(mode="json", exclude={"signature"})
    return b"vault-responder freed lock\n" + json.dumps(fields, sort_keys=True).encode()


def _message(lock: Lock) -> bytes:
    fields = lock.model_dump(mode="json", exclude={"signature"})
    return b"vault-responder lock\n" + json.dumps(fields, sort_keys=True).encode()


def _key(name: str, epoch: int, kind: str = "") -> str:
    return f"locks/{name}/{epoch:06d}.{kind}json"
