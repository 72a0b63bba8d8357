"""The processes that `--here` starts: logged, ended by their ids, gone when their parent is."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from playbooks.core.trouble import Trouble

ANOTHER_COUNTS: Final = 3  # The exit code of deploy/here/fence.py where another Redis counts.
# A worker that is told to end finishes the step in hand, which may take minutes.
_WORKER_ENDS_WITHIN: Final = timedelta(minutes=10)
_ENDS_WITHIN: Final = timedelta(seconds=10)
_LAST: Final = 400  # Letters of a log that are shown.


@dataclass
class Children:
    """By name, in the order in which they were started."""

    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def begin(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start one; its output goes to NAME.log in the folder."""
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                (sys.executable, "-m", "deploy.here.child", str(os.getpid()), *command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the person's view alone.
            )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def check(self) -> None:
        """Raise Trouble where one has ended by itself."""
        for name, child in self.running.items():
            if child.poll() is not None:
                raise self.ended(name)

    def ended(self, name: str) -> Trouble:
        said = self.log(name).read_text(encoding="utf-8", errors="replace").strip()
        return Trouble(
            f"The {name} that was started here has ended: {said[-_LAST:] or 'it said nothing'}",
            left="nothing more is done from here",
            do="mend that, then start `--here` again, which takes over from this one",
        )

    def end_all(self, but: str | None = None) -> None:
        """End them, the last one first; a worker finishes the step in hand."""
        for name in reversed([name for name in self.running if name != but]):
            child = self.running.pop(name)
            if child.poll() is None:
                child.terminate()
            _see_off(child, _WORKER_ENDS_WITHIN if name == "worker" else _ENDS_WITHIN)


def _see_off(child: subprocess.Popen[bytes], within: timedelta) -> None:
    try:
        child.wait(within.total_seconds())
    except subprocess.TimeoutExpired:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
