"""Where everything of one cluster lies, and the few facts that are chosen once and kept."""

import json
import random
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

Seal: TypeAlias = Literal["shamir", "static"]

HOST: Final = "127.0.0.1"
CUSTODIANS: Final = ("erin", "frank", "grace", "heidi", "ivan")
# Below the ports that systems hand out for outgoing connections: a stopped node's port stays free.
_PORTS: Final = range(20_000, 32_000)


@dataclass(frozen=True)
class Node:
    name: str
    port: int
    raft_port: int

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"


@dataclass(frozen=True)
class Shape:
    """What a cluster is made like."""

    name: str = "prod"
    nodes: int = 3
    shares: int = 5
    threshold: int = 3
    seal: Seal = "shamir"
    disable_standby_reads: bool = False


@dataclass(frozen=True)
class Layout:
    """The folder of one cluster; all paths in it are derived here."""

    root: Path
    shape: Shape
    nodes: tuple[Node, ...]

    @property
    def ca_file(self) -> Path:
        return self.root / "tls" / "ca.pem"

    @property
    def certificate(self) -> Path:
        return self.root / "tls" / "server.pem"

    @property
    def private_key(self) -> Path:
        return self.root / "tls" / "server.key"

    @property
    def seal_key(self) -> Path:
        return self.root / "seal" / "k1.key"

    def node(self, name: str) -> Node | None:
        return next((node for node in self.nodes if node.name == name), None)

    def folder(self, node: str) -> Path:
        return self.root / "nodes" / node

    def data(self, node: str) -> Path:
        return self.folder(node) / "data"

    def config(self, node: str, *, alone: bool) -> Path:
        return self.folder(node) / ("alone.hcl" if alone else "joined.hcl")

    def custodian(self, name: str) -> Path:
        """What only this custodian may read: the share, and the keys to log in and to decrypt."""
        return self.root / "custodians" / name

    def share_file(self, custodian: str) -> Path:
        """The share of the day the cluster was made; later ones are PGP messages beside it."""
        return self.custodian(custodian) / "share"

    def pgp_key_file(self, custodian: str) -> Path:
        return self.custodian(custodian) / "pgp.key"

    def login_key_file(self, custodian: str) -> Path:
        return self.custodian(custodian) / "login.key"

    def pgp_public_file(self, custodian: str) -> Path:
        """Armoured, as `gpg --armor --export` prints it: for whoever rotates the shares."""
        return self.root / "public" / f"{custodian}.asc"

    def login_public_file(self, custodian: str) -> Path:
        return self.root / "public" / f"{custodian}.pem"

    @property
    def custodians(self) -> tuple[str, ...]:
        more = tuple(f"custodian{number}" for number in range(6, self.shape.shares + 1))
        return (CUSTODIANS + more)[: self.shape.shares]


def cluster_file(root: Path) -> Path:
    return root / "cluster.json"


def read(root: Path) -> Layout:
    """Read what `plan` wrote. Raises FileNotFoundError where there is no cluster."""
    written = json.loads(cluster_file(root).read_text(encoding="utf-8"))
    return Layout(
        root=root,
        shape=Shape(**written["shape"]),
        nodes=tuple(Node(**node) for node in written["nodes"]),
    )


def plan(root: Path, shape: Shape) -> Layout:
    """Choose names and free ports for a new cluster."""
    ports = free_ports(2 * shape.nodes)
    nodes = tuple(
        Node(f"n{index + 1}", port=ports[2 * index], raft_port=ports[2 * index + 1])
        for index in range(shape.nodes)
    )
    return Layout(root=root, shape=shape, nodes=nodes)


def write(layout: Layout) -> None:
    """Written last, so a folder that has this file has all the others."""
    document = {
        "shape": asdict(layout.shape),
        "nodes": [asdict(node) for node in layout.nodes],
    }
    draft = cluster_file(layout.root).with_suffix(".tmp")
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draft.replace(cluster_file(layout.root))


def free_ports(count: int) -> list[int]:
    ports: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if len(ports) == count:
            break
        with socket.socket() as listener:
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
        ports.append(port)
    return ports
