"""The clusters of the configuration, and the people who hold their keys."""

from typing import Protocol

from playbooks.core.values import Address, Fingerprint, Frozen, Name


class Cluster(Frozen):
    """One configured cluster. `canaries` are KV v2 paths, mount first."""

    name: Name
    nodes: tuple[Name, ...]
    addresses: tuple[Address, ...]  # In the order of `nodes`.
    canaries: tuple[str, ...]
    custodians: tuple[Name, ...]
    node_driver: bool  # False: nodes cannot be started or wiped from here.


class CustodianKey(Frozen):
    """The OpenPGP key that a custodian's new share is encrypted with."""

    custodian: Name
    fingerprint: Fingerprint
    key: str  # The public key itself, as base64, which is how Vault takes it.


class Clusters(Protocol):
    """What the configuration and its files say; never asks anything outside."""

    def named(self, name: Name | None) -> Cluster:
        """Find a cluster; None means the only one. Raises Trouble naming those there are."""
        ...

    def custodian_keys(self, name: Name) -> tuple[CustodianKey, ...]:
        """Read the key of every custodian, in order. Raises Trouble naming whose are missing."""
        ...
