"""How tasks are ended for sure."""

import asyncio
from datetime import timedelta
from typing import Any, Final

_PATIENCE: Final = timedelta(milliseconds=200)


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended, whatever they raise.

    redis-py 8.1 now and then swallows a cancellation that arrives together with an answer, and the
    task goes on as if nothing had been said; so it is said again.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_PATIENCE.total_seconds())
    for task in tasks:
        if not task.cancelled():
            task.exception()  # Taken note of, so that asyncio does not warn.
