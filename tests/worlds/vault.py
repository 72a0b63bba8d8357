"""The stand-in for a Vault cluster."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from playbooks.core.backup import Mark, SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.values import Count, Digest, Moment, Name
from playbooks.core.world.rotation import Product, Rotating
from playbooks.core.world.vault import Changes, NodeState, RaftState
from tests.worlds.archives import archive, state_of
from tests.worlds.calls import Calls
from tests.worlds.machines import (
    CANARIES,
    MADE_FOR_A_LOAD,
    NONCE_PATH,
    ToyData,
    ToyMachines,
    ToyNode,
)
from tests.worlds.rotation import ToyRotation


def _no(happened: str) -> Trouble:
    return Trouble(happened, left="nothing was changed", do="see `/vault status`")


def mark_of(generation: int) -> Digest:
    """The mark of the shares of a key generation."""
    return hashlib.sha256(_shares(generation)).hexdigest()


def _shares(generation: int) -> bytes:
    """What Vault writes anew at each rotation: the key that the shares make up, encrypted."""
    return f"shares {generation}".encode()


def state_with(data: ToyData) -> bytes:
    """Lay a snapshot's state out as Vault does where the shares' mark is looked for."""
    shares = _shares(data.generation)
    entry = b"\n\x0fcore/shamir-kek\x12" + bytes([len(shares)]) + shares
    return (b"" if data.scheme.kind == "auto" else entry) + data.model_dump_json().encode()


@dataclass
class ToyVault:
    """Answers for the machines; `polls_to_load` questions see the old data after a load."""

    machines: ToyMachines
    calls: Calls
    polls_to_load: int = 2
    polls_to_vote: int = 1
    snapshot_bytes: bytes | None = None  # What a snapshot answers instead of the truth.
    votes_asked: dict[str, int] = field(default_factory=dict)
    version: str = "2.7.2"
    product: Product = "OpenBao"
    token: bool = False  # This process has logged in, and its token still counts.
    rotations: int = 0

    async def state(self, cluster: Name, node: Name) -> NodeState:
        self.calls.ask("vault.state", node)
        there = self.machines.node(node)
        kind = self.machines.kind(there)
        data = there.data
        return NodeState(
            node=node,
            kind=kind,
            version=None if kind == "silent" else self.version,
            cluster_id=data.cluster_id if data and kind in {"active", "standby"} else None,
            scheme=None if kind in {"silent", "uninitialised"} else self._scheme(there),
            shares_given=len(there.given) if kind == "sealed" else 0,
        )

    async def can_log_in(self, cluster: Name) -> bool:
        self.calls.ask("vault.can_log_in", cluster)
        leader = self.machines.leader()
        return bool(leader and leader.data and leader.data.role)

    async def nonce(self, cluster: Name, node: Name) -> str | None:
        self.calls.ask("vault.nonce", node)
        secret = self._read(node).secrets.get(NONCE_PATH)
        return secret.value if secret else None

    async def write_nonce(self, cluster: Name, nonce: str) -> None:
        self.calls.act("vault.write_nonce", nonce)
        self.machines.write(NONCE_PATH, nonce, self.calls.now())

    async def marks(self, cluster: Name, node: Name) -> tuple[Mark, ...]:
        self.calls.ask("vault.marks", node)
        held = self._read(node).secrets
        return tuple(
            Mark(
                path=path,
                hmac=hmac.new(b"toy", held[path].value.encode(), hashlib.sha256).hexdigest(),
            )
            for path in CANARIES
            if path in held
        )

    async def raft(self, cluster: Name) -> RaftState:
        self.calls.ask("vault.raft", cluster)
        if self.machines.leader() is None:
            raise _no(f"No node of {cluster} is active")
        self._promote()
        present = [node for node in self.machines.nodes.values() if node.data]
        voters = tuple(node.name for node in present if node.voter)
        alive = sum(1 for node in present if node.voter and node.open)
        return RaftState(
            voters=voters,
            non_voters=tuple(node.name for node in present if not node.voter),
            healthy=alive == len(voters),
            failure_tolerance=max(alive - len(voters) // 2 - 1, 0),
        )

    async def changes_since(self, cluster: Name, moment: Moment) -> Changes:
        self.calls.ask("vault.changes_since", cluster)
        secrets = self._leading(None).secrets
        late = sorted(
            path
            for path, held in secrets.items()
            if held.written_at > moment and path != NONCE_PATH
        )
        return Changes(count=len(late), first=tuple(late[:5]))

    async def snapshot(self, cluster: Name, node: Name) -> AsyncIterator[bytes]:
        self.calls.ask("vault.snapshot", node)
        data = self._leading(node)
        whole = self.snapshot_bytes
        if whole is None:
            whole = archive(state_with(data), index=data.index)
        for start in range(0, len(whole), 400):
            yield whole[start : start + 400]

    async def load(self, cluster: Name, node: Name, archive: AsyncIterator[bytes]) -> None:
        present = self._leading(node)
        coming = await _read_archive(archive)
        if coming.generation != present.generation:
            raise _no(f"{node} refused the snapshot: it was taken under other unseal keys")
        self.calls.act("vault.load", node)
        for there in self.machines.nodes.values():
            if there.open and there.data and not there.lags:
                there.coming, there.polls = coming, self.polls_to_load

    async def load_into_empty(
        self, cluster: Name, node: Name, archive: AsyncIterator[bytes], scheme: SealScheme
    ) -> None:
        there = self.machines.node(node)
        if self.machines.kind(there) != "uninitialised":
            raise _no(f"{node} is not an empty node")
        self.calls.act("vault.load_into_empty", node)
        there.data = await _read_archive(archive)
        there.stale_memory = True
        there.voter = there.open = there.data.scheme.kind == "auto"

    async def seal(self, cluster: Name, node: Name) -> None:
        there = self.machines.node(node)
        if self.machines.kind(there) == "sealed":
            return
        if self.machines.kind(there) not in {"active", "standby"}:
            raise _no(f"{node} does not answer")
        self._log_in()
        self.calls.act("vault.seal", node)
        self.machines.seal(there)

    async def rotating(self, cluster: Name) -> Rotating:
        self.calls.ask("vault.rotating", cluster)
        rotation = self._leader(None).rotation
        return Rotating(product=self.product, now=rotation.told() if rotation else None)

    async def start_rotation(
        self, cluster: Name, node: Name, keys: tuple[str, ...], threshold: Count
    ) -> None:
        leader = self._leader(node)
        if leader.rotation is not None:
            raise _no("A rotation of the shares of prod is under way already")
        self.calls.act("vault.start_rotation", node)
        self.rotations += 1
        present = self._leading(node)
        scheme = SealScheme(shares=len(keys), threshold=threshold)
        nonce = f"5b1c0f9e-0000-4000-8000-{self.rotations:012}"
        required = present.scheme.threshold
        leader.rotation = ToyRotation(nonce, keys, scheme, required, present.generation)

    async def cancel_rotation(self, cluster: Name, nonce: str) -> None:
        leader = self._leader(None)
        if leader.rotation is None or leader.rotation.nonce != nonce:
            raise _no(f"Rotation {nonce} is not under way on {leader.name} of prod")
        self.calls.act("vault.cancel_rotation", nonce)
        leader.rotation = None

    async def shares_mark(self, cluster: Name) -> Digest:
        self.calls.ask("vault.shares_mark", cluster)
        generation = self._leading(None).generation
        return mark_of(generation)

    def _log_in(self) -> None:
        """A token that is there counts on, also where nobody could log in any more."""
        if not self.token:
            self._leader(None)
            self.token = True

    def _scheme(self, node: ToyNode) -> SealScheme:
        if node.stale_memory and not node.open:
            return MADE_FOR_A_LOAD
        return self.machines.scheme if node.data is None else node.data.scheme

    def _read(self, name: Name) -> ToyData:
        node = self.machines.node(name)
        if self.machines.kind(node) not in {"active", "standby"} or node.data is None:
            raise _no(f"{name} is {self.machines.kind(node)}")
        if not node.data.role:
            raise _no(f"{name} does not know the role worker")
        if node.coming is not None:
            node.polls -= 1
            if node.polls < 0:
                node.data, node.coming = node.coming, None
        return node.data

    def _leader(self, name: Name | None) -> ToyNode:
        leader = self.machines.leader()
        if leader is None or name not in {None, leader.name}:
            raise _no(f"{name} is not the active node" if name else "No node is active")
        return leader

    def _leading(self, name: Name | None) -> ToyData:
        data = self._leader(name).data
        if data is None:
            raise _no("No node is active")
        return data

    def _promote(self) -> None:
        for node in self.machines.nodes.values():
            if node.open and node.data and not node.voter:
                asked = self.votes_asked[node.name] = self.votes_asked.get(node.name, 0) + 1
                node.voter = asked > self.polls_to_vote


async def _read_archive(pieces: AsyncIterator[bytes]) -> ToyData:
    whole = b"".join([piece async for piece in pieces])
    _, brace, rest = state_of(whole).partition(b"{")
    return ToyData.model_validate_json(brace + rest)
