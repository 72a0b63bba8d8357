"""Fixtures of the tests about runs: one installation over the shared Valkey."""

from pathlib import Path

import pytest

from deploy.redis_users import USERS
from tests.jobs.bench import Place
from tests.servers import Valkey


@pytest.fixture
def place(valkey: Valkey, tmp_path: Path) -> Place:
    """An installation of its own, in a folder of its own."""
    place = Place(tmp_path, {user: valkey.url(user) for user in USERS})
    place.prepare()
    return place


@pytest.fixture
def own_place(own_valkey: Valkey, tmp_path: Path) -> Place:
    """An installation whose Valkey may be killed."""
    place = Place(tmp_path, {user: own_valkey.url(user) for user in USERS})
    place.prepare()
    return place
