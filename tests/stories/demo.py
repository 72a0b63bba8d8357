"""The whole demo as one process, begun once for all stories, and what is known of its inside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import psutil

from deploy.demo.cluster.layout import free_ports
from deploy.demo.house import House
from deploy.settings import Settings, read_settings
from tests.stories.journals import Journals
from tests.stories.people import People, World

T = TypeVar("T")
ROOT: Final = Path(__file__).resolve().parents[2]
_STARTS_WITHIN: Final = 120.0
_ENDS_WITHIN: Final = 30.0


def until(look: Callable[[], T | None], within: float = 30.0, what: str = "it") -> T:
    """Wait until something is there, and return it."""
    give_up = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < give_up, f"{what} did not come in {within:.0f} s"
        time.sleep(0.05)


@dataclass
class Demo:
    """`folder` outlives each of its starts."""

    folder: Path
    port: int
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def house(self) -> House:
        return House(self.folder)

    @property
    def people(self) -> People:
        return People(self.url)

    @property
    def world(self) -> World:
        return World(self.url)

    @property
    def settings(self) -> Settings:
        return read_settings({"VAULT_RESPONDER_CONFIG": str(self.house.config)})

    @property
    def journals(self) -> Journals:
        return Journals(self.house, self.settings.journal)

    def start(self) -> float:
        """Start it, and wait until it says where its workspace is; the seconds that took."""
        begun = time.monotonic()
        words = ("--headless", "--port", str(self.port), "--folder", str(self.folder))
        with self.said.open("a") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.demo", *words],
                cwd=ROOT,
                stdout=said,
                stderr=said,
                text=True,
                start_new_session=True,
            )
        self.running[:] = [process]
        lines = self.said.read_text().count("workspace: ")

        def ready() -> bool:
            assert process.poll() is None, self.said.read_text()
            return self.said.read_text().count("workspace: ") > lines

        until(ready, _STARTS_WITHIN, "the workspace")
        return time.monotonic() - begun

    @property
    def said(self) -> Path:
        """What the demo printed; beside its folder, which is not its own to write."""
        return self.folder.with_suffix(".said")

    def end(self, number: signal.Signals = signal.SIGINT) -> list[psutil.Process]:
        """End it by a signal; returns what it left behind, which must be nothing."""
        [process] = self.running
        family = self.family()
        process.send_signal(number)
        process.wait(_ENDS_WITHIN)
        _, left = psutil.wait_procs(family, timeout=10)
        self.running.clear()
        return left

    def family(self) -> list[psutil.Process]:
        """Every process of this demo: below it, or with its folder in what started it."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            told = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            return False
        place = str(self.folder)
        return any(word == place or f"{place}/" in word for word in told)

    def pid(self, name: str) -> int:
        """The process that the demo runs under this name now."""
        book = json.loads((self.folder / "children.json").read_text(encoding="utf-8"))
        return int(book[name][0])

    def kill(self, name: str) -> None:
        """End a process as a crash would, and wait until the demo has started it again."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.pid(name) != pid, 10, f"another {name}")

    def command(self, words: str) -> subprocess.CompletedProcess[str]:
        """Say something at a terminal, as the bot's Redis user."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", "command", words],
            cwd=ROOT,
            env={**os.environ, **self.environment("bot")},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def environment(self, user: str) -> Mapping[str, str]:
        return {
            "VAULT_RESPONDER_CONFIG": str(self.house.config),
            "REDIS_URL_FILE": str(self.house.secret(user, "redis.url")),
        }

    # Whole acts of the story

    def approve(self, run: str, *users: str) -> None:
        """Wait for the plan, then approve it as these people do: read the dialog, send it off."""
        self.journals.wait(run, "planned", within=30)
        for user in users or ("U0BOB", "U0CAROL"):
            answer = self.people.approve(run, user)
            assert answer["ok"], answer

    @contextmanager
    def approving(self, run: str) -> Iterator[None]:
        """Approve it in the background: a quick run is over before its approver is answered."""
        self.approve(run, "U0BOB")
        with ThreadPoolExecutor(1) as pool:
            last = pool.submit(self.approve, run, "U0CAROL")
            yield
            last.result()

    def carry_through(self, run: str, within: float = 90) -> str:
        """Let custodians do their part until a run has ended; how it ended."""
        told = len(self.journals.events(run))
        stopped = {"step failed", "broke"}

        def ended() -> str | None:
            events = self.journals.events(run)
            last = events[-1]
            if last["kind"] == "waits" and "custodians" in last["says"]:
                self.world.unseal("erin", "frank", "grace")
            assert not any(event["kind"] in stopped for event in events[told:]), last
            return str(last["outcome"]) if last["kind"] == "finished" else None

        return until(ended, within, f"the end of {run}")

    def serves(self) -> bool:
        """Three nodes, one of which leads, clients let through, and the writer's writes taken."""
        state = self.world.state()
        nodes = sorted(node["state"] for node in state["nodes"])
        balancer = state["balancer"]
        return (
            nodes == ["active", "standby", "standby"]
            and bool(balancer["open"] and balancer["active"])
            and state["writer"]["failing_since"] is None
        )

    def settle(self) -> None:
        """Leave a cluster that serves to the next story, whatever the last one broke."""
        try:
            until(self.serves, 15, "a cluster that serves")
        except AssertionError:
            for run in self.journals.open_runs():
                self.journals.give_up(run)
            self.world.destroy()
            run = self.people.ask("restore latest reason mend what a test broke")
            self.approve(run)
            self.carry_through(run)
            until(self.serves, 15, "a cluster that serves")


@contextmanager
def begun(folder: Path) -> Iterator[Demo]:
    """Run a demo for the length of a block; it must leave nothing behind."""
    demo = Demo(folder, free_ports(1)[0])
    try:
        print(f"the demo was ready in {demo.start():.1f} s")
        yield demo
    finally:
        left = demo.end() if demo.running else []
        for process in (*left, *demo.family()):
            process.kill()
    assert not left, left
