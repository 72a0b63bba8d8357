"""One cluster as this process reaches it: who is active, with which login, how patiently."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, TypeVar

import requests

from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.vault import NodeState
from playbooks.systems.vault.calls import PATIENT, Call, Calls
from playbooks.systems.vault.logins import Login
from playbooks.systems.vault.refusals import refusal
from playbooks.systems.vault.settings import VaultSettings
from playbooks.systems.vault.states import state_of

T = TypeVar("T")
PAUSE: Final = timedelta(milliseconds=250)
_ELECTION: Final = timedelta(seconds=3)
_TOKEN_SPREADS: Final = timedelta(seconds=2)  # Until a standby knows a token that is new.
# A token ends by itself too, so no run waits long until it is revoked.
_REVOKED_WITHIN: Final = timedelta(seconds=1)
_REVOKED_AT_LAST: Final = timedelta(seconds=3)
_LOGIN_REFUSED: Final = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
# A node answers these while it follows a restore or an election, for some seconds.
_PASSING: Final = {307, 500, 502, 504}


class Access:
    """The token lives here, in memory, and nowhere else."""

    def __init__(self, cluster: Name, settings: VaultSettings, threads: ThreadPoolExecutor) -> None:
        self.cluster = cluster
        self.settings = settings
        self.calls = Calls(cluster, settings)
        self.login = Login(cluster, settings.login, self._send_login)
        self._threads = threads

    async def in_thread(self, blocks: Callable[[], T]) -> T:
        """Run what blocks."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, blocks)

    async def ask(self, node: Name, call: Call) -> requests.Response:
        """Ask without a login of ours."""
        return await self.in_thread(lambda: self.calls.ask(node, call))

    async def state(self, node: Name) -> NodeState:
        """Ask one node how it is."""
        return await self.in_thread(lambda: state_of(self.calls, node))

    async def active(self) -> Name:
        """Find the active node, waiting a little for an election. Raises Trouble."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _ELECTION.total_seconds()
        while True:
            states = await asyncio.gather(*(self.state(node) for node in self.settings.nodes))
            for state in states:
                if state.kind == "active":
                    return state.node
            if loop.time() > give_up:
                break
            await asyncio.sleep(PAUSE.total_seconds())
        kinds = ", ".join(f"{state.node} {state.kind}" for state in states)
        raise Trouble(
            f"No node of {self.cluster} is active ({kinds})",
            left="this call changed nothing",
            do="see `/vault status`, bring the cluster up, then press Try again",
        )

    async def must_be_active(self, node: Name) -> None:
        """Check just before what only the active node may be asked. Raises Trouble."""
        state = await self.state(node)
        if state.kind == "silent":  # One slow answer must not stop a run.
            state = await self.state(node)
        if state.kind != "active":
            raise Trouble(
                f"{node} of {self.cluster} is not the active node, it is {state.kind}",
                left="this call changed nothing",
                do="see `/vault status`, then press Try again",
            )

    async def ask_logged_in(self, node: Name, call: Call) -> requests.Response:
        """Ask with our token; after a 403 once more with one that is new."""
        token = await self.login.token()
        answer = await self.ask(node, replace(call, token=token))
        if answer.status_code != HTTPStatus.FORBIDDEN:
            return answer
        token = await self.login.afresh(stale=token)
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _TOKEN_SPREADS.total_seconds()
        while True:
            answer = await self.ask(node, replace(call, token=token))
            if answer.status_code != HTTPStatus.FORBIDDEN or loop.time() > give_up:
                return answer
            await asyncio.sleep(PAUSE.total_seconds())

    async def read(self, node: Name, path: str, **params: str) -> dict[str, Any] | None:
        """Read the data of a path; None where there is nothing. Raises Trouble.

        Waits some seconds for a node that is just following a restore or an election.
        """
        loop = asyncio.get_running_loop()
        give_up = loop.time() + PATIENT.total_seconds()
        call = Call("get", path, params=params)
        answer = await self.ask_logged_in(node, call)
        while answer.status_code in _PASSING and loop.time() < give_up:
            await asyncio.sleep(PAUSE.total_seconds())
            answer = await self.ask_logged_in(node, call)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        self.raise_for(node, path, answer)
        data = answer.json().get("data")
        return data if isinstance(data, dict) else None

    def raise_for(self, node: Name, path: str, answer: requests.Response) -> None:
        """Raise Trouble for an answer that is no success."""
        if not answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            role = self.settings.login.role
            raise refusal(f"{node} of {self.cluster}", path, role, answer)

    async def forget(self, within: timedelta = _REVOKED_WITHIN) -> None:
        """Give up the token, and revoke it where Vault still answers. Raises nothing."""
        token = self.login.drop()
        if token is None:
            return
        call = Call(
            "post", "auth/token/revoke-self", token=token, connect=_REVOKED_WITHIN, within=within
        )
        # Every node at once: a standby passes it on, and finding the active one takes longer.
        asks = [asyncio.create_task(self._succeeds(node, call)) for node in self.settings.nodes]
        try:
            async with asyncio.timeout(within.total_seconds()):
                for answer in asyncio.as_completed(asks):
                    if await answer:
                        return
        except TimeoutError:
            return
        finally:
            for ask in asks:
                ask.cancel()

    async def close(self) -> None:
        """Revoke the token, if the cluster still can, and close all connections."""
        await self.forget(_REVOKED_AT_LAST)
        self.calls.close()

    async def _succeeds(self, node: Name, call: Call) -> bool:
        try:
            return (await self.ask(node, call)).status_code < HTTPStatus.MULTIPLE_CHOICES
        except Trouble:
            return False

    async def _send_login(self, call: Call) -> str | None:
        node = await self.active()
        answer = await self.ask(node, call)
        if answer.status_code in _LOGIN_REFUSED:
            return None
        self.raise_for(node, call.path, answer)
        return str(answer.json()["auth"]["client_token"])
