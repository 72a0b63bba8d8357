"""The custodians of a local cluster, each with share and key, in a rotation of the shares."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import jwt
import pysequoia
from pysequoia import Tsk

from deploy.demo.cluster.local import LocalCluster
from playbooks.core.trouble import Trouble
from playbooks.core.world.clusters import CustodianKey
from playbooks.custodian.settings import login_mount_of
from playbooks.systems.public_keys import read_key

_ROOT: Final = "sys/rotate/root"
_LIVES: Final = timedelta(seconds=60)


@dataclass
class Custodians:
    """They speak to the active node, each with a login of their own, as the first one here."""

    local: LocalCluster
    new: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return self.local.layout.custodians

    @property
    def keys(self) -> tuple[CustodianKey, ...]:
        """What the configuration would name, in order."""
        return tuple(read_key(name, self.local.layout.pgp_public_file(name)) for name in self.names)

    async def give(self, name: str, nonce: str) -> None:
        """Give the old share. Raises Trouble where it is not taken."""
        key = self.local.keys[self.names.index(name)]
        await self._call("PUT", f"{_ROOT}/update", {"key": key, "nonce": nonce})

    async def prove(self, name: str, nonce: str) -> None:
        """Fetch the new share, decrypt it, and prove it."""
        verification = (await self._call("GET", f"{_ROOT}/init"))["verification_nonce"]
        copies = await self._call("GET", f"{_ROOT}/backup")
        assert copies["nonce"] == nonce
        self.new = {each.custodian: self._opened(each, copies) for each in self.keys}
        body = {"key": self.new[name], "nonce": verification}
        answer = await self._call("PUT", f"{_ROOT}/verify", body)
        if answer.get("complete"):
            self.local.keys = tuple(self.new[each] for each in self.names)

    async def carry(self, nonce: str) -> None:
        """As many as are needed give, and then prove."""
        needed = self.names[: self.local.layout.shape.threshold]
        for name in needed:
            await self.give(name, nonce)
        for name in needed:
            await self.prove(name, nonce)

    async def step(self) -> None:
        """Do the next thing that is to be done, if any is, as people would one after the other."""
        if await asyncio.to_thread(self.local.active) is None:
            return
        told = await self._call("GET", f"{_ROOT}/init")
        if not told.get("started"):
            return
        nonce = str(told["nonce"])
        if not told["verification_nonce"]:
            await self.give(self.names[_number(told["progress"])], nonce)
            return
        proofs = await self._call("GET", f"{_ROOT}/verify")
        await self.prove(self.names[_number(proofs["progress"])], nonce)

    def _opened(self, key: CustodianKey, copies: dict[str, object]) -> str:
        messages = copies["keys"]
        assert isinstance(messages, dict)
        private = Tsk.from_bytes(self.local.layout.pgp_key_file(key.custodian).read_bytes())
        message = bytes.fromhex(messages[key.fingerprint][0])
        opened = pysequoia.decrypt(message, decryptor=private.decryptor()).bytes
        assert opened is not None
        return bytes(opened).decode("ascii")

    async def _call(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> dict[str, object]:
        return await asyncio.to_thread(self._ask, method, path, body)

    def _ask(self, method: str, path: str, body: dict[str, object] | None) -> dict[str, object]:
        active = self.local.active()
        if active is None:
            raise Trouble("No node is active", left="nothing was given", do="wait")
        node = self.local.endpoint(active)
        login = f"auth/{login_mount_of(self.names[0])}/login"
        auth = node.call("POST", login, self._signed()).body["auth"]
        assert isinstance(auth, dict)
        answer = node.call(method, path, body, token=auth["client_token"])
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise Trouble(f"{path} is refused ({answer.status})", left="nothing", do="look")
        data = answer.body.get("data")
        return data if isinstance(data, dict) else {}

    def _signed(self) -> dict[str, object]:
        name, now = self.names[0], datetime.now(UTC)
        claims = {"sub": name, "aud": "vault-responder", "iat": now, "exp": now + _LIVES}
        key = self.local.layout.login_key_file(name).read_bytes()
        return {"role": name, "jwt": jwt.encode(claims, key, algorithm="EdDSA")}


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
