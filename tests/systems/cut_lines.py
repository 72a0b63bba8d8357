"""A TCP line to a node that is cut after so many bytes of answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Line:
    """`open` counts the connections that are open now; `cut_after` may be changed at any time."""

    target: str
    cut_after: int | None = None  # None: never.
    open: int = 0
    port: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        url = urlsplit(self.target)
        there_reader, there_writer = await asyncio.open_connection(url.hostname, url.port)
        self.open += 1
        self.closed.clear()
        forth = asyncio.create_task(_copy(reader, there_writer))
        back = asyncio.create_task(self._answer(there_reader, writer))
        await asyncio.wait([forth, back], return_when=asyncio.FIRST_COMPLETED)
        for task in (forth, back):
            task.cancel()
        writer.transport.abort()
        there_writer.transport.abort()
        self.open -= 1
        self.closed.set()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        given = 0
        while data := await reader.read(1 << 14):
            given += len(data)
            if self.cut_after is not None and given > self.cut_after:
                return
            writer.write(data)
            await writer.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 14):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def line_to(address: str) -> AsyncIterator[Line]:
    """Serve a line until the block ends."""
    line = Line(address)
    server = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
