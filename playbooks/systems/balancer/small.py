"""The small balancer of the local cluster, through its control port on the loopback."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import requests
from pydantic import ValidationError

from playbooks.core.trouble import Trouble
from playbooks.core.values import Address, Frozen, Name
from playbooks.core.world.balancer import BalancerState
from playbooks.systems.key_files import read_private
from playbooks.systems.probe import is_refused

_WITHIN: Final = timedelta(seconds=5)


class SmallBalancerSettings(Frozen):
    """`address` is where clients connect, `control` where the balancer takes orders."""

    address: Address
    control: Address
    token_file: Path


class _Answer(Frozen):
    open: bool
    active: Name | None  # None: it sends clients nowhere.
    backends: tuple[dict[str, str], ...]


class SmallBalancer:
    """The balancer of one cluster."""

    def __init__(self, settings: SmallBalancerSettings) -> None:
        self._settings = settings

    async def state(self, cluster: Name) -> BalancerState:
        answer = await self._ask("GET", "state", None)
        # It has one switch for all of its backends.
        return BalancerState(
            address=self._settings.address,
            open=answer.open,
            closed=not answer.open,
            active=answer.active,
        )

    async def cut_off(self, cluster: Name) -> None:
        await self._ask("POST", "maintenance", {"on": True})

    async def let_back(self, cluster: Name) -> None:
        await self._ask("POST", "maintenance", {"on": False})

    async def refuses(self, cluster: Name) -> bool:
        return await is_refused(self._settings.address)

    async def _ask(self, method: str, path: str, body: dict[str, bool] | None) -> _Answer:
        return await asyncio.to_thread(self._ask_blocking, method, path, body)

    def _ask_blocking(self, method: str, path: str, body: dict[str, bool] | None) -> _Answer:
        token = read_private(self._settings.token_file).decode("ascii").strip()
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method,
                    f"{self._settings.control.rstrip('/')}/{path}",
                    json=body,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=_WITHIN.total_seconds(),
                )
            return _read(answer)
        except (requests.RequestException, ValidationError, ValueError) as error:
            fault = type(error).__name__
        raise Trouble(
            f"The balancer does not answer at {self._settings.control} ({fault})",
            left="nobody knows whether clients reach Vault",
            do="look whether the balancer runs",
        )


def _read(answer: requests.Response) -> _Answer:
    answer.raise_for_status()
    body: Any = answer.json()
    return _Answer.model_validate(body)
