"""One run in a worker's hands, and how the world is asked while it may still settle."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from jobs.people import People, why_not
from jobs.runs.decisions import decide
from jobs.runs.events import Event, StepFailed
from jobs.runs.lifecycle import after
from jobs.runs.proofs import NO_PROOF, Proof
from jobs.runs.requests import Press
from jobs.runs.state import Run
from playbooks.core.plan import Plan
from playbooks.core.playbook import Playbook, say
from playbooks.core.step import Do, Step
from playbooks.core.trouble import Trouble
from playbooks.core.values import Moment
from playbooks.core.world.world import World

POLL: Final = timedelta(milliseconds=500)  # How often `verify` is asked while it may still settle.


class Outside(Protocol):
    """What carrying a run touches, besides the world of its steps."""

    @property
    def world(self) -> World:
        """The world of the steps."""
        ...

    @property
    def people(self) -> People:
        """Who may press what."""
        ...

    async def record(self, event: Event) -> None:
        """Write the event down. Raises if it was not, or if another worker drives this run."""
        ...

    async def presses(self) -> Iterable[Press]:
        """Read what people have pressed on this run so far, answered or not."""
        ...

    async def prove(self, run: Run, press: Press) -> Proof:
        """Find out what the signature or code that came with a press proves."""
        ...

    def may_go_on(self) -> bool:
        """False once this worker is to stop at the next step boundary."""
        ...

    async def pause(self, span: timedelta) -> None:
        """Wait before asking the world again."""
        ...


async def answer(outside: Outside, run: Run, press: Press, at: Moment) -> Event:
    """Check what a press brought along, and decide what it leads to."""
    # First the cheap question: a stranger's paste is not worth a worker's time. At a terminal only
    # the signature tells who it is.
    known = press.who.standing != "terminal"
    stranger = known and why_not(outside.people, press.who, run.matter, press.button) is not None
    proof = NO_PROOF if stranger else await outside.prove(run, press)
    return decide(run, press, outside.people, at, proof)


@dataclass
class Carrying:
    """One run in this worker's hands; `run` is replaced with every event that is written."""

    book: Playbook[Any, Any]
    plan: Plan
    run: Run
    outside: Outside
    events: list[Event]

    async def write(self, event: Event) -> None:
        """Write an event down and take it into account; it is tried before it is written."""
        run = after(self.run, event)
        await self.outside.record(event)
        self.events.append(event)
        if isinstance(run, Run):
            self.run = run

    def now(self) -> Moment:
        """The time, as the world tells it."""
        return self.outside.world.now()


async def is_so(carrying: Carrying, step: Do[Any], says: str, *, unsure: bool) -> bool:
    """Ask `check`; in the middle of an interrupted act it may take a while to answer at all."""
    give_up = carrying.now() + step.within
    while True:
        try:
            return await step.check(carrying.plan, carrying.outside.world)
        except Trouble:
            if not unsure:
                raise
            if carrying.now() >= give_up:
                raise nobody_knows(says) from None
        await carrying.outside.pause(POLL)


async def settle(carrying: Carrying, step: Do[Any]) -> None:
    """Verify for as long as the step may take to settle. Raises Trouble after that."""
    give_up = carrying.now() + step.within
    while True:
        try:
            if await step.verify(carrying.plan, carrying.outside.world):
                return
            trouble = does_not_hold(carrying, step)
        except Trouble as error:  # A node that just took a snapshot answers nothing for seconds.
            trouble = error
        if carrying.now() >= give_up:
            raise trouble
        await carrying.outside.pause(POLL)


def failed(carrying: Carrying, says: str, trouble: Trouble) -> StepFailed:
    """Make the event that stops a run."""
    return StepFailed(
        at=carrying.now(), step=says, happened=trouble.happened, left=trouble.left, do=trouble.do
    )


def does_not_hold(carrying: Carrying, step: Step[Any]) -> Trouble:
    """Say what its step says to do where it does not hold."""
    return Trouble(
        f"“{say(step.says, carrying.plan)}” does not hold",
        left="later steps were not begun",
        do=say(step.otherwise, carrying.plan),
    )


def nobody_knows(says: str) -> Trouble:
    """Ask people to look before an interrupted act is repeated."""
    return Trouble(
        f"The worker died in the middle of “{says}”",
        left="nobody knows how far it got, and it was not repeated",
        do="look at the cluster, then press Try again, Undo or Leave",
    )
