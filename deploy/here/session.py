"""One emergency at one terminal: take over, do what was asked for, stay until it has ended."""

import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import Any, Final

from redis.exceptions import RedisError

from bot.given import Given, opened
from bot.terminal.console import Until
from bot.terminal.main import main
from deploy.here.children import ANOTHER_COUNTS, Children
from deploy.here.dialogue import ANSWERS, BEGINS, ENDS, QUIT, confirm, typed_next
from deploy.here.readiness import check_keys, check_login, cluster_named, redis_answers
from deploy.here.server import Server
from deploy.process import own_login
from deploy.settings import Settings
from deploy.slack import Signing, console_of, given
from jobs.records.connection import Address
from playbooks.core.trouble import Trouble

_READY_WITHIN: Final = 20.0
_ASK_AGAIN: Final = 0.05
_LOOK_EVERY: Final = 1.0
_ASK_THE_STORE_EVERY: Final = 10.0


class TakenOver(Trouble):
    """Somebody started `--here` on another machine, or accepted another Redis."""

    def __init__(self) -> None:
        super().__init__(
            "Another machine has taken over from this one",
            left="nothing more is begun from here",
            do="go on there",
        )


@dataclass(frozen=True)
class Wanted:
    """What to do, and what would otherwise be asked."""

    words: str
    take_over: str | None  # The cluster, as if its name were typed. None: ask.
    login: str | None  # Who asks. None: the account that this runs as.


def here(
    settings: Settings, environment: Mapping[str, str], wanted: Wanted, signing: Signing
) -> int:
    """Do it, and answer the exit code. Raises Trouble."""
    login = check_login(settings, wanted.login or own_login())
    cluster = cluster_named(settings, wanted.take_over)
    check_keys(settings)
    clean, folder = _without_redis(environment), Path(tempfile.mkdtemp(prefix="vault-responder-"))
    session = _Session(settings, clean, Server(folder), Children(folder), login)
    kept = True  # Until something is begun that could be lost.
    with _ended_by_signals():
        try:
            session.begin(cluster, wanted, alive=redis_answers(environment))
            kept = False
            return session.stay(wanted.words, signing)
        finally:
            print("Ending what was started here.", flush=True)
            session.children.end_all(but="valkey")
            kept = kept or session.keep()
            session.children.end_all()
            if kept:
                shutil.rmtree(folder)


@dataclass(frozen=True)
class _Session:
    """The processes of one emergency, and who sits at its terminal."""

    settings: Settings
    environment: Mapping[str, str]
    server: Server
    children: Children
    login: str

    def begin(self, cluster: str, wanted: Wanted, *, alive: bool) -> None:
        """Start Valkey, ask the person, take over, start the others. Raises Trouble."""
        self.children.begin("valkey", self.server.prepare(), self.environment)
        self._wait_for_valkey()
        if wanted.take_over is None:
            print(BEGINS, *([ANSWERS] if alive else []), self.fence("look", cluster), sep="\n")
            confirm(cluster)
        print(self.fence("take", cluster), flush=True)
        for name, user, words in (
            ("looker", "looker", ("worker", "--queue", "look")),
            ("worker", "worker", ("worker", "--queue", "act")),
            ("scheduler", "scheduler", ("scheduler", "--without-orders")),
        ):
            command = (sys.executable, "-m", "deploy.cli", *words)
            self.children.begin(name, command, self._as(user))
        print(
            "At another shell of this machine the same words work after"
            f"\n  export REDIS_URL_FILE={self.server.url_file('bot')}",
            flush=True,
        )

    def stay(self, words: str, signing: Signing) -> int:
        """Do what was asked for, then what is typed, until no run is open."""
        with_redis = given(self.settings, self._as("bot"))
        console = console_of(self.login, signing)
        until: Until = "people are needed" if console.asks else "it ends"
        code = self._do(main(words, with_redis, replace(console, until=until)))
        while open_runs := asyncio.run(_open_runs(with_redis)):
            self.children.check()
            if not console.asks:
                code = self._do(main(f"watch {open_runs[0]}", with_redis, console))
                continue
            typed = typed_next(open_runs)
            if typed == QUIT:
                return 1
            if typed:
                next_console = replace(console_of(self.login, Signing()), until=until)
                code = self._do(main(typed, with_redis, next_console))
        return code

    def keep(self) -> bool:
        """See that the record outlives what was started here; False, and told, if it may not."""
        try:
            print(self.fence("keep"), ENDS, sep="\n", flush=True)
        except Trouble as trouble:
            print(trouble, file=sys.stderr, flush=True)
            return False
        return True

    def fence(self, *words: str) -> str:
        """Do as a worker what only a worker may. Raises Trouble."""
        done = self._fence(*words)
        if done.returncode:
            said = done.stderr.strip() or "it said nothing"
            raise Trouble(
                said.rstrip("."),
                left=f"what was started here is in {self.server.folder}",
                do="mend that, then start `--here` again, which takes over from this one",
            )
        return done.stdout.strip()

    def _fence(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-m", "deploy.here.fence", *words),
            env=dict(self._as("worker")),
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is for the person's view alone.
        )

    def _do(self, work: Coroutine[Any, Any, int]) -> int:
        """Do one thing while the processes are watched; what goes wrong is told, and ends it."""
        try:
            return asyncio.run(self._watched(work))
        except KeyboardInterrupt:
            return 130
        except TakenOver:
            raise
        except Trouble as trouble:
            print(trouble, file=sys.stderr, flush=True)
            self.children.check()
            return 1

    async def _watched(self, work: Coroutine[Any, Any, int]) -> int:
        task = asyncio.create_task(work)
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.wait({task, watching}, return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
            return await task
        finally:
            for each in (task, watching):
                each.cancel()
                with suppress(asyncio.CancelledError, Trouble):
                    await each

    async def _watch(self) -> None:
        """See that everything runs, and that nobody else has taken over. Raises Trouble."""
        looked = monotonic()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            self.children.check()
            if monotonic() - looked > _ASK_THE_STORE_EVERY:
                looked = monotonic()
                await asyncio.to_thread(self._check_generation)

    def _check_generation(self) -> None:
        """Raise TakenOver where another Redis counts; a store that is away says nothing of that."""
        done = self._fence("check")
        if done.returncode == ANOTHER_COUNTS:
            raise TakenOver

    def _wait_for_valkey(self) -> None:
        address = Address(self.server.url_file("bot").read_text(encoding="utf-8"))
        client = address.connect_sync(patient=False)
        give_up = monotonic() + _READY_WITHIN
        while True:
            self.children.check()
            with suppress(RedisError):
                client.ping()
                client.close()
                return
            if monotonic() > give_up:
                raise self.children.ended("valkey")
            sleep(_ASK_AGAIN)

    def _as(self, user: str) -> Mapping[str, str]:
        return {**self.environment, "REDIS_URL_FILE": str(self.server.url_file(user))}


async def _open_runs(given: Given) -> tuple[str, ...]:
    async with opened(given) as records:
        return await records.journal.open_runs()


def _without_redis(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing that is started here may see the other Redis, or a token of Slack."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("REDIS_URL", "SLACK_"))
    }


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A lost connection and a TERM end it in order, so that the step in hand is finished."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before: dict[signal.Signals, Callable[..., Any] | int | None] = {
        number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
