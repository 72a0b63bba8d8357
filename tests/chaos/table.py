"""A playbook of many steps, each of which can be interrupted between its effect and its mark."""

import asyncio
from pathlib import Path
from typing import Final

from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import Plan
from playbooks.core.playbook import Playbook
from playbooks.core.step import CannotUndo, Do, do
from playbooks.core.values import Name
from playbooks.core.world.world import World

STEPS: Final = 12


class ChaosAsk(Ask):
    place: str
    run: Name
    danger: Danger = Danger.READS
    pause: float = 0.1


class ChaosPlan(Plan):
    place: str
    run: Name
    danger: Danger
    pause: float


async def _look(ask: ChaosAsk, world: World) -> ChaosPlan:
    return ChaosPlan(
        cluster="chaos", place=ask.place, run=ask.run, danger=ask.danger, pause=ask.pause
    )


def _step(number: int) -> Do[ChaosPlan]:
    def mark(plan: ChaosPlan) -> Path:
        return Path(plan.place) / plan.run / f"{number}.mark"

    async def is_done(plan: ChaosPlan, world: World) -> bool:
        return mark(plan).exists()

    async def act(plan: ChaosPlan, world: World) -> None:
        with (Path(plan.place) / plan.run / "effects.log").open("a", encoding="utf-8") as log:
            log.write(f"Take step {number}\n")
        await asyncio.sleep(plan.pause)
        mark(plan).touch()

    return do(
        f"Take step {number}",
        check=is_done,
        act=act,
        undo=CannotUndo("it was taken"),
        if_interrupted="act again",
    )


CHAOS: Final = Playbook(
    name="chaos",
    word="chaos",
    usage="",
    about="Takes many steps.",
    ask=ChaosAsk,
    look=_look,
    plan=ChaosPlan,
    danger=lambda plan: plan.danger,
    objective=None,
    holds=lambda plan: () if plan.danger is Danger.READS else (f"thing:{plan.run}",),
    steps=tuple(_step(number) for number in range(1, STEPS + 1)),
)
