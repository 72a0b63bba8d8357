"""The world's routes: one to look, and one for each thing that a visitor may do to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import web

from deploy.demo.cluster import loopback
from deploy.demo.cluster.control import NotDone, ask
from deploy.demo.world.config import Console
from deploy.demo.world.letters import letters
from deploy.demo.world.look import Eyes

# The same look serves every page that asks within this time.
_FRESH_SECONDS: Final = 0.4
_CONSOLE_ANSWERS_WITHIN: Final = aiohttp.ClientTimeout(total=30)


class NotPossible(Exception):  # noqa: N818 -- it is the sentence that the visitor reads
    """Why nothing was done."""


@dataclass(frozen=True)
class Hands:
    """What a visitor may do, done to the real processes."""

    eyes: Eyes

    async def kill(self, body: dict[str, object]) -> dict[str, object]:
        return await self._on(self._node(body), "kill")

    async def start(self, body: dict[str, object]) -> dict[str, object]:
        return await self._on(self._node(body), "start")

    async def stop_leader(self, body: dict[str, object]) -> dict[str, object]:
        """SIGTERM: the orderly end, after which another node leads within a second."""
        for node in await self.eyes.nodes():
            if node["state"] == "active":
                return await self._on(str(node["name"]), "stop")
        raise NotPossible("No node leads now, so there is none to stop.")

    async def destroy(self, body: dict[str, object]) -> dict[str, object]:
        """All nodes die at once, and then their data goes; store, backup key and shares stay."""
        names = [node.name for node in self.eyes.config.cluster.nodes]
        await asyncio.gather(*(self._on(name, "kill") for name in names))
        await asyncio.gather(*(self._on(name, "wipe") for name in names))
        return {"nodes": names}

    async def unseal(self, body: dict[str, object]) -> dict[str, object]:
        """Press the button on a custodian's console; its share never comes here."""
        return await self._press(self._custodian(body), "unseal", {"old": body.get("old") is True})

    async def rotate_share(self, body: dict[str, object]) -> dict[str, object]:
        """Let a custodian take part in a rotation; without a nonce, in whatever is under way."""
        return await self._press(self._custodian(body), "rotate", {"nonce": body.get("nonce")})

    async def sign(self, body: dict[str, object]) -> dict[str, object]:
        """Have an approver's console sign a text; the key never comes here."""
        console = _whose(self.eyes.config.approvers, body.get("person"), "approver")
        return await self._press(console, "sign", {"text": body.get("text")})

    def _custodian(self, body: dict[str, object]) -> Console:
        return _whose(self.eyes.config.custodians, body.get("custodian"), "custodian")

    async def _press(
        self, console: Console, button: str, words: dict[str, object]
    ) -> dict[str, object]:
        try:
            async with self.eyes.local.post(
                f"{console.url}{button}", json=words, timeout=_CONSOLE_ANSWERS_WITHIN
            ) as response:
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NotPossible(f"The console of {console.title} does not answer.") from error
        return dict(answer)

    def _node(self, body: dict[str, object]) -> str:
        names = [node.name for node in self.eyes.config.cluster.nodes]
        if body.get("node") not in names:
            raise NotPossible(f"There is no such node; there are {', '.join(names)}.")
        return str(body["node"])

    async def _on(self, node: str, action: str) -> dict[str, object]:
        try:
            state = await asyncio.to_thread(ask, self.eyes.config.cluster.root, action, node)
        except NotDone as error:
            raise NotPossible(str(error)) from error
        return {"node": node, **state}


class Look:
    """Mutable on purpose: many pages ask, and the world is looked at once."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self._turn = asyncio.Lock()
        self._seen: dict[str, object] = {}
        self._at = 0.0

    async def __call__(self, request: web.Request) -> web.Response:
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if now - self._at > _FRESH_SECONDS:
                self._seen = await self._eyes.everything()
                self._at = asyncio.get_running_loop().time()
            return web.json_response(self._seen)

    def forget(self) -> None:
        self._at = 0.0


def site(eyes: Eyes) -> web.Application:
    hands, look = Hands(eyes), Look(eyes)
    actions = {
        "kill": hands.kill,
        "start": hands.start,
        "stop_leader": hands.stop_leader,
        "destroy": hands.destroy,
        "unseal": hands.unseal,
        "rotate_share": hands.rotate_share,
        "sign": hands.sign,
    }
    app = web.Application(middlewares=[loopback.loopback_only])
    app.add_routes([web.get("/_world/state", look), web.get("/_world/mail", _mail_of(eyes))])
    for name, act in actions.items():
        app.add_routes([web.post(f"/_world/{name}", _route(act, look.forget))])
    return app


def _mail_of(eyes: Eyes) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Every letter that the mail server of this world got, the oldest first."""

    async def mail(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "letters": letters(eyes.config.mail)})

    return mail


def _whose(consoles: Sequence[Console], name: object, what: str) -> Console:
    named = {console.name: console for console in consoles}
    found = named.get(str(name or "").lower())
    if found is None:
        raise NotPossible(f"There is no such {what}; there are {', '.join(named)}.")
    return found


def _route(
    act: Callable[[dict[str, object]], Awaitable[dict[str, object]]], forget: Callable[[], None]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def route(request: web.Request) -> web.Response:
        try:
            return web.json_response({"ok": True, **await act(await _body(request))})
        except NotPossible as error:
            return web.json_response({"ok": False, "error": str(error)})
        finally:
            forget()

    return route


async def _body(request: web.Request) -> dict[str, object]:
    try:
        body = await request.json() if request.can_read_body else {}
    except ValueError as error:
        raise NotPossible("Send a JSON object.") from error
    if not isinstance(body, dict):
        raise NotPossible("Send a JSON object.")
    return body
