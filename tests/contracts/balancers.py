"""The balancers that the suite is run on: the stand-in, HAProxy as installed, the small one."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playbooks.core.world.balancer import Balancer
from playbooks.systems.balancer.haproxy import HAProxyBalancer, HAProxySettings
from playbooks.systems.balancer.small import SmallBalancer, SmallBalancerSettings
from playbooks.systems.key_files import create_private
from tests.check.files import ROOT
from tests.servers import absent
from tests.systems.real_clusters import RealCluster

_INSTALLED: Final = ROOT / "deploy" / "install" / "haproxy" / "haproxy.cfg"


@dataclass(frozen=True)
class Front:
    """A balancer, and the port in front of it; None for the stand-in, which has none.

    `leave` puts one server in maintenance; None where that cannot be.
    """

    balancer: Balancer
    port: int | None
    leave: Callable[[str], Awaitable[None]] | None


@contextmanager
def haproxy(cluster: RealCluster, place: Path) -> Iterator[Front]:
    """The configuration that is installed, word for word but for the addresses."""
    binary = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if binary is None:
        absent("haproxy")
    port, runtime = _free_port(), place / "haproxy.sock"
    (place / "haproxy.cfg").write_text(_filled_in(cluster, port, runtime), encoding="utf-8")
    process = subprocess.Popen([binary, "-q", "-f", str(place / "haproxy.cfg")])
    try:
        address = f"https://127.0.0.1:{port}"
        balancer = HAProxyBalancer(HAProxySettings(address=address, socket=runtime))
        yield Front(balancer, port, lambda server: _in_maintenance(runtime, server))
    finally:
        process.terminate()
        process.wait()


async def _in_maintenance(runtime: Path, server: str) -> None:
    reader, writer = await asyncio.open_unix_connection(runtime)
    writer.write(f"set server vault/{server} state maint\n".encode())
    assert (await reader.read()).strip() == b""
    writer.close()


def _filled_in(cluster: RealCluster, port: int, runtime: Path) -> str:
    text = _INSTALLED.read_text(encoding="utf-8")
    filled = {
        r"/run/haproxy/vault-responder[.]sock mode 660 group haproxy": f"{runtime} mode 600",
        r"bind :8200": f"bind 127.0.0.1:{port}",
        r"/etc/haproxy/vault-ca[.]pem": str(cluster.local.ca_file),
    }
    for name, address in zip(cluster.local.names, cluster.local.addresses, strict=True):
        filled[rf"server {name} 10[.]0[.]0[.]\d+:8200"] = (
            f"server {name} {urlsplit(address).netloc}"
        )
    for old, new in filled.items():
        text, times = re.subn(old, new, text)
        assert times == 1, old
    return text


@contextmanager
def small(cluster: RealCluster, place: Path) -> Iterator[Front]:
    """The balancer of the demo, as a process of its own."""
    create_private(place / "token", b"0123456789abcdef")
    config = {
        "port": 0,
        "control_port": 0,
        "token_file": str(place / "token"),
        "state_file": str(place / "state.json"),
        "ca_file": str(cluster.local.ca_file),
        "backends": [
            {"name": name, "address": address}
            for name, address in zip(cluster.local.names, cluster.local.addresses, strict=True)
        ],
    }
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "deploy.demo.cluster.balancer", str(place / "config.json")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, cwd=ROOT)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        settings = SmallBalancerSettings(
            address=told["address"], control=told["control"], token_file=place / "token"
        )
        yield Front(SmallBalancer(settings), urlsplit(told["address"]).port, None)
    finally:
        process.terminate()
        process.communicate()


async def held_connection(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that has connected and says nothing yet."""
    return await asyncio.open_connection("127.0.0.1", port)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
