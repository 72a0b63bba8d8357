"""How much memory a worker takes at its worst moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_LOOK_EVERY: Final = 0.05  # Seconds.
_MEGABYTE: Final = 1_000_000


@dataclass
class Peak:
    """The most that the worker or one of its work-horses had resident so far."""

    bytes: int = 0

    @property
    def megabytes(self) -> float:
        """In units of a million bytes."""
        return self.bytes / _MEGABYTE


@contextmanager
def peak_of(worker: int) -> Iterator[Peak]:
    """Watch a worker process and whatever it forks, for the length of a block."""
    peak, stop = Peak(), threading.Event()
    thread = threading.Thread(target=_watch, args=(worker, peak, stop), daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _watch(worker: int, peak: Peak, stop: threading.Event) -> None:
    process = psutil.Process(worker)
    while not stop.wait(_LOOK_EVERY):
        for each in (process, *process.children()):
            with suppress(psutil.NoSuchProcess):
                peak.bytes = max(peak.bytes, _most_resident(each))


def _most_resident(process: psutil.Process) -> int:
    """Linux keeps the high-water mark itself, so that no moment between two looks is missed."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)
