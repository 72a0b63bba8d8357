"""Starts the processes around a cluster: balancer, people's consoles, writer, the world's API."""

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from deploy.demo.cluster.layout import Layout, cluster_file
from deploy.demo.mailbox import inbox_of
from deploy.demo.signing.keys import computers
from playbooks.core.trouble import Trouble

_ROOT: Final = Path(__file__).resolve().parents[3]
_ENDS_WITHIN_SECONDS: Final = 10


@dataclass(frozen=True)
class Places:
    """Where the running parts are."""

    world: str  # http://127.0.0.1:PORT/, with the routes below /_world
    balancer: str  # https://127.0.0.1:PORT, what clients use
    control: str  # http://127.0.0.1:PORT/, with /state and /maintenance
    token_file: Path
    consoles: Mapping[str, str]


class Parts:
    """Use as a context manager. `root` is the demo's folder, `store` the object store's."""

    def __init__(self, cluster: Layout, root: Path, store: Path) -> None:
        self._cluster = cluster
        self._root = root
        self._store = store
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Places:
        try:
            return self._start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End them all, and wait until they are gone."""
        for part in self._running.values():
            part.terminate()
        for part in self._running.values():
            try:
                part.wait(_ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
            for pipe in (part.stdin, part.stdout):
                if pipe:
                    pipe.close()
        self._running.clear()

    def _start(self) -> Places:
        """All of them start at once; only then is the first one waited for."""
        token_file = self._token_file()
        config = self._write("balancer", self._balancer(token_file))
        self._run("balancer", "cluster.balancer", config)
        names = self._cluster.custodians
        for name in names:
            self._run(f"custodian-{name}", "cluster.custodian", *self._console(name))
        approvers = [computer.name for computer in computers(self._root)]
        for name in approvers:
            self._run(f"signing-{name}", "signing", "--name", name, "--folder", str(self._root))
        balancer = self._ready("balancer")
        if writer_key(self._root).exists():
            config = self._write("writer", self._writer(balancer["address"]))
            self._run("writer", "cluster.writer", config)
        consoles = {name: self._ready(f"custodian-{name}")["url"] for name in names}
        desks = {name: self._ready(f"signing-{name}")["url"] for name in approvers}
        world = {
            **self._world(balancer),
            "custodians": _titled(consoles),
            "approvers": _titled(desks),
        }
        self._run("world", "world", self._write("world", world))
        return Places(
            world=self._ready("world")["url"],
            balancer=balancer["address"],
            control=balancer["control"],
            token_file=token_file,
            consoles=consoles,
        )

    def _writer(self, balancer: str) -> dict[str, object]:
        return {
            "address": balancer,
            "ca_file": str(self._cluster.ca_file),
            "key_file": str(writer_key(self._root)),
            "state_file": str(self._writer_state()),
        }

    def _world(self, balancer: Mapping[str, str]) -> dict[str, object]:
        return {
            "port": 0,
            "cluster": str(self._cluster.root),
            "balancer": balancer["address"],
            "control": balancer["control"],
            "token_file": str(self._root / "balancer" / "token"),
            "store": str(self._store),
            "writer_state": str(self._writer_state()),
            "mail": str(inbox_of(self._root / "mail")),
        }

    def _writer_state(self) -> Path:
        return self._root / "writer" / "state.json"

    def _balancer(self, token_file: Path) -> dict[str, object]:
        return {
            "port": 0,
            "control_port": 0,
            "token_file": str(token_file),
            "state_file": str(self._root / "balancer" / "state.json"),
            "ca_file": str(self._cluster.ca_file),
            "backends": [
                {"name": node.name, "address": node.address} for node in self._cluster.nodes
            ],
        }

    def _console(self, name: str) -> tuple[str, ...]:
        cluster = str(cluster_file(self._cluster.root))
        share = str(self._cluster.share_file(name))
        return ("--name", name, "--cluster", cluster, "--share-file", share)

    def _token_file(self) -> Path:
        file = self._root / "balancer" / "token"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
        return file

    def _write(self, part: str, config: Mapping[str, object]) -> str:
        file = self._root / part / "config.json"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        return str(file)

    def _run(self, part: str, module: str, *arguments: str) -> None:
        logs = self._root / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        with (logs / f"{part}.log").open("ab") as log:
            self._running[part] = subprocess.Popen(
                [sys.executable, "-m", f"deploy.demo.{module}", *arguments],
                cwd=_ROOT,
                # Its end of file tells the part that we are gone, however we went.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def _ready(self, part: str) -> dict[str, str]:
        """Wait for the line with which a part says where it listens."""
        stdout = self._running[part].stdout
        line = stdout.readline() if stdout else b""
        if not line:
            log = self._root / "logs" / f"{part}.log"
            raise Trouble(
                f"The {part} of the local world ended at once",
                left="the cluster runs without it",
                do=f"read {log}",
            )
        return dict(json.loads(line))


def _titled(consoles: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"name": name, "title": name.capitalize(), "url": url} for name, url in consoles.items()
    ]


def writer_key(root: Path) -> Path:
    return root / "writer" / "login.key"
