"""Fixtures of the tests about standing orders."""

from pathlib import Path

import pytest

from deploy.redis_users import USERS
from tests.jobs.bench import Place
from tests.jobs.orders.yard import NIGHTLY, Yard, arguments
from tests.servers import Valkey
from tests.ssh import SshKey, make_ssh_key


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SshKey]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_ssh_key(folder, name) for name in ("alice", "bob", "carol", "dave")}


@pytest.fixture
def yard(place: Place, keys: dict[str, SshKey]) -> Yard:
    """One whose order is signed by Bob."""
    return _yard(place, keys)


@pytest.fixture
def own_yard(own_valkey: Valkey, tmp_path: Path, keys: dict[str, SshKey]) -> Yard:
    """One whose Redis may be lost."""
    place = Place(tmp_path, {user: own_valkey.url(user) for user in USERS})
    place.prepare()
    return _yard(place, keys)


def _yard(place: Place, keys: dict[str, SshKey]) -> Yard:
    allowed = "".join(key.allowed for key in keys.values())
    order = NIGHTLY.model_copy(update={"arguments": arguments(place)})
    yard = Yard(place, keys, allowed, order)
    yard.order = yard.signed_by("bob")
    return yard
