"""What one process must know of one cluster to talk to its Vault."""

from collections.abc import Mapping
from pathlib import Path

from playbooks.core.values import Address, Frozen, Name


class LoginSettings(Frozen):
    """The JWT role of this process; its private key is a PEM file that only it may read."""

    mount: str
    role: Name
    key_file: Path
    audience: str = "vault-responder"


class VaultSettings(Frozen):
    """`nodes` maps each node's name, which is its Raft node_id, to its address: https://…:8200."""

    nodes: Mapping[Name, Address]
    ca_file: Path
    login: LoginSettings
    canaries: tuple[str, ...]  # KV v2 paths, mount first.
    nonce_path: str = "vps/test-tenant-id/backup_nonce"
    mounts: tuple[str, ...] = ("vps", "smtp", "api_keys", "dkim")
