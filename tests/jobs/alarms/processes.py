"""A scheduler that writes letters, as a process: `python -m tests.jobs.alarms.processes FOLDER`."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from jobs.alarms.mail import Duty, Route
from jobs.people import People, Person
from jobs.work.scheduler import schedule
from tests.jobs.alarms.boxes import route_to
from tests.jobs.bench import Place
from tests.jobs.processes import ROOT

PEOPLE: Final = People(
    persons=tuple(
        Person(id=name, name=name.title(), email=f"{name}@example.net") for name in ("bob", "carol")
    ),
    approvers=("bob", "carol"),
)


def duty(route: Route) -> Duty:
    return Duty(route=route, on_call=("bob", "carol"), people=PEOPLE)


def main(folder: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    route = route_to(folder / "box", told["port"])
    schedule(replace(Place(folder, told["urls"]).tower(), duty=duty(route)))


def start(place: Place, route: Route) -> subprocess.Popen[bytes]:
    told = {"urls": place.urls, "port": route.port}
    (place.folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-m", "tests.jobs.alarms.processes", str(place.folder)]
    with (place.folder / "scheduler.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
