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
from deploy.here.children import Children
from deploy.here.readiness import check_keys, check_login, cluster_named, redis_answers
from deploy.here.server import Server
from deploy.process import own_login
from deploy.settings import Settings
from deploy.slack import Signing, console_of, given
from jobs.records.connection import Address
from playbooks.core.trouble import Trouble

_READY_WITHIN: Final = 20.0
_ASK_AGAIN: Final = 0.05
_QUIT: Final = "quit"

_BEGINS: Final = """\
This starts Valkey, a looker, a worker and a scheduler on this machine, until this command ends.
Every other worker of this installation then stops before its next step, on each cluster: the object
store no longer knows their Redis. The step that one is in the middle of may still be finished."""
_ANSWERS: Final = """\
The Redis of this configuration answers, so `command` works without --here. Go on only if that Redis
is lost."""
_ENDS: Final = """\
When Redis is back, run `vault-responder accept-redis` as the worker. The bot then posts what was
done without Slack, marked as such."""


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
    clean = _without_redis(environment)
    with _private_folder() as folder, _ended_by_signals():
        session = _Session(settings, clean, Server(folder), Children(folder), login)
        try:
            session.begin(cluster, wanted, alive=redis_answers(environment))
            code = session.stay(wanted.words, signing)
            print(session.fence("keep"))
            print(_ENDS)
        finally:
            print("Ending what was started here.", flush=True)
            session.children.end_all()
        shutil.rmtree(folder)
        return code


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
            print(_BEGINS, *([_ANSWERS] if alive else []), self.fence("look", cluster), sep="\n")
            _confirm(cluster)
        print(self.fence("take", cluster), flush=True)
        for name, user, words in (
            ("looker", "looker", ("worker", "--queue", "look")),
            ("worker", "worker", ("worker", "--queue", "act")),
            ("scheduler", "scheduler", ("scheduler",)),
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
            typed = _typed(open_runs)
            if typed == _QUIT:
                return 1
            if typed:
                next_console = replace(console_of(self.login, Signing()), until=until)
                code = self._do(main(typed, with_redis, next_console))
        return code

    def fence(self, *words: str) -> str:
        """Do as a worker what only a worker may. Raises Trouble."""
        done = subprocess.run(
            (sys.executable, "-m", "deploy.here.fence", *words),
            env=dict(self._as("worker")),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip() or "it said nothing"
            raise Trouble(
                said.rstrip("."),
                left=f"what was started here is in {self.server.folder}",
                do="mend that, then start `--here` again",
            )
        return done.stdout.strip()

    def _do(self, work: Coroutine[Any, Any, int]) -> int:
        """Do one thing while the processes are watched; what goes wrong is told, and ends it."""
        try:
            return asyncio.run(_watched(work, self.children))
        except KeyboardInterrupt:
            return 130
        except Trouble as trouble:
            print(trouble, file=sys.stderr, flush=True)
            self.children.check()
            return 1

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


async def _watched(work: Coroutine[Any, Any, int], children: Children) -> int:
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=1)
            children.check()
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return await task


async def _open_runs(given: Given) -> tuple[str, ...]:
    async with opened(given) as records:
        return await records.journal.open_runs()


def _typed(open_runs: tuple[str, ...]) -> str:
    """Read the next words; `quit` only from someone who knows what that leaves behind."""
    print(f"Open: {', '.join(open_runs)}. Say `approve`, `watch`, `help` …, or `{_QUIT}`.")
    try:
        typed = input("vault-responder> ").strip()
    except (EOFError, KeyboardInterrupt):
        typed = _QUIT
    if typed != _QUIT:
        return typed
    print(
        "\nIts worker is on this machine: it finishes the step in hand and ends. Nobody carries the"
        " run on then, and another `--here` has to take over."
    )
    try:
        sure = input(f"Type {open_runs[0]} to leave it so: ").strip() == open_runs[0]
    except (EOFError, KeyboardInterrupt):
        sure = True  # Nobody is there any more.
    return _QUIT if sure else ""


def _confirm(cluster: str) -> None:
    if not sys.stdin.isatty():
        raise Trouble(
            "Nobody can be asked here",
            left="nothing was taken over",
            do=f"say `--take-over {cluster}` if that is what you want",
        )
    typed = input(f"Type the cluster's name, {cluster}, to take it over: ").strip()
    if typed != cluster:
        raise Trouble(
            f"“{typed}” is not {cluster}",
            left="nothing was taken over",
            do="start again if you meant it",
        )


def _without_redis(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing that is started here may see the other Redis, or a token of Slack."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("REDIS_URL", "SLACK_"))
    }


@contextmanager
def _private_folder() -> Iterator[Path]:
    """Make a folder for its owner alone; it stays where the record may not be complete."""
    folder = Path(tempfile.mkdtemp(prefix="vault-responder-"))
    try:
        yield folder
    except BaseException:
        print(f"What was started here is in {folder}.", file=sys.stderr)
        raise


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
