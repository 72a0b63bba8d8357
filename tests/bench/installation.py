"""A whole installation for the length of a measure: cluster, Valkey, workers, bot, workspace."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo import configuration, redis_server
from deploy.demo.__main__ import _start_bot, _variables
from deploy.demo.children import Children, python
from deploy.demo.cluster.layout import Shape
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import LoginKeys, seed
from deploy.demo.house import House, furnish
from deploy.demo.world.parts import Parts, Places
from deploy.process import own_login
from jobs.records.connection import Address
from jobs.records.keys import KeyRing, ring_of
from tests.ssh import SshKey, who_can_sign


@dataclass(frozen=True)
class Installation:
    """The processes that the demo runs, on a cluster whose first token is still known."""

    house: House
    children: Children
    cluster: LocalCluster
    places: Places
    workspace: str  # Its address, without the slash at the end.
    seeded: int  # Secrets in the cluster.
    keys: Mapping[str, SshKey]  # With which approvers sign.

    @property
    def redis(self) -> Address:
        """Redis as the bot may use it."""
        return Address(self.house.secret("bot", "redis.url").read_text(encoding="utf-8"))

    @property
    def ring(self) -> KeyRing:
        """Whose signatures the bot believes."""
        return ring_of([self.house.public_journal("worker")], [self.house.public_journal("looker")])


@contextmanager
def installation(folder: Path, shape: Shape) -> Iterator[Installation]:
    """Start it all; everything ends with the block.

    It is the demo without its writer, which would take a share of the cores from both sides, and
    with a first token that stays valid, because a person at a terminal needs one.
    """
    with ExitStack() as stack:
        house = furnish(folder)
        children = Children(house.logs, house.root / "children.json")
        stack.callback(children.end_all)
        children.begin("redis", redis_server.command(house))
        cluster = stack.enter_context(LocalCluster.of_shape(house.root / "cluster", shape))
        logins = LoginKeys(house.public_login("worker"), house.public_login("looker"))
        seeded = asyncio.run(seed(cluster, logins, datetime.now(UTC)))
        cluster.wait_for_voters()
        places = stack.enter_context(Parts(cluster.layout, house.root, house.store))
        configuration.write(house, cluster, places)
        keys = who_can_sign(house.config, house.config, own_login())
        url = _start_bot(house, children, places.world, 0)
        children.run("adopt", python("deploy.cli", "adopt", "prod"), _variables(house, "worker"))
        yield Installation(house, children, cluster, places, url.rstrip("/"), seeded, keys)
