"""The clusters that the configuration names, and the keys of their custodians."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.clusters import Cluster, CustodianKey
from playbooks.systems.public_keys import read_key


class ConfiguredClusters:
    """Never asks anything outside; `key_files` are the custodians' public keys."""

    def __init__(
        self,
        clusters: Mapping[Name, Cluster],
        key_files: Mapping[Name, Path] = MappingProxyType({}),
    ) -> None:
        self._clusters = clusters
        self._key_files = key_files

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

    def custodian_keys(self, name: Name) -> tuple[CustodianKey, ...]:
        custodians = self.named(name).custodians
        missing = [custodian for custodian in custodians if custodian not in self._key_files]
        if missing:
            raise Trouble(
                f"No OpenPGP key is configured for {', '.join(missing)}",
                left="nothing was changed",
                do="set `pgp_key_file` of each of them to what `gpg --export` prints",
            )
        return tuple(read_key(custodian, self._key_files[custodian]) for custodian in custodians)
