"""A Vault or OpenBao cluster, node by node."""

from collections.abc import AsyncIterator
from typing import Literal, Protocol, TypeAlias

from playbooks.core.backup import Mark, SealScheme
from playbooks.core.values import Count, Digest, Frozen, Moment, Name, Version
from playbooks.core.world.rotation import Rotating

NodeKind: TypeAlias = Literal["active", "standby", "sealed", "uninitialised", "silent"]


class NodeState(Frozen):
    """What one node answers without a login. `silent`: it answers nothing that makes sense."""

    node: Name
    kind: NodeKind
    version: Version | None = None  # None: the node is silent.
    cluster_id: str | None = None  # None: sealed nodes do not tell.
    scheme: SealScheme | None = None  # None: not initialised, or silent.
    shares_given: Count = 0


class RaftState(Frozen):
    """What the active node says of its peers."""

    voters: tuple[Name, ...]
    non_voters: tuple[Name, ...]
    healthy: bool  # Autopilot's own word, which can be true while a peer is no voter yet.
    failure_tolerance: Count


class Changes(Frozen):
    """Secrets written or deleted since a moment, by path; only names, never values."""

    count: Count
    first: tuple[str, ...]  # At most five of them.


class Vault(Protocol):
    """Every call raises Trouble where the cluster does not answer as it should."""

    async def state(self, cluster: Name, node: Name) -> NodeState:
        """Ask one node how it is, within about two seconds, without a login."""
        ...

    async def can_log_in(self, cluster: Name) -> bool:
        """Say if this process's JWT role is in the cluster and gives it a token now."""
        ...

    async def nonce(self, cluster: Name, node: Name) -> str | None:
        """Read the backup nonce as this node holds it; None if it holds none."""
        ...

    async def write_nonce(self, cluster: Name, nonce: str) -> None:
        """Write the backup nonce through the active node."""
        ...

    async def marks(self, cluster: Name, node: Name) -> tuple[Mark, ...]:
        """Read the cluster's canary secrets on this node, as HMACs; absent ones are left out."""
        ...

    async def raft(self, cluster: Name) -> RaftState:
        """Ask the active node for its peers and autopilot's opinion."""
        ...

    async def changes_since(self, cluster: Name, moment: Moment) -> Changes:
        """List secrets by metadata alone that were written after the moment."""
        ...

    def snapshot(self, cluster: Name, node: Name) -> AsyncIterator[bytes]:
        """Stream a Raft snapshot from the active node, about 1 MiB a piece."""
        ...

    async def load(self, cluster: Name, node: Name, archive: AsyncIterator[bytes]) -> None:
        """Replace the cluster's data; this node must be the active one. Ends any login.

        Returning means that Vault took the archive, not that the data is visible: ask `nonce`.
        """
        ...

    async def load_into_empty(
        self, cluster: Name, node: Name, archive: AsyncIterator[bytes], scheme: SealScheme
    ) -> None:
        """Initialise an empty node, open it, force-load the archive and wait until that is done.

        The keys made for this live within the call. A Shamir node is sealed afterwards, an
        auto-sealed one active; either must be restarted before custodians open it or peers join.
        """
        ...

    async def seal(self, cluster: Name, node: Name) -> None:
        """Seal this one node; the others stay as they are. A sealed one is no error."""
        ...

    async def rotating(self, cluster: Name) -> Rotating:
        """Ask the active node for a rotation of the unseal key shares."""
        ...

    async def start_rotation(
        self, cluster: Name, node: Name, keys: tuple[str, ...], threshold: Count
    ) -> None:
        """Begin one whose new shares, one a key, must be proved; this node must be the active one.

        Raises Trouble where one is under way on it.
        """
        ...

    async def cancel_rotation(self, cluster: Name, nonce: str) -> None:
        """End this very rotation, with the copies of its new shares. Raises Trouble for another."""
        ...

    async def shares_mark(self, cluster: Name) -> Digest:
        """Name the present shares by a digest that changes when they do, and only then."""
        ...
