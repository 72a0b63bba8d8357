"""Seal one node, whatever the others do."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from playbooks.core.values import Name
from playbooks.systems.vault.access import PAUSE, Access
from playbooks.systems.vault.calls import Call

_SEAL: Final = "sys/seal"
# Until a standby knows a token that is new it answers 500 here ("invalid request"), not 403.
_TOKEN_SPREADS: Final = timedelta(seconds=4)


async def seal(access: Access, node: Name) -> None:
    """Works on a standby too, and where no node is active any more, with a token that is there."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + _TOKEN_SPREADS.total_seconds()
    while (await access.state(node)).kind != "sealed":
        answer = await access.ask_logged_in(node, Call("put", _SEAL))
        if answer.status_code != HTTPStatus.INTERNAL_SERVER_ERROR or loop.time() > give_up:
            access.raise_for(node, _SEAL, answer)
            return
        await asyncio.sleep(PAUSE.total_seconds())
