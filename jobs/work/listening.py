"""A worker's ear: it hears one ring after the other, and ends only when it is told to."""

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from redis.exceptions import ResponseError
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.queue import Queue
from rq.worker import Worker

from jobs.records.bugs import tell
from jobs.work.parent import die_with
from playbooks.core.trouble import Trouble

_LOG: Final = logging.getLogger(__name__)
_PAUSE: Final = 1.0  # Seconds.
_LONG: Final = 60.0  # Seconds after which a worker has worked.
_ENDS: Final = (
    20  # So often in a row RQ may end before it has worked; then something else is wrong.
)


class DurableWorker(Worker):
    """RQ's worker, whose work-horse dies with it and stops between two steps when it is told to.

    It takes no orders from Redis, where whoever may ring could write them.
    """

    asked_to_stop = False
    told_to_end = False

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        die_with(self.pid or 0)
        super().main_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]  # RQ's own
        signal.signal(signal.SIGTERM, self._stop_soon)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.told_to_end = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]  # RQ's own
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)

    def check_for_suspension(self, burst: bool) -> None:  # noqa: FBT001 -- RQ's own signature
        """Go on: the key that would suspend every worker for good is anyone's to write."""

    def run_maintenance_tasks(self) -> None:
        """Leave that to the scheduler, which believes nothing of what it sweeps away."""

    def subscribe(self) -> None:
        """Hear signals alone."""

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        try:
            super().maintain_heartbeats(job, execution)
        except ResponseError as error:  # It must not cost the step that is under way.
            _LOG.warning("no sign of life", extra={"type": type(error).__name__})

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        # RQ adds a minute, during which nobody would notice that this worker is gone.
        return int(self.job_monitoring_interval) * 3 + 1

    def handle_exception(self, job: Job, *exc_info: object) -> None:
        # RQ would log the text of the exception, and that could hold a secret.
        kind = getattr(exc_info[0], "__name__", "unknown") if exc_info else "unknown"
        _LOG.error("ring failed", extra={"job": job.id, "type": kind})

    def _stop_soon(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = True


def listen(make: Callable[[], DurableWorker]) -> None:
    """Hear rings until SIGTERM, with a new worker where RQ ends one. Raises Trouble."""
    ends = 0
    while ends < _ENDS:
        begun = time.monotonic()
        worker = make()
        if _is_told_to_end(worker):
            return
        _LOG.error("RQ ended a worker that nobody told to end; there is a new one")
        ends = ends + 1 if time.monotonic() - begun < _LONG else 1
        with contextlib.suppress(StopRequested):
            threading.Event().wait(_PAUSE)  # A signal ends it.
        if worker.told_to_end:
            return
    raise Trouble(
        "RQ ends every worker as soon as it begins",
        left="no ring is heard by this process, which ends now",
        do="look at its log and at Redis, then start it again",
    )


def _is_told_to_end(worker: DurableWorker) -> bool:
    try:
        worker.work(logging_level="WARNING")
    except StopRequested:
        return True
    except Exception as error:
        tell("worker", error)
    if os.getpid() != worker.pid:  # A work-horse that came back where only its worker may be.
        os._exit(1)
    if worker.horse_pid:
        worker.kill_horse()
        worker.wait_for_horse()
    return worker.told_to_end
