"""HAProxy, through its runtime socket. What is set here lasts until HAProxy is restarted."""

import asyncio
import csv
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from playbooks.core.trouble import Trouble
from playbooks.core.values import Address, Frozen, Name
from playbooks.core.world.balancer import BalancerState
from playbooks.systems.probe import is_refused

_WITHIN: Final = timedelta(seconds=5)
_LONGEST_ANSWER: Final = 1 << 20


class HAProxySettings(Frozen):
    """`address` is where clients connect; `backend` is the section that lists the nodes."""

    address: Address
    socket: Path
    backend: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]+$")] = "vault"


class HAProxyBalancer:
    """The balancer of one cluster; every server of the backend is a node of it."""

    def __init__(self, settings: HAProxySettings) -> None:
        self._settings = settings

    async def state(self, cluster: Name) -> BalancerState:
        servers = await self._servers()
        # HAProxy may say why in brackets after it.
        shut = [status.startswith("MAINT") for status in servers.values()]
        up = [name for name, status in servers.items() if status.startswith("UP")]
        return BalancerState(
            address=self._settings.address,
            open=not any(shut),
            closed=all(shut),
            active=up[0] if up else None,
        )

    async def cut_off(self, cluster: Name) -> None:
        for name in await self._servers():
            server = f"{self._settings.backend}/{name}"
            await self._tell(f"set server {server} state maint")
            await self._tell(f"shutdown sessions server {server}")
            # So it is checked at the short interval from now on, and found soon when let back.
            await self._tell(f"set server {server} health down")

    async def let_back(self, cluster: Name) -> None:
        for name in await self._servers():
            server = f"{self._settings.backend}/{name}"
            await self._tell(f"set server {server} state ready")
            # Else a standby would take clients until its first health check has failed.
            await self._tell(f"set server {server} health down")

    async def refuses(self, cluster: Name) -> bool:
        return await is_refused(self._settings.address)

    async def _servers(self) -> dict[str, str]:
        answer = await self._ask("show stat")
        rows = csv.DictReader(answer.removeprefix("# ").splitlines())
        servers = {
            row["svname"]: row["status"]
            for row in rows
            if row["pxname"] == self._settings.backend
            and row["svname"] not in {"FRONTEND", "BACKEND"}
        }
        if not servers:
            raise Trouble(
                f"HAProxy has no servers in its backend {self._settings.backend}",
                left="nothing was changed",
                do="compare its configuration with `backend` in ours",
            )
        return servers

    async def _tell(self, command: str) -> None:
        answer = (await self._ask(command)).strip()
        if answer:  # HAProxy answers a command that it carried out with an empty line.
            raise Trouble(
                f"HAProxy refused “{command}”: {answer.splitlines()[0][:200]}",
                left="some nodes may be in maintenance and others not",
                do="see `/vault status`, then press Try again",
            )

    async def _ask(self, command: str) -> str:
        try:
            async with asyncio.timeout(_WITHIN.total_seconds()):
                reader, writer = await asyncio.open_unix_connection(self._settings.socket)
                try:
                    writer.write(f"{command}\n".encode())
                    return await _all_of(reader)
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise Trouble(
                f"HAProxy does not answer at {self._settings.socket} ({type(error).__name__})",
                left="nobody knows whether clients reach Vault",
                do="look whether HAProxy runs, and who may use its socket",
            ) from error


async def _all_of(reader: asyncio.StreamReader) -> str:
    answer = b""
    while (part := await reader.read(1 << 16)) and len(answer) < _LONGEST_ANSWER:
        answer += part
    return answer.decode("utf-8", "replace")
