"""Carries bytes between a client and a node, for as long as the balancer wants it."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

Target: TypeAlias = Callable[[], tuple[str, int] | None]

_PIECE: Final = 65_536
_CONNECTS_WITHIN_SECONDS: Final = 2.0


class Forwarder:
    """Mutable on purpose: the connections that are open now."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()

    async def accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Serve one client; where there is nowhere to go, it is cut off at once."""
        self._open.add(to_client)
        try:
            target = self._target()
            if target is not None:
                await self._carry(client, to_client, target)
        except (OSError, TimeoutError):
            pass  # The node or the client went away; the client sees a closed connection.
        finally:
            self._open.discard(to_client)
            to_client.transport.abort()

    def close_all(self) -> None:
        """End every connection now, in both directions."""
        for writer in self._open:
            writer.transport.abort()

    async def _carry(
        self,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        target: tuple[str, int],
    ) -> None:
        async with asyncio.timeout(_CONNECTS_WITHIN_SECONDS):
            node, to_node = await asyncio.open_connection(*target)
        # The switch may have moved while we connected.
        if self._target() != target:
            to_node.transport.abort()
            return
        self._open.add(to_node)
        try:
            # A broken direction ends the other one too, below.
            await asyncio.gather(_pump(client, to_node), _pump(node, to_client))
        finally:
            self._open.discard(to_node)
            to_node.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(_PIECE):
        sink.write(piece)
        await sink.drain()
    # Says "no more" and leaves the other direction open.
    sink.write_eof()
