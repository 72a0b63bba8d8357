"""A real cluster with its balancer, store and keys, composed as an installation is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.compose import adopt, opened_world
from deploy.demo import configuration
from deploy.demo.cluster.layout import Shape
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.house import House, furnish
from deploy.demo.world.parts import Parts
from deploy.demo.world.set_up import set_up
from deploy.process import key_ring
from deploy.settings import Settings, read_settings
from jobs.records.keys import load_key
from playbooks.core.world.world import World


@dataclass(frozen=True)
class Installation:
    """What a worker has: the cluster is real, and only a worker's keys open its backups."""

    house: House
    cluster: LocalCluster
    settings: Settings

    @asynccontextmanager
    async def world(self) -> AsyncIterator[World]:
        """The world as a worker's job opens it."""
        key = load_key(self.settings.worker.signing_key_file)
        ring = key_ring(self.settings.journal)
        async with opened_world(self.settings, "act", key, ring) as world:
            yield world

    async def custodians_come(self) -> None:
        """Give shares to every node that is sealed, and let a second pass."""
        if self.cluster.layout.shape.seal == "shamir":
            await asyncio.to_thread(self._unseal)
        await asyncio.sleep(1)

    def _unseal(self) -> None:
        for name in self.cluster.names:
            for key in self.cluster.keys:
                if self.cluster.health(name).kind == "sealed":
                    self.cluster.unseal(name, key)


@contextmanager
def installed(folder: Path, shape: Shape) -> Iterator[Installation]:
    """Start it all, adopt the cluster, and end it all."""
    house = furnish(folder)
    worker, looker = house.public_login("worker"), house.public_login("looker")
    with (
        set_up(house.root, worker, looker, shape) as cluster,
        Parts(cluster.layout, house.root, house.store) as places,
    ):
        configuration.write(house, cluster, places)
        settings = read_settings({"VAULT_RESPONDER_CONFIG": str(house.config)})
        adopt(settings, "prod")
        yield Installation(house, cluster, settings)
