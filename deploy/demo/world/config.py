"""What the world's process is told at its start."""

import json
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.cluster import layout
from deploy.demo.cluster.layout import Layout


@dataclass(frozen=True)
class Console:
    """Of a custodian or an approver: a process of their own, somewhere on this machine."""

    name: str
    title: str
    url: str


@dataclass(frozen=True)
class Config:
    """`balancer` is where clients connect, `control` where its switch is."""

    port: int
    cluster: Layout
    balancer: str
    control: str
    token_file: Path
    store: Path
    custodians: tuple[Console, ...]
    approvers: tuple[Console, ...]
    writer_state: Path
    mail: Path  # The inbox of the mail server.


def read(file: Path) -> Config:
    written = json.loads(file.read_text(encoding="utf-8"))
    return Config(
        port=written["port"],
        cluster=layout.read(Path(written["cluster"])),
        balancer=written["balancer"],
        control=written["control"],
        token_file=Path(written["token_file"]),
        store=Path(written["store"]),
        custodians=tuple(Console(**each) for each in written["custodians"]),
        approvers=tuple(Console(**each) for each in written["approvers"]),
        writer_state=Path(written["writer_state"]),
        mail=Path(written["mail"]),
    )
