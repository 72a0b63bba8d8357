"""Bridges between threads, where the blocking libraries live, and the event loop."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from typing import Final

PIECE: Final = 1 << 20  # Vault, Tink and the store are all fastest in pieces of 1 MiB or more.
_AHEAD: Final = 4  # Pieces read in advance, so that network and encryption overlap.


async def from_thread(source: Callable[[], Iterator[bytes]]) -> AsyncGenerator[bytes, None]:
    """Run an iterator in a thread of its own, a few pieces ahead of whoever takes them.

    Closed early, the thread closes its iterator as soon as its present read ends.
    """
    reader = _Reader(source, asyncio.get_running_loop())
    threading.Thread(target=reader.run, name="pieces", daemon=True).start()
    try:
        while (piece := await reader.ready.get()) is not None:
            reader.room.release()
            yield piece
        if reader.failure is not None:
            raise reader.failure
    finally:
        reader.stopped.set()
        reader.room.release()


class _Reader:
    """The thread's side of `from_thread`."""

    def __init__(
        self, source: Callable[[], Iterator[bytes]], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._source = source
        self._loop = loop
        self.ready: asyncio.Queue[bytes | None] = asyncio.Queue()  # None: there is no more.
        self.room = threading.Semaphore(_AHEAD)
        self.stopped = threading.Event()
        self.failure: BaseException | None = None  # None: it ended well, or has not ended.

    def run(self) -> None:
        pieces = self._source()
        try:
            for piece in pieces:
                self.room.acquire()
                if self.stopped.is_set():
                    return
                self._loop.call_soon_threadsafe(self.ready.put_nowait, piece)
        except BaseException as error:  # noqa: BLE001 -- raised again by whoever takes the pieces
            self.failure = error
        finally:
            _close(pieces)
            if not self.stopped.is_set():
                self._loop.call_soon_threadsafe(self.ready.put_nowait, None)


def _close(pieces: Iterator[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


class InThread:
    """Takes an async iterator's pieces from inside a thread that blocks, such as an upload's."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._loop = asyncio.get_running_loop()
        self.stopped = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self._ask()) is not None:
            yield piece

    def _ask(self) -> bytes | None:
        if self.stopped.is_set():
            msg = "nobody waits for this upload any more"
            raise ConnectionAbortedError(msg)
        return asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()

    def _next(self) -> Coroutine[None, None, bytes | None]:
        async def _one() -> bytes | None:
            return await anext(self._pieces, None)

        return _one()
