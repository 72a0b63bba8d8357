"""The clusters of the configuration, and the people who hold their keys."""

from typing import Protocol

from playbooks.core.values import Address, Frozen, Name


class Cluster(Frozen):
    """One configured cluster. `canaries` are KV v2 paths, mount first."""

    name: Name
    nodes: tuple[Name, ...]
    addresses: tuple[Address, ...]  # In the order of `nodes`.
    canaries: tuple[str, ...]
    custodians: tuple[Name, ...]
    node_driver: bool  # False: nodes cannot be started or wiped from here.


class Clusters(Protocol):
    """What the configuration says; never asks anything outside."""

    def named(self, name: Name | None) -> Cluster:
        """Find a cluster; None means the only one. Raises Trouble naming those there are."""
        ...
