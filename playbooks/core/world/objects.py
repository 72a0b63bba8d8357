"""An object store as a keeper of small records that are written once."""

from typing import Protocol


class Objects(Protocol):
    """Every call raises Trouble where the store does not answer."""

    async def create(self, key: str, data: bytes) -> bool:
        """Write a new object; False, and nothing changed, if the key is taken."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Read an object; None if there is none."""
        ...

    async def list(self, prefix: str) -> tuple[str, ...]:
        """List the keys below a prefix, sorted."""
        ...

    async def folders(self, prefix: str) -> tuple[str, ...]:
        """Name the folders right below a prefix, sorted, without reading what is in them."""
        ...
