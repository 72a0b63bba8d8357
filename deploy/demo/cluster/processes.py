"""Processes that outlive whoever started them: to know them again, and to end no other."""

import asyncio
import ctypes
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

_ASK_AGAIN: Final = 0.05
_LOOK_AT_PARENT: Final = 1.0
_PR_SET_PDEATHSIG: Final = 1
# Loaded here, because nothing may be loaded between fork and exec.
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def identity(pid: int) -> str | None:
    """What tells this process from a later one with the same number; None if there is none."""
    if sys.platform == "linux":
        return _identity_on_linux(pid)
    answer = subprocess.run(
        ["ps", "-p", str(pid), "-o", "lstart=", "-o", "command="],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or None


def _identity_on_linux(pid: int) -> str | None:
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    if state in "ZX":
        return None
    # Field 22 of proc(5) is the start time; two fields were split off already, and one is `state`.
    return f"{boot} {fields[18]} {command.replace(bytes(1), b' ').decode(errors='replace')}"


def end_foreign(pid: int, known_as: str) -> None:
    """Kill a process that is not our child, if it is still the one that was meant."""
    if identity(pid) == known_as:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def die_with_parent() -> None:
    """For `preexec_fn`: on Linux the kernel kills the child when its parent ends in any way."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def gone(child: subprocess.Popen[bytes], within: timedelta) -> bool:
    """Wait until a child has ended."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + within.total_seconds()
    while child.poll() is None:
        if loop.time() > limit:
            return False
        await asyncio.sleep(_ASK_AGAIN)
    return True


async def until_parent_ends() -> None:
    """Return when whoever started this process is gone, or closed the pipe it gave as stdin."""
    parent = os.getppid()
    closed = asyncio.Event()
    _watch_pipe(closed.set)
    while os.getppid() == parent and not closed.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(closed.wait(), _LOOK_AT_PARENT)


def _watch_pipe(tell: Callable[[], None]) -> None:
    # A terminal or /dev/null as stdin says nothing about the parent; only a pipe does.
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            tell()

    loop.add_reader(0, read)


async def until_told_to_end() -> None:
    """Return on SIGTERM, SIGINT, or the end of the parent: how every process here ends."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    waits = [asyncio.create_task(told.wait()), asyncio.create_task(until_parent_ends())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
