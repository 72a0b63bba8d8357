"""Torture and storms in turn, for as long as is asked for: `python -m tests.chaos --minutes 30`."""

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from deploy.redis_users import USERS
from tests.chaos.count import Counted
from tests.chaos.storm.chapter import play as play_storm
from tests.chaos.storm.figures import Figures
from tests.chaos.torture import Torture
from tests.jobs.bench import Place
from tests.servers import Valkey

_TORTURE: Final = 75.0  # Seconds.
_STORM: Final = 100.0  # About what a storm takes.
# Slack takes a post a second in a channel, so the last lines come minutes after the last event.
_LONG: Final = 10.0  # Minutes, from which on there is time for them.
_PATIENCE: Final = 180.0


@dataclass
class Soak:
    """What was played so far; each part has a seed of its own, by which it can be repeated."""

    folder: Path
    seed: int
    torture: float  # Seconds.
    patience: float  # Seconds for the last lines of threads; none: they are not waited for.
    tortured: list[Counted] = field(default_factory=list)
    storms: list[Figures] = field(default_factory=list)

    def play(self, part: str) -> None:
        """Play one part and print what it came to. Raises AssertionError on a broken law."""
        folder = self.folder / f"{part}-{self.seed}"
        folder.mkdir()
        begun = monotonic()
        figures = _PARTS[part](self, folder)
        print(f"{part}, seed {self.seed}, {monotonic() - begun:.0f} s: {figures}", flush=True)
        self.seed += 1

    def engine(self, folder: Path) -> Counted:
        (folder / "v").mkdir()
        valkey = Valkey(folder / "v")
        valkey.start()
        place = Place(folder, {user: valkey.url(user) for user in USERS})
        place.prepare()
        torture = Torture(place, valkey, random.Random(self.seed))
        try:
            self.tortured.append(asyncio.run(torture.run(self.torture)))
        finally:
            valkey.kill()
        return self.tortured[-1]

    def slack(self, folder: Path) -> Figures:
        self.storms.append(asyncio.run(play_storm(folder, self.seed, self.patience)))
        return self.storms[-1]

    def __str__(self) -> str:
        shown = [one for each in self.storms for one in each.shown]
        spare = min((one.left for one in shown), default=0.0)
        faults = sum(each.faults.total() for each in self.tortured)
        faults += sum(each.faults.total() for each in self.storms)
        return (
            f"{sum(each.runs for each in self.tortured)} runs under torture of the engine,"
            f" {sum(each.runs for each in self.storms)} under Slack's faults, {faults} faults: none"
            f" executed twice, no step lost, one card and at most"
            f" {max((each.threads.most for each in self.storms), default=0)} posts a run;"
            f" {len(shown)} waiting approvals and failures shown within 5 + n s of Slack taking"
            f" posts, {spare:.1f} s to spare"
        )


_PARTS: Final[dict[str, Callable[[Soak, Path], Counted | Figures]]] = {
    "engine": Soak.engine,
    "slack": Soak.slack,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--only", choices=sorted(_PARTS), help="this part alone, in every turn")
    parser.add_argument("--keep", type=Path, help="an empty folder, kept for looking into")
    asked = parser.parse_args()
    seconds = asked.minutes * 60
    parts = [asked.only] if asked.only else sorted(_PARTS)
    with tempfile.TemporaryDirectory(prefix="chaos-") as made:
        torture = min(_TORTURE, max(10.0, seconds - _STORM))
        patience = _PATIENCE if asked.minutes >= _LONG else 0.0
        soak = Soak(asked.keep or Path(made), asked.seed, torture, patience)
        until = monotonic() + seconds
        turn = 0.0
        while not turn or monotonic() + turn < until:  # Whole turns, and one at least.
            begun = monotonic()
            for part in parts:
                try:
                    soak.play(part)
                except AssertionError as error:
                    again = f"--seed {soak.seed} --only {part}"
                    print(f"broken: {error}\nagain with ARGS='{again}', {asked.minutes} minutes")
                    return 1
            turn = monotonic() - begun
        print(f"soak: {soak}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
