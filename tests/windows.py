"""A real terminal of 80 by 24, and the command in it."""

import os
import pty
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from select import select
from time import monotonic
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
_SIZE: Final = {"COLUMNS": "80", "LINES": "24"}


@dataclass
class Window:
    """`shown` is all that was written to it, escapes too."""

    master: int
    process: subprocess.Popen[bytes]
    shown: str = ""

    def until(self, holds: Callable[[str], bool], within: float = 20) -> str:
        """Read on until something holds of what was shown."""
        give_up = monotonic() + within
        while not holds(self.shown):
            assert monotonic() < give_up, self.shown
            if select([self.master], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self.master, 65536).decode(errors="replace")
                except OSError:  # The other side is closed.
                    assert holds(self.shown), self.shown
        return self.shown

    def type(self, words: str) -> None:
        os.write(self.master, words.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


def open_window(command: Sequence[str], environment: Mapping[str, str] = os.environ) -> Window:
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=_ROOT,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**environment, **_SIZE},
    )
    os.close(terminal)
    return Window(master, process)


def has(said: str, times: int = 1) -> Callable[[str], bool]:
    """Make a condition: this was shown so often."""
    return lambda shown: shown.count(said) >= times
