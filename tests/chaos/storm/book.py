"""The playbook of the storm: runs that succeed, fail, break, wait for people, or are long."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import Plan
from playbooks.core.playbook import Playbook
from playbooks.core.step import CannotUndo, Do, Holds, NotYet, Step, do, wait_until
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.world import World

WORD: Final = "storm"
LONG: Final = 48  # Steps of a long run: more than its thread has room for.
KNOCKS: Final = 2
_PAUSE: Final = 0.15  # Seconds between the effect of an act and its mark.
Kind = Literal["succeeds", "fails", "breaks", "waits", "long"]


class StormAsk(Ask):
    """`name` tells one command from another, however often it is typed."""

    name: Name
    meets: Kind
    danger: Danger

    @classmethod
    def read(cls, words: Sequence[str], common: Ask) -> Self:
        """Take what a person of the storm typed."""
        name, meets, danger = words
        return cls.model_validate(
            {"reason": common.reason, "name": name, "meets": meets, "danger": danger}
        )


class StormPlan(Plan):
    name: Name
    meets: Kind
    danger: Danger


async def _look(ask: StormAsk, world: World) -> StormPlan:
    return StormPlan(cluster="prod", name=ask.name, meets=ask.meets, danger=ask.danger)


def storm_book(folder: Path) -> Playbook[Any, Any]:
    """Build it over a folder that holds the effects of each run, by the name that was typed."""
    return Playbook(
        name="storm",
        word=WORD,
        usage="NAME KIND DANGER",
        about="Takes steps in a storm.",
        ask=StormAsk,
        look=_look,
        plan=StormPlan,
        danger=lambda plan: plan.danger,
        objective=None,
        holds=lambda plan: () if plan.danger is Danger.READS else (lock_of(plan.name),),
        steps=_steps(folder),
    )


def lock_of(name: str) -> str:
    return f"storm:{name}"


def effects(folder: Path, name: str) -> list[str]:
    """List the acts of all runs of this name, in order."""
    log = folder / name / "effects.log"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def knock(folder: Path, name: str) -> None:
    """Do what a waiting run waits for."""
    for number in range(KNOCKS):
        _mark(folder, name, f"knock-{number}").touch()


def mend(folder: Path, name: str) -> None:
    """Take away what a failing run fails of."""
    _mark(folder, name, "mended").touch()


def _steps(folder: Path) -> tuple[Step[StormPlan], ...]:
    async def is_open(plan: StormPlan, world: World) -> Holds | NotYet:
        knocks = len(list((folder / plan.name).glob("knock-*")))
        return Holds() if knocks >= KNOCKS else NotYet(f"{knocks} of {KNOCKS} knocks")

    return (
        _step(folder, 1),
        wait_until(
            "Wait for two knocks",
            is_open,
            within=timedelta(minutes=5),
            otherwise="knock, then press Try again",
            only_if=lambda plan: plan.meets == "waits",
        ),
        _trap(folder),
        *(_step(folder, number, long=True) for number in range(2, LONG)),
        _step(folder, LONG),
    )


def _step(folder: Path, number: int, *, long: bool = False) -> Do[StormPlan]:
    async def is_done(plan: StormPlan, world: World) -> bool:
        return _mark(folder, plan.name, str(number)).exists()

    async def act(plan: StormPlan, world: World) -> None:
        mark = _mark(folder, plan.name, str(number))
        with (mark.parent / "effects.log").open("a", encoding="utf-8") as log:
            log.write(f"Take step {number}\n")
        await asyncio.sleep(0 if long else _PAUSE)
        mark.touch()

    return do(
        f"Take step {number}",
        check=is_done,
        act=act,
        undo=CannotUndo("it was taken"),
        if_interrupted="act again",
        only_if=(lambda plan: plan.meets == "long") if long else None,
    )


def _trap(folder: Path) -> Do[StormPlan]:
    async def is_mended(plan: StormPlan, world: World) -> bool:
        return _mark(folder, plan.name, "mended").exists()

    async def fall(plan: StormPlan, world: World) -> None:
        if plan.meets == "breaks":
            msg = "a bug of this step"
            raise RuntimeError(msg)
        raise Trouble("The floor gave way", left="nobody fell", do="mend it, then press Try again")

    return do(
        "Cross the floor",
        check=is_mended,
        act=fall,
        undo=CannotUndo("it was crossed"),
        if_interrupted="act again",
        only_if=lambda plan: plan.meets in {"fails", "breaks"},
    )


def _mark(folder: Path, name: str, what: str) -> Path:
    marks = folder / name
    marks.mkdir(parents=True, exist_ok=True)
    return marks / f"{what}.mark"
