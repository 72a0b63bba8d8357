"""Redis and Slack are gone: one machine takes over, and a restore goes on from its terminal."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Final, TypeVar

import psutil
import pytest

from deploy.demo import configuration
from deploy.demo.cluster.layout import Shape
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import LoginKeys, seed
from deploy.demo.house import House, furnish
from deploy.demo.world.parts import Parts
from tests.bench.custodians import immediate_custodians
from tests.ssh import SshKey, who_can_sign
from tests.windows import Window, has, open_window

T = TypeVar("T")
ROOT: Final = Path(__file__).resolve().parents[2]
LOGIN: Final = "alice-unix"


@dataclass
class Emergency:
    """An installation without Redis and without Slack."""

    house: House
    config: Path
    keys: Mapping[str, SshKey]
    begun: list["Here"] = field(default_factory=list)

    def environment(self, redis: str | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        found = {**kept, "VAULT_RESPONDER_CONFIG": str(self.config), "PYTHONUNBUFFERED": "1"}
        return {**found, "REDIS_URL_FILE": redis} if redis else found

    def command(
        self, *words: str, redis: str | None = None, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run the product's command to its end."""
        return subprocess.run(
            (sys.executable, "-m", "deploy.cli", *words),
            cwd=ROOT,
            env=self.environment(redis),
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def here(self, words: str, *options: str) -> "Here":
        """Begin `command --here` as a script does."""
        said = self.house.root / f"here-{len(self.begun)}.said"
        with said.open("w") as out:
            process = subprocess.Popen(
                (sys.executable, "-m", "deploy.cli", "command", "--here", *options, words),
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.begun.append(Here(process, said))
        return self.begun[-1]


@dataclass
class Here:
    """One `command --here` that is under way."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def said(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def finds(self, pattern: str, within: float = 60) -> str:
        """Wait until it has said something, and return the first group."""
        return until(lambda: re.search(pattern, self.said), self, within)[1]

    def ends(self, within: float = 120) -> int:
        until(lambda: self.process.poll() is not None, self, within)
        return self.process.returncode

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def until(look: Callable[[], T | None], here: Here, within: float) -> T:
    give_up = monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert monotonic() < give_up, here.said
        sleep(0.05)


@pytest.fixture(scope="module")
def emergency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emergency]:
    """One node, its balancer, its store, everybody's keys; no process of the product runs."""
    folder = tmp_path_factory.mktemp("here")
    with ExitStack() as stack:
        house = furnish(folder)
        cluster = stack.enter_context(LocalCluster.of_shape(folder / "cluster", Shape(nodes=1)))
        logins = LoginKeys(house.public_login("worker"), house.public_login("looker"))
        asyncio.run(seed(cluster, logins, datetime.now(UTC)))
        cluster.wait_for_voters()
        places = stack.enter_context(Parts(cluster.layout, house.root, house.store))
        stack.enter_context(immediate_custodians(cluster))
        configuration.write(house, cluster, places)
        config = folder / "here.toml"
        made = Emergency(house, config, who_can_sign(house.config, config, LOGIN))
        adopted = made.command("adopt", "prod")
        assert adopted.returncode == 0, adopted.stderr
        backup = made.here("backup reason before it", "--take-over", "prod", "--as", LOGIN)
        assert backup.ends() == 0, backup.said
        yield made
        for each in made.begun:
            each.process.kill()


@pytest.mark.cluster
def test_a_restore_from_a_terminal_needs_no_redis_and_no_slack(emergency: Emergency) -> None:
    here = emergency.here("restore latest reason disk", "--take-over", "prod", "--as", LOGIN)
    redis = here.finds(r"export REDIS_URL_FILE=(\S+)")
    run = here.finds(r"run (r-\w+)\. A worker")
    here.finds(r"(needs 2 approvals)")
    family = here.family()
    shown = emergency.command("command", f"approve {run}", redis=redis)
    text = shown.stdout[: shown.stdout.index("End of the text to sign.\n") + 25]
    signed = [emergency.keys[name].sign(text) for name in ("bob", "carol")]
    pressed = emergency.command("command", "approve", run, redis=redis, typed="".join(signed))
    assert "Bob signed the plan (1 of 2)" in pressed.stdout, pressed.stderr
    assert here.ends() == 0, here.said
    assert pressed.returncode == 0
    assert "Carol signed the plan (2 of 2), the run starts" in here.said
    assert "Let clients back to prod" in here.said
    assert f"The record is in the object store, each event of {run}" in here.said
    assert "accept-redis" in here.said
    kept = sorted((emergency.house.records / "journal" / run).iterdir())
    assert '\\"finished\\"' in kept[-1].read_text(encoding="utf-8")
    # Nothing is left behind: no process, no password, no socket.
    assert [each for each in family if each.is_running()] == []
    assert not Path(redis).parent.exists()


@pytest.mark.cluster
def test_a_second_here_takes_over_and_the_first_does_nothing_more(emergency: Emergency) -> None:
    first = emergency.here("restore latest reason one", "--take-over", "prod", "--as", LOGIN)
    redis = first.finds(r"export REDIS_URL_FILE=(\S+)")
    run = first.finds(r"run (r-\w+)\. A worker")
    first.finds(r"(needs 2 approvals)")
    shown = emergency.command("command", f"approve {run}", redis=redis)
    text = shown.stdout[: shown.stdout.index("End of the text to sign.\n") + 25]
    signed = [emergency.keys[name].sign(text) for name in ("bob", "carol")]
    files = []
    for place, signature in enumerate(signed):
        file = emergency.house.root / f"{place}.sig"
        file.write_text(signature, encoding="utf-8")
        files += ["--signature", str(file)]
    second = emergency.here("backup reason two", "--take-over", "prod", "--as", LOGIN)
    second.finds(r"(prod (?:is taken over|was held by no run))")
    # Two good approvals reach the first one now, if it has not seen yet that it is over.
    pressing = subprocess.Popen(
        (sys.executable, "-m", "deploy.cli", "command", "approve", run, *files),
        cwd=ROOT,
        env=emergency.environment(redis),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert second.ends() == 0, second.said
    assert first.ends() == 1
    pressing.kill()
    pressing.wait()
    assert "Another machine has taken over from this one" in first.said
    assert "Prove that" not in first.said


@pytest.mark.cluster
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_it_ends_it_leaves_no_process_behind(
    emergency: Emergency, number: signal.Signals
) -> None:
    here = emergency.here("restore latest reason one", "--take-over", "prod", "--as", LOGIN)
    folder = Path(here.finds(r"export REDIS_URL_FILE=(\S+)")).parent
    here.finds(r"(needs 2 approvals)")
    family = here.family()
    assert len(family) >= 4
    here.process.send_signal(number)
    killed = number is signal.SIGKILL
    assert here.ends() == (-number if killed else 128 + number)
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert (len(gone), alive) == (len(family), [])
    assert folder.exists() is killed
    assert ("The record is in the object store" in here.said) is not killed
    if killed:
        shutil.rmtree(folder)


def _look_away(window: Window, run: str) -> None:
    """Neither Ctrl-C nor a `quit` that nobody confirms ends anything."""
    window.type(f"watch {run}\n")
    window.until(lambda shown: "\x1b[2K" in shown.partition(f"watch {run}\r\n")[2])
    window.process.send_signal(signal.SIGINT)
    window.until(has("You left the view"))
    window.until(has("vault-responder> ", 3))
    window.type("quit\n")
    window.until(has(f"Type {run} to leave it so:"))
    window.type("no\n")
    window.until(has("vault-responder> ", 4))


@pytest.mark.cluster
def test_a_person_at_one_terminal_goes_from_taking_over_to_the_end(emergency: Emergency) -> None:
    words = ("command", "--here", "--as", LOGIN, "restore", "latest", "reason", "disk")
    window = open_window((sys.executable, "-m", "deploy.cli", *words), emergency.environment())
    try:
        window.until(has("Type the cluster's name, prod, to take it over:"), 60)
        assert "Other workers then begin nothing more" in window.shown
        assert "No run holds prod." in window.shown
        window.type("prod\n")
        window.until(has("vault-responder> "), 60)
        [run] = set(re.findall(r"waits for approval.*\n.*Run (r-\w+) ", window.shown))
        window.type(f"aprove {run}\n")
        window.until(has("did you mean `approve`"))
        window.until(has("vault-responder> ", 2))
        _look_away(window, run)
        window.type(f"approve {run}\n")
        shown = window.until(has("Paste a signature")).replace("\r\n", "\n")
        text = shown[shown.rindex("vault-responder approval") : shown.index("What is signed")]
        for name in ("bob", "carol"):
            window.type(emergency.keys[name].sign(text.rstrip("\n") + "\n"))
            window.until(has(f"{name.title()} signed the plan"))
        window.until(has("Restore backup on prod: done in"), 90)
        window.until(has("the record is in the object store".capitalize()), 60)
        assert window.process.wait(30) == 0
    finally:
        window.close()


def test_the_process_that_a_person_types_in_cannot_reach_vault() -> None:
    load = "import sys, deploy.here.session; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        (sys.executable, "-c", load), cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "bot.terminal.main" in loaded
    assert loaded & {"hvac", "playbooks.systems", "deploy.compose", "jobs.work.worker"} == set()


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--as", LOGIN), "Nobody can be asked here; nothing was taken over"),
        (("--take-over", "test", "--as", LOGIN), "There is no test; nothing was started"),
        (("--take-over", "prod", "--as", "mallory"), "belongs to no person of the configuration"),
    ],
)
def test_nothing_is_taken_over_without_a_plain_word(
    emergency: Emergency, options: Sequence[str], why: str
) -> None:
    before = sorted((emergency.house.records / "generations").iterdir())
    here = emergency.here("status", *options)
    assert here.ends() == 1
    assert why in here.said
    assert sorted((emergency.house.records / "generations").iterdir()) == before


@pytest.mark.cluster
def test_every_key_that_is_missing_is_said_at_once(emergency: Emergency) -> None:
    keys = [emergency.house.secret(owner, "bell.key") for owner in ("bot", "looker")]
    for key in keys:
        key.rename(key.with_suffix(".away"))
    here = emergency.here("status", "--take-over", "prod", "--as", LOGIN)
    code = here.ends()
    for key in keys:
        key.with_suffix(".away").rename(key)
    assert code == 1
    assert [str(key) for key in keys if str(key) not in here.said] == []
