"""What every process of an installation begins with: its Redis, its keys, its clock, its name."""

import os
import pwd
import secrets
import socket
from collections.abc import Mapping
from datetime import UTC, datetime

from deploy.settings import JournalSettings, variable
from jobs.records.connection import Address
from jobs.records.keys import KeyRing, ring_of


def redis_address(environment: Mapping[str, str]) -> Address:
    """Where Redis is; REDIS_URL holds a password, so it may come as REDIS_URL_FILE."""
    return Address(variable(environment, "REDIS_URL"))


def key_ring(journal: JournalSettings) -> KeyRing:
    """Whose signatures are believed."""
    return ring_of(journal.worker_keys, journal.looker_keys)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def fresh() -> str:
    """Make 32 random hexadecimal digits."""
    return secrets.token_hex(16)


def own_name(kind: str) -> str:
    """Name this process for people who read a lease."""
    return f"{kind}@{socket.gethostname()}:{os.getpid()}"


def own_login() -> str:
    """Name the account that this process runs as, by the system's word and no variable's."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # As in a container whose user has no name.
        return str(user)
