"""Looks at the real things and says how they are, in the shape the page and scripts read."""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

import aiohttp

from deploy.demo.cluster.async_api import Api
from deploy.demo.cluster.control import NotDone, ask
from deploy.demo.cluster.layout import Node
from deploy.demo.cluster.vault_state import KINDS
from deploy.demo.cluster.writer import State
from deploy.demo.world.config import Config, Console

_ANSWERS_WITHIN: Final = aiohttp.ClientTimeout(total=2)


@dataclass(frozen=True)
class Eyes:
    """`vault` trusts the cluster's authority; `local` talks to processes on this machine."""

    config: Config
    vault: aiohttp.ClientSession
    local: aiohttp.ClientSession

    async def everything(self) -> dict[str, object]:
        nodes, balancer, custodians, approvers = await asyncio.gather(
            self.nodes(),
            self._balancer(),
            self._consoles(self.config.custodians),
            self._consoles(self.config.approvers),
        )
        shape = self.config.cluster.shape
        return {
            "cluster": {"name": shape.name, "ca_file": str(self.config.cluster.ca_file)},
            "nodes": nodes,
            "balancer": balancer,
            "store": {"path": str(self.config.store), "backups": self._backups()},
            "custodians": custodians,
            "approvers": approvers,
            "writer": self._writer(),
        }

    async def nodes(self) -> list[dict[str, object]]:
        return list(await asyncio.gather(*(self._node(node) for node in self.config.cluster.nodes)))

    async def _node(self, node: Node) -> dict[str, object]:
        machine, health = await asyncio.gather(
            asyncio.to_thread(self._machine, node.name), self._health(node)
        )
        return {
            "name": node.name,
            "address": node.address,
            "ca_file": str(self.config.cluster.ca_file),
            **machine,
            **health,
        }

    def _machine(self, node: str) -> dict[str, object]:
        try:
            return ask(self.config.cluster.root, "state", node)
        except NotDone:
            # With its supervisor every node ends.
            return {"process": "stopped", "data": self._has_data(node)}

    def _has_data(self, node: str) -> bool:
        data = self.config.cluster.data(node)
        return data.is_dir() and any(data.iterdir())

    async def _health(self, node: Node) -> dict[str, object]:
        api = Api(self.vault, node.address)
        health, seal = await asyncio.gather(
            api.call("GET", "sys/health", seconds=2), api.call("GET", "sys/seal-status", seconds=2)
        )
        kind = KINDS.get(health.status, "silent")
        sealed = kind == "sealed"
        return {
            "state": kind,
            "progress": {
                "given": seal.body.get("progress", 0) if sealed else 0,
                "needed": seal.body.get("t", 0) if sealed else 0,
            },
        }

    async def _balancer(self) -> dict[str, object]:
        token = self.config.token_file.read_text(encoding="ascii").strip()
        state = await self._ask(
            f"{self.config.control}state", headers={"Authorization": f"Bearer {token}"}
        )
        silent: dict[str, object] = {"open": False, "active": None, "backends": []}
        return {"address": self.config.balancer, **(state or silent)}

    async def _consoles(self, consoles: tuple[Console, ...]) -> list[dict[str, object]]:
        return list(await asyncio.gather(*(self._console(each) for each in consoles)))

    async def _console(self, console: Console) -> dict[str, object]:
        alive = await self._ask(f"{console.url}alive")
        return {
            "name": console.name,
            "title": console.title,
            "online": alive is not None,
            "url": console.url,
        }

    async def _ask(
        self, url: str, headers: dict[str, str] | None = None
    ) -> dict[str, object] | None:
        """None: that process is not there."""
        try:
            async with self.local.get(url, headers=headers, timeout=_ANSWERS_WITHIN) as response:
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def _backups(self) -> list[str]:
        catalogue = self.config.store / "catalogue"
        return sorted((file.stem for file in catalogue.glob("*.json")), reverse=True)

    def _writer(self) -> dict[str, object]:
        try:
            written = json.loads(self.config.writer_state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return State().as_json()
        return dict(written)
