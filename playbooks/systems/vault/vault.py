"""The real Vault of every configured cluster, OpenBao and HashiCorp Vault alike."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from playbooks.core.backup import Mark, SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Digest, Moment, Name
from playbooks.core.world.rotation import Rotating
from playbooks.core.world.vault import Changes, NodeState, RaftState
from playbooks.snapshot.shares import mark_of_shares
from playbooks.systems.pieces import from_thread
from playbooks.systems.vault import rotation, sealing
from playbooks.systems.vault.access import Access
from playbooks.systems.vault.calls import Call
from playbooks.systems.vault.empty_nodes import fill_empty_node, wait_until_refused
from playbooks.systems.vault.kv import changes_in, data_path, mark_of
from playbooks.systems.vault.metadata import secrets_of
from playbooks.systems.vault.settings import VaultSettings
from playbooks.systems.vault.snapshots import BETWEEN_PIECES, SNAPSHOT, pieces_of, upload

_THREADS: Final = 16  # A node that hangs holds one for seconds; the others must still be asked.
_VISIBLE_WITHIN: Final = timedelta(minutes=5)  # 1 GB took 20 s.


class RealVault:
    """Close it at the end, which revokes its tokens."""

    def __init__(
        self,
        clusters: Mapping[Name, VaultSettings],
        *,
        mark_keys: Mapping[Name, bytes] = MappingProxyType({}),
    ) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="vault")
        self._clusters = {
            name: Access(name, settings, self._threads) for name, settings in clusters.items()
        }
        self._mark_keys = mark_keys  # A looker has none.

    async def state(self, cluster: Name, node: Name) -> NodeState:
        return await self._clusters[cluster].state(node)

    async def can_log_in(self, cluster: Name) -> bool:
        access = self._clusters[cluster]
        await access.forget()
        return await access.login.works()

    async def nonce(self, cluster: Name, node: Name) -> str | None:
        access = self._clusters[cluster]
        held = await _secret(access, node, access.settings.nonce_path)
        return None if held is None else str(held.get("nonce", ""))

    async def write_nonce(self, cluster: Name, nonce: str) -> None:
        access = self._clusters[cluster]
        node = await access.active()
        path = data_path(access.settings.nonce_path)
        call = Call("post", path, body={"data": {"nonce": nonce}})
        access.raise_for(node, path, await access.ask_logged_in(node, call))

    async def marks(self, cluster: Name, node: Name) -> tuple[Mark, ...]:
        if cluster not in self._mark_keys:
            raise Trouble(
                "This process holds no backup key, so it cannot compare canaries",
                left="nothing was read",
                do="ask on the queue `act`: only workers read canaries",
            )
        access = self._clusters[cluster]
        paths = access.settings.canaries
        held = await asyncio.gather(*(_secret(access, node, path) for path in paths))
        return tuple(
            mark_of(self._mark_keys[cluster], path, data)
            for path, data in zip(paths, held, strict=True)
            if data is not None
        )

    async def raft(self, cluster: Name) -> RaftState:
        access = self._clusters[cluster]
        node = await access.active()
        raft = await access.read(node, "sys/storage/raft/configuration") or {}
        autopilot = await access.read(node, "sys/storage/raft/autopilot/state") or {}
        servers = raft.get("config", {}).get("servers", [])
        return RaftState(
            voters=tuple(server["node_id"] for server in servers if server["voter"]),
            non_voters=tuple(server["node_id"] for server in servers if not server["voter"]),
            healthy=bool(autopilot.get("healthy", False)),
            failure_tolerance=int(autopilot.get("failure_tolerance", 0)),
        )

    async def changes_since(self, cluster: Name, moment: Moment) -> Changes:
        """A secret deleted with all its metadata leaves no trace, so it is not among them."""
        access = self._clusters[cluster]
        node = await access.active()
        secrets: dict[str, dict[str, Any]] = {}
        for mount in access.settings.mounts:
            secrets |= await secrets_of(access, node, mount)
        secrets.pop(access.settings.nonce_path, None)  # Written by every backup, not by clients.
        return changes_in(secrets, moment, datetime.now(UTC))

    async def snapshot(self, cluster: Name, node: Name) -> AsyncGenerator[bytes, None]:
        access = self._clusters[cluster]
        await access.must_be_active(node)
        call = Call("get", SNAPSHOT, stream=True, within=BETWEEN_PIECES)
        answer = await access.ask_logged_in(node, call)
        access.raise_for(node, SNAPSHOT, answer)
        read = from_thread(lambda: pieces_of(answer, f"{node} of {cluster}"))
        async with aclosing(read) as pieces:
            async for piece in pieces:
                yield piece

    async def load(self, cluster: Name, node: Name, archive: AsyncIterator[bytes]) -> None:
        access = self._clusters[cluster]
        await access.forget()
        token = await access.login.token()
        # A standby of OpenBao answers 204 to a load, restores nothing and seals itself.
        await access.must_be_active(node)
        answer = await upload(access.calls, node, archive, path=SNAPSHOT, token=token)
        access.raise_for(node, SNAPSHOT, answer)
        await wait_until_refused(access, node, token, _VISIBLE_WITHIN)
        await access.forget()

    async def load_into_empty(
        self, cluster: Name, node: Name, archive: AsyncIterator[bytes], scheme: SealScheme
    ) -> None:
        access = self._clusters[cluster]
        await fill_empty_node(access, node, archive, scheme)
        await access.forget()

    async def seal(self, cluster: Name, node: Name) -> None:
        await sealing.seal(self._clusters[cluster], node)

    async def rotating(self, cluster: Name) -> Rotating:
        access = self._clusters[cluster]
        return await rotation.rotating(access, await access.active())

    async def start_rotation(
        self, cluster: Name, node: Name, keys: tuple[str, ...], threshold: Count
    ) -> None:
        access = self._clusters[cluster]
        await access.must_be_active(node)
        await rotation.start(access, node, keys, threshold)

    async def cancel_rotation(self, cluster: Name, nonce: str) -> None:
        access = self._clusters[cluster]
        await rotation.cancel(access, await access.active(), nonce)

    async def shares_mark(self, cluster: Name) -> Digest:
        node = await self._clusters[cluster].active()
        async with aclosing(self.snapshot(cluster, node)) as pieces:
            mark = await mark_of_shares(pieces)
        if mark is None:
            raise Trouble(
                f"A snapshot of {node} does not tell which shares open {cluster}",
                left="nothing was changed",
                do="ask the custodians whether their program says that the rotation is complete",
            )
        return mark

    async def close(self) -> None:
        """Revoke the tokens as far as possible. Nothing can be asked afterwards."""
        await asyncio.gather(*(access.close() for access in self._clusters.values()))
        self._threads.shutdown(wait=False)


async def _secret(access: Access, node: Name, path: str) -> dict[str, object] | None:
    answer = await access.read(node, data_path(path))
    data = None if answer is None else answer.get("data")
    return data if isinstance(data, dict) else None
