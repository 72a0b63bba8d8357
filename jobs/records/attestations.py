"""What a person vouches for on the checklist, signed by a worker like an event."""

import json
import logging
from typing import Final

from pydantic import Field, ValidationError

from jobs.people import People, Who
from jobs.records.connection import Connection
from jobs.records.keys import KeyRing, SigningKey
from playbooks.core.trouble import Trouble
from playbooks.core.values import Frozen, Moment, Name
from playbooks.core.world.objects import Objects

_LOG: Final = logging.getLogger(__name__)
_KEPT: Final = 2000
_REQUEST: Final = """
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 'KNOWN' end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'body', ARGV[2])
return 'NEW'
"""
_SIGN: Final = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'run', ARGV[1], 'number', '0',
    'kind', 'attested')
end
return '1'
"""


class Attest(Frozen):
    """A wish to vouch for an item; it is nothing until a worker has signed it."""

    id: Name
    item: Name
    note: str = Field(min_length=1, max_length=1000)
    who: Who
    at: Moment


class Attestation(Frozen):
    """A person's word for one item of the checklist."""

    id: Name
    item: Name
    note: str
    by: str
    account: str
    at: Moment
    key: str = ""
    signature: str = ""


class Attestations:
    """The hash `attested` in Redis, and objects `attestations/ID.json`."""

    def __init__(
        self, connection: Connection, objects: Objects | None, ring: KeyRing, key: SigningKey | None
    ) -> None:
        self._connection = connection
        self._objects = objects
        self._ring = ring
        self._key = key

    async def ask(self, wish: Attest) -> bool:
        """Put a wish into its inbox; False, and nothing changed, if this id came before."""
        keys = ["inbox:.attest", "inbox:.attest:ids"]
        values = [wish.id, wish.model_dump_json(), str(_KEPT)]
        return await self._connection.run_script(_REQUEST, keys, values) == "NEW"

    async def unsigned(self) -> tuple[Attest, ...]:
        """List wishes that no worker has signed yet."""
        known = await self._connection.hash("attested")
        wishes = [
            _wish(fields) for _, fields in await self._connection.newest_lines("inbox:.attest", 100)
        ]
        return tuple(wish for wish in wishes if wish is not None and wish.id not in known)

    async def sign(self, wish: Attest, people: People) -> None:
        """Sign a member's word, in the store first. Raises Trouble for anyone else's."""
        if wish.who.standing != "member" or self._key is None or self._objects is None:
            raise Trouble(
                f"{wish.who.id} cannot vouch for item {wish.item}",
                left="the checklist is as it was",
                do="let a member of this workspace attest it in Slack",
            )
        said = Attestation(
            id=wish.id,
            item=wish.item,
            note=wish.note,
            by=people.person(wish.who),
            account=wish.who.id,
            at=wish.at,
            key=self._key.id,
        )
        said = said.model_copy(update={"signature": self._key.sign(_message(said))})
        text = said.model_dump_json()
        await self._objects.create(f"attestations/{said.id}.json", text.encode())
        await self._connection.run_script(
            _SIGN, ["attested", "feed"], [said.id, text, str(_KEPT * 5)]
        )

    async def bring_back(self) -> None:
        """Enter what the store holds and Redis lost; who signed it is checked at each reading."""
        if self._objects is None:
            return
        known = await self._connection.hash("attested")
        for key in await self._objects.list("attestations/"):
            id = key.removeprefix("attestations/").removesuffix(".json")
            data = None if id in known else await self._objects.get(key)
            if data is not None:
                values = [id, data.decode(errors="replace"), str(_KEPT * 5)]
                await self._connection.run_script(_SIGN, ["attested", "feed"], values)

    async def all(self) -> tuple[Attestation, ...]:
        """Read every attestation that a worker signed, oldest first; others count for nothing."""
        read = [_read(text) for text in (await self._connection.hash("attested")).values()]
        signed = [said for said in read if said is not None and self._is_signed(said)]
        return tuple(sorted(signed, key=lambda said: said.at))

    def _is_signed(self, said: Attestation) -> bool:
        if self._ring.check(said.key, _message(said), said.signature) == "worker":
            return True
        _LOG.warning("attestation without a worker's signature", extra={"attestation": said.id})
        return False


def _message(said: Attestation) -> bytes:
    fields = said.model_dump(mode="json", exclude={"signature"})
    return b"vault-responder attestation\n" + json.dumps(fields, sort_keys=True).encode()


def _wish(fields: dict[str, str]) -> Attest | None:
    try:
        return Attest.model_validate_json(fields.get("body", ""))
    except ValidationError:
        _LOG.warning("malformed attestation skipped")
        return None


def _read(text: str) -> Attestation | None:
    try:
        return Attestation.model_validate_json(text)
    except ValidationError:
        return None
