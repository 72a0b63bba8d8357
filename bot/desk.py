"""Where wishes become requests: it puts them into the inbox and rings; it decides nothing."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pydantic import JsonValue
from redis.exceptions import RedisError

from bot.envelope import request_id, run_id
from bot.shelf import Shelf
from jobs.people import Button, Who
from jobs.records.attestations import Attest, Attestations
from jobs.records.inbox import Inbox
from jobs.runs.requests import Asked, Press
from jobs.work.bell import Bell
from playbooks.core.values import Moment

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A run that someone wants; `seed` tells one envelope from another."""

    seed: str
    word: str
    ask: dict[str, JsonValue]
    who: Who
    channel: str | None  # None: asked at a terminal.
    again: str | None = None  # None: not an "Ask again".


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """A button of a run that someone pressed, having read the plan with this digest."""

    seed: str
    run: str
    button: Button
    digest: str
    who: Who
    reason: str = ""
    proof: str = ""  # A signature or a code. Empty: the press alone.
    confirms: str = ""  # The cluster's name, typed by whoever breaks the glass.


class Desk:
    """A request is safe once it is in the inbox: a ring that gets lost is repeated by others."""

    def __init__(
        self,
        inbox: Inbox,
        attestations: Attestations,
        bell: Bell,
        shelf: Shelf,
        now: Callable[[], Moment],
    ) -> None:
        self._inbox = inbox
        self._attestations = attestations
        self._bell = bell
        self._shelf = shelf
        self._now = now
        self._ringing: set[asyncio.Task[None]] = set()
        # One at a time: RQ's work is done in threads, which would delay acknowledgements.
        self._rope = asyncio.Lock()

    async def ask(self, wanted: Wanted) -> str:
        """Ask for a run and name it. Raises Trouble for a request that is too long."""
        run = run_id(wanted.seed)
        asked = Asked(
            id=request_id(wanted.seed),
            run=run,
            word=wanted.word,
            ask=wanted.ask,
            who=wanted.who,
            channel=wanted.channel,
            at=self._now(),
            again=wanted.again,
        )
        await self._inbox.put(asked)
        await self._shelf.open([run])
        self._ring(self._bell.ring_look(run))
        return run

    async def press(self, pressed: Pressed) -> None:
        """Put a press; a worker answers it."""
        press = Press(
            id=request_id(pressed.seed),
            run=pressed.run,
            button=pressed.button,
            digest=pressed.digest,
            who=pressed.who,
            reason=pressed.reason,
            proof=pressed.proof,
            confirms=pressed.confirms,
            at=self._now(),
        )
        await self._inbox.put(press)
        self._ring(self._bell.ring_act(pressed.run))

    async def attest(self, seed: str, item: str, note: str, who: Who) -> None:
        """Put a person's word for a checklist item; a worker signs it."""
        wish = Attest(id=request_id(seed), item=item, note=note, who=who, at=self._now())
        await self._attestations.ask(wish)
        self._ring(self._bell.ring_attest(wish.id))

    async def drain(self, within: timedelta) -> None:
        """Let rings that are on their way arrive."""
        if self._ringing:
            await asyncio.wait(self._ringing, timeout=within.total_seconds())

    def _ring(self, ringing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._rung(ringing))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)

    async def _rung(self, ringing: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._rope:
                await ringing
        except RedisError as error:
            _LOG.warning("a ring got lost", extra={"why": type(error).__name__})
