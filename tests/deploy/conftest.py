"""An installation with records, and the configuration file of it."""

from pathlib import Path

import pytest

from deploy.redis_users import USERS
from tests.jobs.bench import Place
from tests.servers import Valkey


@pytest.fixture
def place(valkey: Valkey, tmp_path: Path) -> Place:
    place = Place(tmp_path, {user: valkey.url(user) for user in USERS})
    place.prepare()
    return place
