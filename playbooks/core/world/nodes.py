"""The machines that Vault runs on, reached through a supervisor and never as a child process."""

from typing import Protocol

from playbooks.core.values import Frozen, Name


class Machine(Frozen):
    """`data`: the node's Raft folder holds anything at all."""

    node: Name
    running: bool
    data: bool


class Nodes(Protocol):
    """Every call is idempotent and raises Trouble where the supervisor does not do it."""

    async def state(self, cluster: Name, node: Name) -> Machine:
        """Ask the supervisor of one node."""
        ...

    async def start(self, cluster: Name, node: Name) -> None:
        """Start the node; it joins its peers. Returns when its port answers."""
        ...

    async def start_alone(self, cluster: Name, node: Name) -> None:
        """Start the node without peers to join, as a rebuild needs for its first one."""
        ...

    async def stop(self, cluster: Name, node: Name) -> None:
        """Stop the node and wait until it is gone."""
        ...

    async def wipe(self, cluster: Name, node: Name) -> None:
        """Delete the data of a stopped node; refused while it runs."""
        ...
