"""Carries one playbook through the real engine over any world, with people who help."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from jobs.people import Button, People, Person, Who
from jobs.runs.events import EVENT, Event, StepFailed
from jobs.runs.execute import carry_on
from jobs.runs.lifecycle import replay
from jobs.runs.planning import ApprovalRules, plan_run
from jobs.runs.proofs import NO_PROOF, Proof, ProofKind
from jobs.runs.requests import Asked, Press
from jobs.runs.state import Run, Running, Stopped, Undoing
from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import NotForMe
from playbooks.core.playbook import Playbook
from playbooks.core.world.world import World
from tests.worlds.toy import ToyWorld

PEOPLE: Final = People(
    persons=tuple(
        Person(id=name, name=name.title(), slack=(f"U{name.upper()}",))
        for name in ("alice", "bob", "carol")
    ),
    approvers=("bob", "carol"),
)
RULES: Final = ApprovalRules(
    needs={Danger.READS: 0, Danger.DISRUPTS: 1, Danger.DESTROYS: 2},
    proofs=dict.fromkeys(Danger, ProofKind.CLICK),
)


class Died(BaseException):
    """The worker was killed here."""


@dataclass
class Rehearsal:
    """One run. `events` is its journal, which outlives any worker that dies."""

    world: World
    book: Playbook[Any, Any]
    meanwhile: Callable[[], Awaitable[None]]  # Time passes, and custodians come.
    events: list[Event] = field(default_factory=list)
    pressed: list[Press] = field(default_factory=list)
    dies: Callable[[Event, str], bool] = lambda _event, _when: False

    @property
    def people(self) -> People:
        return PEOPLE

    async def record(self, event: Event) -> None:
        """Keep the event as it would come back from a store; a worker can die on either side."""
        if self.dies(event, "before"):
            raise Died
        self.events.append(EVENT.validate_json(EVENT.dump_json(event)))
        if self.dies(event, "after"):
            raise Died

    async def presses(self) -> Iterable[Press]:
        return tuple(self.pressed)

    async def prove(self, run: Run, press: Press) -> Proof:
        return NO_PROOF  # A click; signatures are for the tests of approvals.

    def may_go_on(self) -> bool:
        return True

    async def pause(self, span: timedelta) -> None:
        await self.world.pause(span)

    def state(self) -> Run:
        run = replay(self.events)
        assert isinstance(run, Run)
        return run

    async def plan(self, words: tuple[str, ...] = ()) -> None:
        """Ask and look; the look must give a plan."""
        ask = self.book.ask.read(words, Ask(reason="drill"))
        plan = await self.book.look(ask, self.world)
        assert not isinstance(plan, NotForMe), plan
        asked = Asked(
            id="q1",
            run="r-1",
            word=self.book.word,
            ask=ask.model_dump(mode="json"),
            who=Who(id="UALICE", standing="member"),
            channel=None,
            at=self.world.now(),
        )
        await self.record(plan_run(self.book, plan, asked, PEOPLE, RULES))

    def press(self, button: Button, account: str = "UBOB") -> None:
        digest = self.state().planned.digest
        self.pressed.append(
            Press(
                id=f"p{len(self.pressed)}",
                run="r-1",
                button=button,
                digest=digest,
                who=Who(id=account, standing="member"),
                at=self.world.now(),
            )
        )

    def approve(self) -> None:
        if self.state().planned.needs:
            self.press(Button.APPROVE, "UBOB")
            self.press(Button.APPROVE, "UCAROL")

    async def carry(self) -> Run:
        """One worker, from a fresh start; it may die."""
        return await carry_on(self.book, list(self.events), self)

    async def to_its_end(self) -> Run:
        """Workers follow each other and people help, until nothing more can happen."""
        for _ in range(60):
            try:
                run = await self.carry()
            except Died:
                continue
            if not isinstance(run.stage, Running | Undoing):
                return run
            await self.meanwhile()
        message = f"the run never ends: {self.state()}"
        raise AssertionError(message)

    async def despite_questions(self) -> Run:
        """Like `to_its_end`, where people press Try again after a worker died in a bad place."""
        run = await self.to_its_end()
        while isinstance(run.stage, Stopped) and "died in the middle" in run.stage.happened:
            self.press(Button.TRY_AGAIN)
            run = await self.to_its_end()
        return run

    def failures(self) -> list[str]:
        return [event.happened for event in self.events if isinstance(event, StepFailed)]


def in_toy(toy: ToyWorld, book: Playbook[Any, Any]) -> Rehearsal:
    """A run in the stand-in world, where waiting takes no time."""

    async def meanwhile() -> None:
        toy.clock += timedelta(seconds=2)
        for node in toy.machines.nodes.values():
            if toy.machines.kind(node) == "sealed":
                toy.unseal(node.name)
        toy.ceremony.step()

    return Rehearsal(toy.world(), book, meanwhile)
