"""Signed records in the object store: whoever can write to the store still cannot forge one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from playbooks.core.trouble import Trouble
from playbooks.systems.objects import StoredObjects

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Signatures:
    """How this process signs, and whose signatures it believes."""

    sign: Callable[[bytes], str]
    check: Callable[[bytes, str], bool]


class SignedRecords:
    """Each record is bound to its key, so one signed for a place is worth nothing at another."""

    def __init__(self, objects: StoredObjects, signatures: Signatures) -> None:
        self._objects = objects
        self._signatures = signatures

    async def read(self, key: str, kind: type[M]) -> M | None:
        """Read a record; None if there is none. Raises Trouble for one that is not trusted."""
        data = await self._objects.get(key)
        return None if data is None else self._believed(key, data, kind)

    async def create(self, key: str, record: BaseModel) -> None:
        """Write a new record; the same one again is no error. Raises Trouble for another one."""
        if await self._objects.create(key, self._signed(key, record)):
            return
        if await self.read(key, type(record)) != record:
            raise Trouble(
                f"The store already has another record {key}",
                left="it is unchanged",
                do="look at both before one of them is renamed",
            )

    async def overwrite(self, key: str, record: BaseModel) -> None:
        """Write a record in place of any that is there."""
        await self._objects.overwrite(key, self._signed(key, record))

    def _signed(self, key: str, record: BaseModel) -> bytes:
        text = record.model_dump_json()
        return json.dumps(
            {"record": text, "signature": self._signatures.sign(_to_sign(key, text))}
        ).encode()

    def _believed(self, key: str, data: bytes, kind: type[M]) -> M:
        try:
            outer = json.loads(data)
            text, signature = str(outer["record"]), str(outer["signature"])
            message = _to_sign(key, text)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _not_believed(key, "is no signed record") from error
        if not self._signatures.check(message, signature):
            raise _not_believed(key, "is altered, or not signed by a worker of this installation")
        try:
            return kind.model_validate_json(text)
        except ValidationError as error:
            raise _not_believed(key, "was written by another release") from error


def _to_sign(key: str, text: str) -> bytes:
    return f"vault-responder record 1\n{key}\n{text}".encode()


def _not_believed(key: str, why: str) -> Trouble:
    return Trouble(
        f"The record {key} {why}",
        left="it was not used",
        do="find out who wrote it; other records are not affected",
    )
