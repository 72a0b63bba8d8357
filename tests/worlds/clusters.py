"""The stand-in for the configuration's clusters: one, named prod."""

from dataclasses import dataclass

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.clusters import Cluster


@dataclass
class ToyClusters:
    cluster: Cluster

    def named(self, name: Name | None) -> Cluster:
        if name not in {None, self.cluster.name}:
            raise Trouble(
                f"There is no cluster {name}",
                left="nothing was changed",
                do=f"the clusters are: {self.cluster.name}",
            )
        return self.cluster
