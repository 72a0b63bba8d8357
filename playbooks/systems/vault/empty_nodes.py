"""Load a snapshot into an empty node: initialise, open, force-load, wait. Keys stay in here."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.vault import NodeKind
from playbooks.systems.vault.access import PAUSE, Access
from playbooks.systems.vault.calls import Call
from playbooks.systems.vault.snapshots import SNAPSHOT, upload
from playbooks.systems.vault.states import scheme_of

_ELECTS_ITSELF: Final = timedelta(seconds=60)  # 7 s with Vault's default timers.
_LOADED: Final = timedelta(minutes=10)  # 1 GB took 20 s.


async def fill_empty_node(
    access: Access, node: Name, archive: AsyncIterator[bytes], scheme: SealScheme
) -> None:
    """Raises Trouble where the node is not empty, has another kind of seal, or refuses."""
    await _must_be_empty(access, node, scheme)
    keys, token = await _initialise(access, node, scheme)
    for key in keys:
        await _success(access, node, Call("put", "sys/unseal", body={"key": key}))
    await _wait_for(access, node, "active", _ELECTS_ITSELF)
    # Another kind of seal on the same key needs no force, and force would leave it sealed.
    path = f"{SNAPSHOT}-force" if scheme.kind == "shamir" else SNAPSHOT
    answer = await upload(access.calls, node, archive, path=path, token=token)
    access.raise_for(node, path, answer)
    if scheme.kind == "shamir":
        await _wait_for(access, node, "sealed", _LOADED)
        return
    await wait_until_refused(access, node, token, _LOADED)
    await _wait_for(access, node, "active", _LOADED)


async def wait_until_refused(access: Access, node: Name, token: str, within: timedelta) -> None:
    """Wait until the loaded data is there: it cannot hold a token that is newer than itself.

    Vault answers a load at once, hangs for some seconds, and only then has the data. Running out
    of time is no error here: whoever asked looks for the data itself.
    """
    loop = asyncio.get_running_loop()
    give_up = loop.time() + within.total_seconds()
    call = Call("get", "auth/token/lookup-self", token=token)
    while loop.time() < give_up:
        try:
            answer = await access.ask(node, call)
        except Trouble:  # It hangs: the data is being replaced just now.
            await asyncio.sleep(PAUSE.total_seconds())
            continue
        if answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE}:
            return
        await asyncio.sleep(PAUSE.total_seconds())


async def _must_be_empty(access: Access, node: Name, scheme: SealScheme) -> None:
    state = await access.state(node)
    if state.kind != "uninitialised":
        raise Trouble(
            f"{node} of {access.cluster} is not an empty node, it is {state.kind}",
            left="this call changed nothing",
            do="stop and wipe it first, if nobody needs what it holds",
        )
    sealing = (await access.ask(node, Call("get", "sys/seal-status"))).json()
    if scheme_of(sealing).kind != scheme.kind:
        raise Trouble(
            f"{node} is configured with another kind of seal than the backup ({scheme.kind})",
            left="the node is still empty",
            do="give it the seal configuration that the cluster had when the backup was taken",
        )


async def _initialise(access: Access, node: Name, scheme: SealScheme) -> tuple[list[str], str]:
    # The scheme must not be the backup's. Until it is restarted the node goes on showing the one it
    # was initialised with, so "sealed with the backup's scheme" means loaded and restarted.
    count = 2 if (scheme.shares, scheme.threshold) == (1, 1) else 1
    kind = "secret" if scheme.kind == "shamir" else "recovery"
    body = {f"{kind}_shares": count, f"{kind}_threshold": count}
    call = Call("put", "sys/init", body=body, within=_ELECTS_ITSELF)
    made = await _success(access, node, call)
    return (list(made["keys"]) if scheme.kind == "shamir" else []), str(made["root_token"])


async def _success(access: Access, node: Name, call: Call) -> dict[str, Any]:
    answer = await access.ask(node, call)
    if answer.status_code != HTTPStatus.OK:
        # Vault's own words are left out: they may quote what was sent.
        raise Trouble(
            f"{node} of {access.cluster} refused {call.path} (HTTP {answer.status_code})",
            left="the node may be initialised with keys that nobody has",
            do="see its log, then press Try again: it is wiped first",
        )
    return dict(answer.json())


async def _wait_for(access: Access, node: Name, kind: NodeKind, within: timedelta) -> None:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + within.total_seconds()
    state = await access.state(node)
    while state.kind != kind:
        if loop.time() > give_up:
            raise Trouble(
                f"{node} of {access.cluster} is {state.kind} instead of {kind} after"
                f" {within.total_seconds():.0f} s",
                left="the node holds nothing that anyone relies on",
                do="see its log, then press Try again: it is wiped first",
            )
        await asyncio.sleep(PAUSE.total_seconds())
        state = await access.state(node)
