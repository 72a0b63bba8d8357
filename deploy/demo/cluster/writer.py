"""`python -m deploy.demo.cluster.writer CONFIG.json`: a client that writes all the time.

It counts what Vault acknowledged, so a restore shows what it brought back and what was lost.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deploy.demo.cluster import async_api, processes
from deploy.demo.cluster.async_api import Api
from deploy.demo.cluster.seed import LOGIN_MOUNTS, WRITER_PATH

_EVERY_SECONDS: Final = 0.2
_AFTER_A_FAILURE_SECONDS: Final = 1.0
_ANSWERS_WITHIN_SECONDS: Final = 3.0
_LOGIN_LIVES: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Config:
    """`address` is the balancer's."""

    address: str
    ca_file: Path
    key_file: Path
    state_file: Path


@dataclass(frozen=True)
class Loss:
    """Acknowledged numbers that the cluster did not hold when it was asked again."""

    first: int
    last: int
    noticed_at: str

    def as_json(self) -> dict[str, object]:
        return {"first": self.first, "last": self.last, "noticed_at": self.noticed_at}


@dataclass(frozen=True)
class State:
    acknowledged: int = 0
    last_number: int = 0  # The last one that Vault acknowledged.
    last_at: str | None = None  # None: nothing was written yet.
    failing_since: str | None = None  # None: the last write went well.
    in_cluster: int | None = None  # None: not read yet, or not readable now.
    lost: Loss | None = None  # None: the cluster never forgot anything.

    def as_json(self) -> dict[str, object]:
        return {
            "acknowledged": self.acknowledged,
            "last_number": self.last_number,
            "last_at": self.last_at,
            "failing_since": self.failing_since,
            "in_cluster": self.in_cluster,
            "lost": self.lost.as_json() if self.lost else None,
        }


class NotNow(Exception):  # noqa: N818 -- it is tried again in a second
    """Vault did not do it; what was sent may have arrived all the same."""


class Writer:
    """Mutable on purpose: token, KV version and count."""

    def __init__(self, config: Config, api: Api) -> None:
        self._config = config
        self._api = api
        self._token: str | None = None
        self._version: int | None = None  # None: read what is there before writing.
        self.state = _kept(config.state_file)

    async def write(self) -> None:
        """Write the next number, after finding out where the cluster stands if that is unknown."""
        if self._token is None:
            self._token = await self._log_in()
        if self._version is None:
            await self._find_out()
        number = max(self.state.last_number, self.state.in_cluster or 0) + 1
        at = _now()
        body = {"data": {"number": number, "at": at}, "options": {"cas": self._version}}
        answer = await self._call("POST", WRITER_PATH, body)
        version = answer.get("version")
        self._version = version if isinstance(version, int) else None
        self._keep(
            replace(
                self.state,
                acknowledged=self.state.acknowledged + 1,
                last_number=number,
                last_at=at,
                failing_since=None,
                in_cluster=number,
            )
        )

    def fail(self) -> None:
        """Trust nothing that was known before: neither the version nor the login."""
        self._token = self._version = None
        since = self.state.failing_since or _now()
        self._keep(replace(self.state, failing_since=since, in_cluster=None))

    async def _find_out(self) -> None:
        """What the cluster holds now; fewer than was acknowledged means that they were lost."""
        held = await self._api.call(
            "GET", WRITER_PATH, token=self._token, seconds=_ANSWERS_WITHIN_SECONDS
        )
        number, version = 0, 0
        if held.status == HTTPStatus.OK:
            number, version = _number_and_version(held.data)
        elif held.status != HTTPStatus.NOT_FOUND:
            raise NotNow
        self._version = version
        last = self.state.last_number
        lost = Loss(number + 1, last, _now()) if number < last else self.state.lost
        self._keep(replace(self.state, in_cluster=number, lost=lost))

    async def _log_in(self) -> str:
        key = load_pem_private_key(self._config.key_file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError
        now = datetime.now(UTC)
        claims = {
            "sub": "writer",
            "aud": "vault-responder",
            "iat": now,
            "nbf": now - timedelta(seconds=5),
            "exp": now + _LOGIN_LIVES,
            "jti": secrets.token_hex(16),
        }
        answer = await self._api.call(
            "POST",
            f"auth/{LOGIN_MOUNTS['writer']}/login",
            {"role": "writer", "jwt": jwt.encode(claims, key, algorithm="EdDSA")},
            seconds=_ANSWERS_WITHIN_SECONDS,
        )
        auth = answer.body.get("auth")
        token = auth.get("client_token") if isinstance(auth, dict) else None
        if not isinstance(token, str):
            raise NotNow
        return token

    async def _call(self, method: str, path: str, body: Mapping[str, object]) -> dict[str, object]:
        answer = await self._api.call(
            method, path, body, token=self._token, seconds=_ANSWERS_WITHIN_SECONDS
        )
        if answer.status != HTTPStatus.OK:
            raise NotNow
        return answer.data

    def _keep(self, state: State) -> None:
        self.state = state
        draft = self._config.state_file.with_suffix(".tmp")
        draft.write_text(json.dumps(state.as_json()), encoding="utf-8")
        draft.replace(self._config.state_file)


async def write_on(config: Config) -> None:
    async with async_api.session(config.ca_file) as session:
        writer = Writer(config, Api(session, config.address))
        while True:
            try:
                await writer.write()
                await asyncio.sleep(_EVERY_SECONDS)
            except NotNow:
                writer.fail()
                await asyncio.sleep(_AFTER_A_FAILURE_SECONDS)


async def main(config: Config) -> None:
    writing = asyncio.create_task(write_on(config))
    ending = asyncio.create_task(processes.until_told_to_end())
    await asyncio.wait((writing, ending), return_when=asyncio.FIRST_COMPLETED)
    writing.cancel()
    ending.cancel()
    with suppress(asyncio.CancelledError):
        await writing  # Lets a bug be seen instead of a silent end.


def read_config(file: Path) -> Config:
    written = json.loads(file.read_text(encoding="utf-8"))
    return Config(
        address=written["address"],
        ca_file=Path(written["ca_file"]),
        key_file=Path(written["key_file"]),
        state_file=Path(written["state_file"]),
    )


def _kept(file: Path) -> State:
    """The count goes on where a writer that was ended had left it."""
    if not file.exists():
        return State()
    kept = json.loads(file.read_text(encoding="utf-8"))
    lost = kept.pop("lost")
    return replace(State(**kept, lost=Loss(**lost) if lost else None), in_cluster=None)


def _number_and_version(data: Mapping[str, object]) -> tuple[int, int]:
    inner, metadata = data.get("data"), data.get("metadata")
    if not isinstance(inner, dict) or not isinstance(metadata, dict):
        raise NotNow
    return int(inner["number"]), int(metadata["version"])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(main(read_config(Path(sys.argv[1]))))
