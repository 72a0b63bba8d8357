"""The names of one installation that a runbook is filled with; composition reads them."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from playbooks.runbook.parts import Seal


@dataclass(frozen=True)
class HAProxy:
    """`socket` takes its commands, `backend` lists the nodes."""

    socket: str
    backend: str


@dataclass(frozen=True)
class Small:
    """The local cluster's own balancer."""

    control: str
    token_file: str


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything is text: a page is filled, and nothing is asked."""

    cluster: str
    nodes: tuple[tuple[str, str], ...]  # Name and address, the first one first.
    ca_file: str
    config: str
    store: str
    balancer_address: str
    balancer: HAProxy | Small
    node_command: tuple[str, ...] | None  # None: nodes are started and wiped by hand.
    nonce_path: str
    canaries: tuple[str, ...]
    login_path: str
    custodians: tuple[str, ...]
    seal: Seal | None  # None: not known, so the page says both.
    backup: str
    backup_taken: str
    backups_told: str  # What is known of the backups there are.
    keys_told: str  # Who opens the cluster.


# Nothing is filled in: what stands here in capitals is for the reader to replace.
ANY: Final = Site(
    cluster="CLUSTER",
    nodes=tuple((f"n{number}", f"https://NODE-{number}:8200") for number in (1, 2, 3)),
    ca_file="CA-FILE",
    config="/etc/vault-responder/vault-responder.toml",
    store="STORE",
    balancer_address="https://BALANCER:8200",
    balancer=HAProxy(socket="/run/haproxy/admin.sock", backend="vault"),
    node_command=None,
    nonce_path="vps/test-tenant-id/backup_nonce",
    canaries=("CANARY-1", "CANARY-2", "CANARY-3"),
    login_path="vault-responder",
    custodians=("CUSTODIANS",),
    seal=None,
    backup="BACKUP",
    backup_taken="TIME",
    backups_told="list them with `vault-responder backup-file list --cluster CLUSTER`",
    keys_told="the custodians of the cluster, unless it unseals itself",
)

Balancer: TypeAlias = HAProxy | Small
