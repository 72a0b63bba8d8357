"""The processes of the demo: started in order, logged, ended together, never left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from deploy.demo.cluster.processes import die_with_parent, end_foreign, identity
from playbooks.core.trouble import Trouble

_ROOT: Final = Path(__file__).resolve().parents[2]
_READY_WITHIN: Final = timedelta(seconds=40)
_ENDS_WITHIN: Final = timedelta(seconds=8)
_ASK_AGAIN: Final = 0.05


@dataclass(frozen=True)
class _Start:
    """How a process was started, and so how it is started again."""

    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass
class Children:
    """All of them by name; `book` is a file by which the next start finds what a kill left."""

    logs: Path
    book: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    starts: dict[str, _Start] = field(default_factory=dict)

    def end_leftovers(self) -> None:
        """End what an earlier demo of this folder left, and nothing else."""
        if not self.book.exists():
            return
        for pid, known_as in json.loads(self.book.read_text(encoding="utf-8")).values():
            end_foreign(pid, known_as)
        self.book.unlink()

    def begin(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start one process; its output goes to its log, which begins anew."""
        (self.logs / f"{name}.log").write_bytes(b"")
        self.starts[name] = _Start(command, environment or {})
        self.begin_again(name)

    def begin_again(self, name: str) -> None:
        """Start one that has ended, as it was started before; its log goes on."""
        start = self.starts[name]
        with (self.logs / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                start.command,
                cwd=_ROOT,
                env={**_clean_environment(), **start.environment},
                # Its end of file tells a child that the demo is gone, however it went.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 -- only prctl, loaded before the fork
            )
        self.running[name] = child
        self._write_book()

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a process to its end. Raises Trouble where it does not end well."""
        self.begin(name, command, environment)
        if self.running.pop(name).wait(_READY_WITHIN.total_seconds()):
            log = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
            raise self._not_ready(name, "ended badly:", log)

    def said(self, name: str, prefix: str) -> str:
        """Wait until a process has printed a line with this prefix, and return the rest of it."""
        limit = time.monotonic() + _READY_WITHIN.total_seconds()
        while time.monotonic() < limit:
            log = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
            for line in log.splitlines():
                if line.startswith(prefix):
                    return line.removeprefix(prefix).strip()
            if self.running[name].poll() is not None:
                raise self._not_ready(name, "ended at once", log)
            time.sleep(_ASK_AGAIN)
        raise self._not_ready(name, "is not ready", "")

    def ended(self) -> tuple[str, ...]:
        """Name those that have ended by themselves."""
        return tuple(name for name, child in self.running.items() if child.poll() is not None)

    def end(self, name: str) -> None:
        """End one process and wait until it is gone."""
        child = self.running.pop(name)
        _ask_to_end(child)
        _see_off(child)

    def end_all(self) -> None:
        """End them and wait until they are gone; the first of all, Redis, serves the others."""
        names = list(self.running)
        for together in (names[1:], names[:1]):
            for name in together:
                _ask_to_end(self.running[name])
            for name in reversed(together):
                _see_off(self.running.pop(name))
        self.book.unlink(missing_ok=True)

    def _write_book(self) -> None:
        known = {name: (child.pid, identity(child.pid)) for name, child in self.running.items()}
        # Whole or not at all, as others read it meanwhile.
        draft = self.book.with_suffix(".tmp")
        draft.write_text(json.dumps(known), encoding="utf-8")
        draft.replace(self.book)

    def _not_ready(self, name: str, what: str, log: str) -> Trouble:
        last = log.strip().splitlines()[-1:] or [""]
        return Trouble(
            f"The demo's {name} {what} {last[0]}".strip(),
            left="the demo is not running",
            do=f"read {self.logs / name}.log",
        )


def python(module: str, *words: str) -> tuple[str, ...]:
    """The command that runs a module in this Python."""
    return (sys.executable, "-m", module, *words)


def _clean_environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _ask_to_end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin:
        child.stdin.close()
    if child.poll() is None:
        child.terminate()


def _see_off(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_ENDS_WITHIN.total_seconds())
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
