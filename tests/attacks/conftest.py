"""Fixtures of the attacks: one installation where approvers sign, and its bot in a workspace."""
# ruff: noqa: PLC0414 -- fixtures of another folder, which are needed in this one too

import pytest

from tests.attacks.room import Room
from tests.attacks.thief import Thief
from tests.bot.conftest import bot as bot
from tests.bot.conftest import clock as clock
from tests.bot.conftest import place as place
from tests.bot.conftest import site as site
from tests.bot.conftest import slack as slack
from tests.bot.conftest import start_bot as start_bot
from tests.bot.conftest import tokens as tokens
from tests.jobs.bench import Place
from tests.servers import Valkey
from tests.ssh import SshKey, make_ssh_key


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SshKey]:
    """Everybody's SSH key: approvers' and others'."""
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_ssh_key(folder, name) for name in ("alice", "bob", "carol", "mallory")}


@pytest.fixture
def room(place: Place, valkey: Valkey, keys: dict[str, SshKey]) -> Room:
    """Mallory has a key, and nobody's configuration names it."""
    return Room(place, valkey.admin(), keys)


@pytest.fixture
def thief(place: Place) -> Thief:
    return Thief(place.urls["bot"], place.bell_secret)
