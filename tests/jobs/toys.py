"""A tiny playbook whose world is a folder: each act leaves a line that tells how often it ran."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import NotForMe, Plan
from playbooks.core.playbook import Playbook
from playbooks.core.step import CannotUndo, Holds, NotYet, do, prove, wait_until
from playbooks.core.values import Name
from playbooks.core.world.world import World


class ToyAsk(Ask):
    place: str
    run: Name
    danger: Danger = Danger.READS
    waits: bool = False
    breaks: bool = False
    pause: float = 0.0
    answer: str = "plan"


class ToyPlan(Plan):
    place: str
    run: Name
    danger: Danger
    waits: bool
    breaks: bool
    pause: float  # Seconds between an act's effect and its mark.


async def look(ask: ToyAsk, world: World) -> ToyPlan | NotForMe:
    if ask.answer == "break":
        msg = "s3cr3t-in-an-exception"
        raise RuntimeError(msg)
    if ask.answer != "plan":
        return NotForMe(why="the folder is busy", do="choose another one")
    fields = ask.model_dump(include=set(ToyPlan.model_fields) - {"cluster"})
    return ToyPlan(cluster="toy", **fields)


def folder(plan: ToyPlan) -> Path:
    return Path(plan.place) / plan.run


async def folder_is_there(plan: ToyPlan, world: World) -> bool:
    return folder(plan).is_dir()


def _mark(plan: ToyPlan, name: str) -> Path:
    return folder(plan) / f"{name}.mark"


def _tell(plan: ToyPlan, what: str) -> None:
    with (folder(plan) / "effects.log").open("a", encoding="utf-8") as log:
        log.write(f"{what}\n")


async def _act(plan: ToyPlan, name: str) -> None:
    _tell(plan, name)
    await asyncio.sleep(plan.pause)
    _mark(plan, name).touch()


async def one_is_written(plan: ToyPlan, world: World) -> bool:
    return _mark(plan, "one").exists()


async def write_one(plan: ToyPlan, world: World) -> None:
    await _act(plan, "one")


async def erase_one(plan: ToyPlan, world: World) -> None:
    _tell(plan, "undo one")
    _mark(plan, "one").unlink()


async def two_is_written(plan: ToyPlan, world: World) -> bool:
    return _mark(plan, "two").exists()


async def write_two(plan: ToyPlan, world: World) -> None:
    await _act(plan, "two")


async def erase_two(plan: ToyPlan, world: World) -> None:
    _tell(plan, "undo two")
    _mark(plan, "two").unlink()


async def three_is_written(plan: ToyPlan, world: World) -> bool:
    return _mark(plan, "three").exists()


async def write_three(plan: ToyPlan, world: World) -> None:
    await _act(plan, "three")


async def three_is_good(plan: ToyPlan, world: World) -> bool:
    _tell(plan, "verified three")
    return not (folder(plan) / "bad").exists()


async def door_is_open(plan: ToyPlan, world: World) -> Holds | NotYet:
    knocks = len(list(folder(plan).glob("knock-*")))
    return Holds() if knocks >= 2 else NotYet(f"{knocks} of 2 knocks")


async def never(plan: ToyPlan, world: World) -> bool:
    return False


async def break_down(plan: ToyPlan, world: World) -> None:
    if (folder(plan) / "mended").exists():
        return
    msg = "s3cr3t-in-an-exception"
    raise RuntimeError(msg)


async def it_is_mended(plan: ToyPlan, world: World) -> bool:
    return (folder(plan) / "mended").exists()


TOY: Final = Playbook(
    name="toy",
    word="toy",
    usage="",
    about="Writes three marks into a folder.",
    ask=ToyAsk,
    look=look,
    plan=ToyPlan,
    danger=lambda plan: plan.danger,
    objective=None,
    holds=lambda plan: () if plan.danger is Danger.READS else ("cluster:toy",),
    steps=(
        prove("Prove that the folder is there", folder_is_there, otherwise="make the folder"),
        do(
            "Write one",
            check=one_is_written,
            act=write_one,
            undo=erase_one,
            if_interrupted="act again",
        ),
        do(
            "Write two",
            check=two_is_written,
            act=write_two,
            undo=erase_two,
            if_interrupted="act again",
        ),
        wait_until(
            "Wait until two people have knocked",
            door_is_open,
            within=timedelta(seconds=4),
            otherwise="knock, then press Try again",
            only_if=lambda plan: plan.waits,
        ),
        do(
            "Break down",
            check=it_is_mended,
            act=break_down,
            undo=CannotUndo("it is broken"),
            if_interrupted="act again",
            only_if=lambda plan: plan.breaks,
        ),
        do(
            "Write three",
            check=three_is_written,
            act=write_three,
            verify=three_is_good,
            undo=CannotUndo("three stays"),
            if_interrupted="act again",
        ),
    ),
)
