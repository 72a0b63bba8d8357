"""Fixtures of the attacks on records and people: one installation, where approvers sign."""

from pathlib import Path

import pytest

from deploy.redis_users import USERS
from tests.attacks.room import Room
from tests.jobs.bench import Place
from tests.servers import Valkey
from tests.ssh import SshKey, make_ssh_key


@pytest.fixture
def place(valkey: Valkey, tmp_path: Path) -> Place:
    place = Place(tmp_path, {user: valkey.url(user) for user in USERS})
    place.prepare()
    return place


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SshKey]:
    """Everybody's SSH key: approvers' and others'."""
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_ssh_key(folder, name) for name in ("alice", "bob", "carol", "mallory")}


@pytest.fixture
def room(place: Place, valkey: Valkey, keys: dict[str, SshKey]) -> Room:
    """Mallory has a key, and nobody's configuration names it."""
    return Room(place, valkey.admin(), keys)
