"""Changes of the workspace, told to the page and to requests that wait for an effect."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from deploy.demo.workspace.wire import Json


class Feed:
    def __init__(self) -> None:
        self._followers: set[asyncio.Queue[Json]] = set()

    def tell(self, kind: str, **what: object) -> None:
        for queue in self._followers:
            queue.put_nowait({"kind": kind, **what})

    @contextmanager
    def follow(self) -> Iterator[asyncio.Queue[Json]]:
        queue: asyncio.Queue[Json] = asyncio.Queue()
        self._followers.add(queue)
        try:
            yield queue
        finally:
            self._followers.discard(queue)


async def first(
    queue: asyncio.Queue[Json], wanted: Callable[[Json], bool], within: timedelta
) -> Json | None:
    """The first change that is wanted, or None when there was none in time."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            while True:
                change = await queue.get()
                if wanted(change):
                    return change
    except TimeoutError:
        return None
