"""Backup and restore of 1 GB on one node, beside the command line, and the worker's memory."""

import asyncio
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from deploy.demo.cluster.layout import Shape
from tests.bench import by_hand
from tests.bench.by_hand import Hand, hand_of
from tests.bench.filling import fill_with_big
from tests.bench.installation import Installation, installation
from tests.bench.memory import Peak, peak_of
from tests.bench.rows import Row, at_most, side_by_side, spread, told
from tests.bench.runs import Timed, desk

_SECRETS: Final = 1440  # Of 700 kB each: a little over 1 GB.
_GIGABYTE: Final = 1_000_000_000
_TIMES: Final = 5
_MOST_BACKUP: Final = 1.25
_MOST_RESTORE: Final = 1.5
_MOST_MEGABYTES: Final = 200.0


def gigabyte(folder: Path) -> Iterable[Row]:
    """Back up and restore in turn, by hand and by the product."""
    with installation(folder, Shape(nodes=1)) as made:
        fill_with_big(made.cluster, _SECRETS)
        with peak_of(made.children.running["worker"].pid) as peak:
            yield from asyncio.run(_both(made, hand_of(made), peak))


async def _both(made: Installation, hand: Hand, peak: Peak) -> list[Row]:
    saved, kept, size = hand.home / "saved.snap", hand.home / "kept.snap", 0
    ours: list[tuple[Timed, Timed]] = []
    theirs: list[tuple[float, float]] = []
    async with desk(made) as at:
        for number in range(_TIMES):
            theirs.append(await asyncio.to_thread(_by_hand, hand, saved, kept, f"hand-{number}"))
            backup = await at.run("backup reason bench")
            ours.append((backup, await at.run("restore latest reason bench")))
            size = saved.stat().st_size
            assert size >= _GIGABYTE, size
            _forget_objects(made)
    print(f"--- backup of 1 GB, the last run\n{ours[-1][0].timeline()}")
    print(f"--- restore of 1 GB, the last run\n{ours[-1][1].timeline()}", flush=True)
    return _rows(ours, theirs, size, peak)


def _by_hand(hand: Hand, saved: Path, kept: Path, nonce: str) -> tuple[float, float]:
    leader = hand.active()
    hand.write_nonce(leader, nonce)
    backup = by_hand.back_up(hand, saved, kept)
    hand.write_nonce(leader, "another")
    return backup, by_hand.load(hand, saved, nonce)


def _rows(
    ours: list[tuple[Timed, Timed]], theirs: list[tuple[float, float]], size: int, peak: Peak
) -> list[Row]:
    stored = [backup.took("Store an encrypted snapshot") for backup, _ in ours]
    read = [_between(backup, "Store an encrypted", "Read vault-") for backup, _ in ours]
    loaded = [restore.took("Load the backup") for _, restore in ours]
    saved, restored = zip(*theirs, strict=True)
    return [
        told("size of the archive", size / _GIGABYTE, "GB"),
        side_by_side("backup of 1 GB", stored, saved, _MOST_BACKUP),
        spread("backup of 1 GB, ours", stored),
        spread("backup of 1 GB, by hand", saved),
        spread("backup of 1 GB, reading it back", read),
        side_by_side("load of 1 GB until the data is visible", loaded, restored, _MOST_RESTORE),
        spread("load of 1 GB, ours", loaded),
        spread("load of 1 GB, by hand", restored),
        at_most("most memory of a worker", peak.megabytes, "MB", _MOST_MEGABYTES),
    ]


def _between(run: Timed, first: str, second: str) -> float:
    return (run.done_at(second) - run.done_at(first)).total_seconds()


def _forget_objects(made: Installation) -> None:
    """Give the disk back; the next round makes its own."""
    for path in itertools.chain(
        made.house.store.glob("daily/*/*.enc"), made.house.store.glob("copies/*.enc")
    ):
        path.unlink()
