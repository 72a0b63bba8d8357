"""Restore and rebuild of 500 secrets, from the last approval to canaries read on three nodes."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Final

from deploy.demo.cluster.layout import Shape
from tests.bench import by_hand
from tests.bench.by_hand import CANARIES, Hand, hand_of
from tests.bench.custodians import immediate_custodians
from tests.bench.filling import fill_with_small
from tests.bench.installation import Installation, installation
from tests.bench.rows import Row, at_most, side_by_side, spread
from tests.bench.runs import Desk, Timed, desk
from tests.bench.terminals import Terminal, slack_down

SECRETS: Final = 500
_TIMES: Final = 5
_READ_BACK: Final = "Read the canary secrets back"
_MOST_SECONDS: Final = 60.0
_MOST_AGAINST_HAND: Final = 1.3
_MOST_AGAINST_SLACK: Final = 1.1
_NONCE: Final = "of the person"


def restore(folder: Path) -> Iterable[Row]:
    """The cluster runs on; both restore it in turn."""
    with installation(folder, Shape()) as made, immediate_custodians(made.cluster):
        hand, file, canaries = _filled(made)
        yield from asyncio.run(_restore(made, hand, file, canaries))


def rebuild(folder: Path) -> Iterable[Row]:
    """The cluster is destroyed each time; both build it anew in turn."""
    with installation(folder, Shape()) as made, immediate_custodians(made.cluster):
        hand, file, canaries = _filled(made)
        yield from asyncio.run(_rebuild(made, hand, file, canaries))


def _filled(made: Installation) -> tuple[Hand, Path, dict[str, object]]:
    fill_with_small(made.cluster, SECRETS - made.seeded)
    hand = hand_of(made)
    leader = hand.active()
    hand.write_nonce(leader, _NONCE)
    file = hand.home / "backup.snap"
    hand.save(leader, file)
    return hand, file, {path: hand.secret(leader, path) for path in CANARIES}


async def _restore(
    made: Installation, hand: Hand, file: Path, canaries: dict[str, object]
) -> list[Row]:
    async with desk(made) as at:
        await at.run("backup reason bench")
        ours, theirs, without_slack = [], [], []
        for _ in range(_TIMES):
            theirs.append(await asyncio.to_thread(by_hand.restore, hand, file, _NONCE, canaries))
            ours.append(await _ours(at, "restore_backup"))
            async with slack_down(made, at) as terminal:
                without_slack.append(await _ours(terminal, "restore_backup"))
    name = "restore of 500 secrets"
    return [*_rows(name, ours, theirs), *_terminal_rows(name, ours, without_slack)]


async def _rebuild(
    made: Installation, hand: Hand, file: Path, canaries: dict[str, object]
) -> list[Row]:
    async with desk(made) as at:
        await at.run("backup reason bench")
        ours, theirs = [], []
        for _ in range(_TIMES):
            await asyncio.to_thread(made.cluster.destroy)
            theirs.append(await asyncio.to_thread(by_hand.rebuild, hand, file, _NONCE, canaries))
            await asyncio.to_thread(made.cluster.destroy)
            ours.append(await _ours(at, "rebuild_from_backup"))
    return _rows("rebuild of 500 secrets", ours, theirs)


async def _ours(at: Desk | Terminal, playbook: str) -> Timed:
    timed = await at.run("restore latest reason bench")
    assert getattr(timed.events[0], "playbook", "") == playbook, timed.events[0]
    return timed


def _terminal_rows(name: str, ours: list[Timed], without_slack: list[Timed]) -> list[Row]:
    slack = [timed.since_approval(_READ_BACK) for timed in ours]
    terminal = [timed.since_approval(_READ_BACK) for timed in without_slack]
    ratio = median(terminal) / median(slack)
    return [
        at_most(f"{name} from a terminal, against from Slack", ratio, "x", _MOST_AGAINST_SLACK),
        spread(f"{name}, from a terminal", terminal),
    ]


def _rows(name: str, ours: list[Timed], theirs: list[float]) -> list[Row]:
    print(f"--- {name}, the last run\n{ours[-1].timeline()}", flush=True)
    read = [timed.since_approval(_READ_BACK) for timed in ours]
    back = [timed.since_approval("Let clients back") for timed in ours]
    middle = sorted(read)[len(read) // 2]
    return [
        at_most(name, middle, "s", _MOST_SECONDS),
        side_by_side(name, read, theirs, _MOST_AGAINST_HAND),
        spread(f"{name}, ours", read),
        spread(f"{name}, by hand", theirs),
        spread(f"{name}, ours, until clients are back", back),
    ]
