"""A person's terminal: a shell on a pseudo-terminal, into which whole blocks are pasted."""

import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_GIVE_UP: Final = 40.0  # Seconds for one block; a person would wait longer.
_LOOK: Final = 0.2
_ASKED: Final = (b"hidden)", b"is not shown)")  # "Unseal Key (will be hidden):", and our own.
_TYPES_AFTER: Final = 0.05  # The prompt stands there a moment before the echo is off.


@dataclass
class Terminal:
    """`secret` is what this person types wherever something asks for it; it is never echoed."""

    environment: Mapping[str, str]
    home: Path
    secret: str
    said: bytes = b""
    _pasted: int = 0
    _master: int = -1
    _shell: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        quiet = termios.tcgetattr(slave)
        quiet[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, quiet)
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._shell = subprocess.Popen(
            ["sh", "-eu"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=self.home,
            env={**self.environment, "HOME": str(self.home)},
            start_new_session=True,
        )
        os.close(slave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._master)
        if self._shell is not None:
            self._shell.kill()  # A shell at a terminal ends at no other signal.
            self._shell.wait()

    def paste(self, commands: str) -> str:
        """Paste a block, type the secret where it is asked for, wait until all of it is done."""
        self._pasted += 1
        mark = f"block-{self._pasted}-is-done"
        # On the same line: a line of its own would be taken for the secret that a block asks for.
        self._write(f"{commands}; echo; echo '{mark}'\n")
        begun, typed = len(self.said), 0
        give_up = time.monotonic() + _GIVE_UP
        while f"\n{mark}".encode() not in self.said[begun:].replace(b"\r", b""):
            assert time.monotonic() < give_up, (
                f"not done in time:\n{commands}\n{self._shown(begun)}"
            )
            assert self._read(), f"the shell ended in:\n{commands}\n{self._shown(begun)}"
            if sum(self.said[begun:].count(asked) for asked in _ASKED) > typed:
                typed += 1
                time.sleep(_TYPES_AFTER)
                self._write(f"{self.secret}\n")
        return self._shown(begun)

    def _write(self, text: str) -> None:
        left = text.encode()
        while left:
            left = left[os.write(self._master, left[:512]) :]

    def _read(self) -> bool:
        """False once the shell has ended, as it does at the first command that fails."""
        if not select.select([self._master], [], [], _LOOK)[0]:
            return True
        try:
            self.said += os.read(self._master, 1 << 16)
        except OSError:
            return False
        return True

    def _shown(self, begun: int) -> str:
        return self.said[begun:].decode(errors="replace").replace("\r", "")
