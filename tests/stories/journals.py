"""What the workers wrote down, read from the demo's Valkey as its worker may."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import redis

from deploy.demo.house import House
from deploy.process import key_ring
from deploy.settings import JournalSettings
from jobs.people import Button, Who
from jobs.records.connection import Address, Connection
from jobs.records.inbox import Inbox
from jobs.records.journal import History, Journal
from jobs.records.keys import KeyRing
from jobs.runs.lifecycle import replay
from jobs.runs.requests import Press
from jobs.runs.state import Run
from jobs.runs.story import thread_line
from jobs.work.bell import Bell
from tests.stories.people import Json

T = TypeVar("T")


@dataclass(frozen=True)
class Journals:
    """Reads what is there at once and without verifying; `verified` is the product's own way."""

    house: House
    settings: JournalSettings

    def url(self, user: str = "worker") -> str:
        return self.house.secret(user, "redis.url").read_text(encoding="utf-8")

    def redis(self, user: str = "worker") -> "redis.Redis":
        return redis.Redis.from_url(self.url(user), decode_responses=True)

    @property
    def ring(self) -> KeyRing:
        return key_ring(self.settings)

    def events(self, run: str) -> list[Json]:
        with self.redis() as client:
            lines: Any = client.xrange(f"journal:{run}")
        return [json.loads(fields["body"]) for _, fields in lines]

    def last(self, run: str) -> Json:
        return (self.events(run) or [{"kind": ""}])[-1]

    def kinds(self, run: str) -> list[str]:
        return [str(event["kind"]) for event in self.events(run)]

    def wait(self, run: str, kind: str, step: str = "", within: float = 60) -> Json:
        """Wait for an event of this kind whose step begins with these words; look without pause."""
        return self.wait_for(run, lambda event: is_a(event, kind, step), within)

    def wait_for(self, run: str, fits: Callable[[Json], bool], within: float = 60) -> Json:
        """Wait in Valkey itself: whoever kills something must not be late."""
        give_up = time.monotonic() + within
        cursor, kinds = "0", list[str]()
        with self.redis() as client:
            while time.monotonic() < give_up:
                answer: Any = client.xread({f"journal:{run}": cursor}, block=200)
                for at, fields in _lines(answer):
                    cursor = at
                    event = json.loads(fields["body"])
                    if fits(event):
                        return dict(event)
                    kinds.append(event["kind"])
        raise AssertionError(f"{run} has {kinds}")

    def wait_longer(self, run: str, than: int, within: float = 30) -> Json:
        """Wait until a run has more events than this; the first of the new ones."""
        give_up = time.monotonic() + within
        while len(events := self.events(run)) <= than:
            assert time.monotonic() < give_up, f"{run} stands at {events[-1]}"
            time.sleep(0.01)
        return events[than]

    def wait_after(self, run: str, after: int, kind: str, within: float = 30) -> Json:
        """Wait for an event of this kind beyond the first so many."""
        give_up = time.monotonic() + within
        while True:
            events = self.events(run)[after:]
            found = next((event for event in events if event["kind"] == kind), None)
            if found is not None:
                return found
            assert time.monotonic() < give_up, f"{run} goes on with {events}"
            time.sleep(0.01)

    def asked(self) -> set[str]:
        """Every run that anyone asked for."""
        with self.redis("bot") as client:
            lines: Any = client.xrange("asked")
        return {str(fields["run"]) for _, fields in lines}

    def pressed(self, run: str) -> int:
        """How many requests about a run ever reached the inbox."""
        with self.redis("bot") as client:
            length: Any = client.xlen(f"inbox:{run}")
        return int(length)

    def note(self, run: str) -> str | None:
        """Why workers leave a run alone; None if they do not."""
        with self.redis() as client:
            note: Any = client.get(f"board:note:{run}")
        return None if note is None else str(json.loads(note)["says"])

    def open_runs(self) -> list[str]:
        with self.redis() as client:
            members: Any = client.smembers("runs:open")
        return sorted(members)

    def verified(self, run: str) -> History:
        """Read a run with its chain and every signature checked. Raises Altered."""

        async def read(connection: Connection) -> History:
            return await Journal(connection, self.ring, None).read(run)

        return self._with_connection(read)

    def state(self, run: str) -> Run:
        state = replay(self.verified(run).events)
        assert isinstance(state, Run)
        return state

    def copies(self, run: str) -> list[str]:
        """The events of a run as the object store has them."""
        files = sorted((self.house.records / "journal" / run).glob("*.json"))
        return [str(json.loads(file.read_bytes())["body"]) for file in files]

    def lines(self, run: str) -> set[str]:
        """The keys of the thread lines that a run's events are told by."""
        events = self.verified(run).events
        told = set()
        for number, event in enumerate(events, 1):
            state = replay(events[:number])
            if state is not None and thread_line(event, state) is not None:
                told.add(f"line-{number}")
        return told

    def press(self, run: str, button: Button, who: Who, digest: str | None = None) -> str:
        """Put a press straight into the inbox, as a bot does, or one that was stolen; its id."""
        press = Press(
            id=f"q-{secrets.token_hex(8)}",
            run=run,
            button=button,
            digest=self.state(run).planned.digest if digest is None else digest,
            who=who,
            reason="said by a test",
            at=datetime.now(UTC),
        )

        async def put(connection: Connection) -> bool:
            return await Inbox(connection).put(press)

        self._with_connection(put)
        self.wake(run)
        return press.id

    def wake(self, run: str) -> None:
        """Let a worker look at a run now, as the bot does after a press."""
        with redis.Redis.from_url(self.url("bot")) as client:
            bell = Bell(client, self.house.secret("bot", "bell.key").read_bytes())
            asyncio.run(bell.ring_act(run))

    def answer(self, run: str, id: str, within: float = 20) -> Json:
        """Wait for the event that answers a press."""
        return self.wait_for(run, lambda event: (event.get("press") or {}).get("id") == id, within)

    def give_up(self, run: str) -> None:
        """End a run that a failed test left open, whatever it takes."""
        bob = Who(id="U0BOB", standing="member")
        for button in (Button.DENY, Button.CANCEL, Button.LEAVE):
            if run in self.open_runs():
                self.answer(run, self.press(run, button, bob))

    def _with_connection(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        async def whole() -> T:
            connection = Address(self.url("bot")).connect()
            try:
                return await act(connection)
            finally:
                await connection.close()

        return asyncio.run(whole())


def is_a(event: Json, kind: str, step: str = "") -> bool:
    return event["kind"] == kind and str(event.get("step", "")).startswith(step)


def _lines(answer: Any) -> list[Any]:
    """The entries of one stream, whichever protocol the client speaks."""
    if isinstance(answer, dict):
        [lines] = answer.values() or [[]]
        return list(lines[0] if lines and isinstance(lines[0], list) else lines)
    return [entry for _, entries in answer or [] for entry in entries]
