"""Real worker and scheduler processes: `python -m tests.jobs.processes FOLDER look|act|scheduler`.

The folder holds the keys, and `urls.json` with Redis's addresses.
"""

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import psutil

from jobs.work.scheduler import schedule
from jobs.work.worker import work
from tests.chaos.table import CHAOS
from tests.jobs.bench import Place
from tests.jobs.toys import TOY

ROOT: Final = Path(__file__).resolve().parents[2]


class _Whole(logging.Formatter):
    """Everything that was logged, so that a test can look for what must not be there."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record)} {super().format(record)} {vars(record)}"


def main(folder: Path, part: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Whole())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    urls = json.loads((folder / "urls.json").read_text(encoding="utf-8"))
    place = Place(folder, urls)
    match part:
        case "look" | "act":
            work(place.workshop(part, TOY, CHAOS))
        case _:
            schedule(place.tower())


def start(place: Place, part: str) -> subprocess.Popen[bytes]:
    """Start one process; its output goes to PART.log in the folder."""
    urls = place.folder / "urls.json"
    if not urls.exists():
        urls.write_text(json.dumps(place.urls), encoding="utf-8")
    command = [sys.executable, "-m", "tests.jobs.processes", str(place.folder), part]
    with (place.folder / f"{part}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and whatever it forked."""
    family = horses(process)
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()
    for child in family:
        if child.is_running():
            child.kill()


def horses(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The work-horses of a worker."""
    try:
        return psutil.Process(process.pid).children()
    except psutil.NoSuchProcess:
        return []


def is_gone(process: psutil.Process) -> bool:
    """Say if a process has ended, reaped or not; it may go between two looks at it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def running(place: Place, *parts: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run processes for the length of a block."""
    processes = [start(place, part) for part in parts]
    try:
        yield processes
    finally:
        for process in processes:
            end(process)


def wait_for(condition: Callable[[], bool], within: float = 20.0) -> float:
    """Wait until a condition holds; the seconds that took."""
    begun = monotonic()
    while not condition():
        assert monotonic() - begun < within, "it did not come to that in time"
        sleep(0.02)
    return monotonic() - begun


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
