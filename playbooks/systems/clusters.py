"""The clusters that the configuration names."""

from collections.abc import Mapping

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.clusters import Cluster


class ConfiguredClusters:
    """Never asks anything outside."""

    def __init__(self, clusters: Mapping[Name, Cluster]) -> None:
        self._clusters = clusters

    def named(self, name: Name | None) -> Cluster:
        if name is None and len(self._clusters) == 1:
            return next(iter(self._clusters.values()))
        if name is not None and name in self._clusters:
            return self._clusters[name]
        known = ", ".join(sorted(self._clusters))
        raise Trouble(
            f"There is no cluster {name}" if name else "There is more than one cluster",
            left="nothing was changed",
            do=f"say one of: {known}" if name else f"add `on CLUSTER` with one of: {known}",
        )
