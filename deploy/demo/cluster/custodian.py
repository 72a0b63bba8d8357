"""`python -m deploy.demo.cluster.custodian`: one custodian's console, a process of its own.

The share goes to Vault and to this custodian's own page, and nowhere else.
"""

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from deploy.demo.cluster import async_api, custodian_page, layout, loopback, processes
from deploy.demo.cluster.async_api import Answer, Api
from deploy.demo.cluster.layout import Layout, Node
from deploy.demo.cluster.vault_state import KINDS
from playbooks.core.trouble import Trouble

_ASKS_WITHIN_SECONDS: Final = 2.0
# Opening the barrier with the last share takes Vault a moment.
_UNSEALS_WITHIN_SECONDS: Final = 20.0
_OTHERS_MAY_READ: Final = 0o077


@dataclass
class Console:
    """Mutable on purpose: it remembers which attempt already has this custodian's share."""

    name: str
    cluster: Layout
    share_file: Path
    apis: dict[str, Api]
    # Node -> the nonce of the unseal attempt that the share was given to.
    given_to: dict[str, str] = field(default_factory=dict)

    def share(self) -> str:
        """Read it anew each time: it lives nowhere but in its file. Raises Trouble."""
        try:
            if self.share_file.stat().st_mode & _OTHERS_MAY_READ:
                raise Trouble(
                    f"The share of {self.name} may be read by others on this machine",
                    left="it was not used",
                    do=f"chmod 600 {self.share_file}",
                )
            return self.share_file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise Trouble(
                f"{self.name} has no share here",
                left="no node was given anything",
                do=f"put it into {self.share_file}",
            ) from error

    async def nodes(self) -> list[dict[str, object]]:
        return list(await asyncio.gather(*(self._node(node) for node in self.cluster.nodes)))

    async def unseal(self) -> dict[str, object]:
        """Give the share to every node that waits for shares."""
        share = self.share()
        sealed = [node for node in await self.nodes() if node["state"] == "sealed"]
        faults = await asyncio.gather(*(self._give(str(node["name"]), share) for node in sealed))
        nodes = await self.nodes()
        said = " ".join(fault for fault in faults if fault)
        return (
            {"ok": False, "error": said, "nodes": nodes} if said else {"ok": True, "nodes": nodes}
        )

    async def _give(self, node: str, share: str) -> str | None:
        """The sentence for the custodian where the node does not take it."""
        answer = await self.apis[node].call(
            "PUT", "sys/unseal", {"key": share}, seconds=_UNSEALS_WITHIN_SECONDS
        )
        if answer.status != HTTPStatus.OK:
            self.given_to.pop(node, None)
            return _why_refused(self.cluster.shape.name, node, answer)
        self.given_to[node] = str(answer.body.get("nonce", ""))
        return None

    async def _node(self, node: Node) -> dict[str, object]:
        api = self.apis[node.name]
        health, seal = await asyncio.gather(
            api.call("GET", "sys/health", seconds=_ASKS_WITHIN_SECONDS),
            api.call("GET", "sys/seal-status", seconds=_ASKS_WITHIN_SECONDS),
        )
        kind = KINDS.get(health.status, "silent")
        given = seal.body.get("progress", 0) if kind == "sealed" else 0
        attempt = self.given_to.get(node.name)
        return {
            "name": node.name,
            "address": node.address,
            "state": kind,
            "sealed": kind == "sealed",
            "given": given,
            "needed": seal.body.get("t", 0) if kind == "sealed" else 0,
            "has_yours": bool(given) and attempt == seal.body.get("nonce"),
            "cluster": health.body.get("cluster_name") or seal.body.get("cluster_name"),
            "cluster_id": health.body.get("cluster_id") or seal.body.get("cluster_id"),
        }


def _why_refused(cluster: str, node: str, answer: Answer) -> str:
    if not answer.status:
        return f"Node {node} did not answer; it may not have your share; press again."
    return (
        f"Node {node} refused the shares it was given: together they do not open {cluster}."
        " It starts again at 0. One of them is of another cluster or of an older key."
    )


@dataclass(frozen=True)
class Site:
    """What a console answers over HTTP."""

    console: Console

    def app(self) -> web.Application:
        app = web.Application(middlewares=[loopback.loopback_only])
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/alive", self.alive),
                web.get("/state", self.state),
                web.post("/unseal", self.unseal),
                web.post("/share", self.share),
            ]
        )
        return app

    async def page(self, _request: web.Request) -> web.Response:
        return web.Response(
            text=custodian_page.page(self.console.name, self.console.cluster.shape.name),
            content_type="text/html",
            headers=custodian_page.HEADERS,
        )

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"name": self.console.name})

    async def state(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "name": self.console.name,
                "cluster": self.console.cluster.shape.name,
                "nodes": await self.console.nodes(),
            }
        )

    async def unseal(self, _request: web.Request) -> web.Response:
        try:
            return web.json_response(await self.console.unseal())
        except Trouble as trouble:
            return web.json_response({"ok": False, "error": str(trouble), "nodes": []})

    async def share(self, request: web.Request) -> web.Response:
        # Only this page's own script sends this; another site's script cannot.
        if request.headers.get(custodian_page.MARK) != "page":
            return web.json_response({"ok": False, "error": "Only on its page."}, status=403)
        try:
            return web.json_response({"ok": True, "share": self.console.share()})
        except Trouble as trouble:
            return web.json_response({"ok": False, "error": str(trouble)})


async def serve(name: str, port: int, cluster: Layout, share_file: Path) -> None:
    async with async_api.session(cluster.ca_file) as session:
        apis = {node.name: Api(session, node.address) for node in cluster.nodes}
        console = Console(name, cluster, share_file, apis)
        async with loopback.serve(Site(console).app(), port) as url:
            loopback.announce({"name": name, "url": url})
            await processes.until_told_to_end()


def main(arguments: list[str]) -> None:
    options = argparse.ArgumentParser(prog="custodian", description=__doc__)
    options.add_argument("--name", required=True)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--cluster", type=Path, required=True, help="the cluster's cluster.json")
    options.add_argument("--share-file", type=Path, required=True)
    chosen = options.parse_args(arguments)
    cluster = layout.read(chosen.cluster.resolve().parent)
    asyncio.run(serve(chosen.name, chosen.port, cluster, chosen.share_file.resolve()))


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1:])
