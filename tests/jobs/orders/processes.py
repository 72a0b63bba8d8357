"""Processes with a standing order: `python -m tests.jobs.orders.processes FOLDER PART`.

PART is look, act or scheduler. The folder holds `order.json`; the clock is the true one, put
forward or back by some seconds.
"""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from jobs.runs.orders import StandingOrder
from jobs.work.scheduler import schedule
from jobs.work.worker import work
from playbooks.core.values import Moment
from tests.jobs.bench import Place, now
from tests.jobs.orders.yard import Yard
from tests.jobs.processes import ROOT


def main(folder: Path, part: str) -> None:
    logging.basicConfig(level=logging.INFO)
    told = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    ahead = timedelta(seconds=told["ahead"])

    def clock() -> Moment:
        return now() + ahead

    order = StandingOrder.model_validate(told["order"])
    yard = Yard(Place(folder, told["urls"]), {}, told["allowed"], order)
    if part == "scheduler":
        schedule(replace(yard.place.tower(), orders=(order,), now=clock))
        return
    shop = yard.shop("look" if part == "look" else "act")
    work(replace(shop, now=clock, world=yard.place.workshop("act").world))


def start(yard: Yard, part: str, ahead: timedelta) -> subprocess.Popen[bytes]:
    """Start one process."""
    told = {
        "urls": yard.place.urls,
        "allowed": yard.allowed,
        "order": yard.order.model_dump(mode="json"),
        "ahead": ahead.total_seconds(),
    }
    (yard.place.folder / "order.json").write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-m", "tests.jobs.orders.processes", str(yard.place.folder), part]
    with (yard.place.folder / f"{part}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
