"""The stand-in for the configuration's clusters: one, named prod."""

from dataclasses import dataclass, field

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.clusters import Cluster, CustodianKey
from tests.worlds.rotation import key_of


@dataclass
class ToyClusters:
    cluster: Cluster
    without_key: set[str] = field(default_factory=set)

    def named(self, name: Name | None) -> Cluster:
        if name not in {None, self.cluster.name}:
            raise Trouble(
                f"There is no cluster {name}",
                left="nothing was changed",
                do=f"the clusters are: {self.cluster.name}",
            )
        return self.cluster

    def custodian_keys(self, name: Name) -> tuple[CustodianKey, ...]:
        custodians = self.named(name).custodians
        missing = [custodian for custodian in custodians if custodian in self.without_key]
        if missing:
            raise Trouble(
                f"No OpenPGP key is configured for {', '.join(missing)}",
                left="nothing was changed",
                do="set `pgp_key_file` of each of them",
            )
        return tuple(key_of(custodian) for custodian in custodians)
