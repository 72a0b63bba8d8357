"""A room with three lamps: the smallest world in which every verb of a playbook has a part."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from jobs.people import Button, People, Person, Who
from jobs.runs.events import EVENT, Event, Planned
from jobs.runs.execute import carry_on
from jobs.runs.lifecycle import replay
from jobs.runs.planning import ApprovalRules, plan_run
from jobs.runs.proofs import NO_PROOF, Proof, ProofKind
from jobs.runs.requests import Asked, Press
from jobs.runs.state import Run, Running, Undoing
from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import NotForMe, Plan
from playbooks.core.playbook import Playbook
from playbooks.core.step import (
    HARMLESS,
    Act,
    CannotUndo,
    Harmless,
    Holds,
    Instead,
    NotYet,
    Step,
    do,
    prove,
    wait_until,
)
from playbooks.core.trouble import Trouble
from playbooks.core.world.world import World
from tests.worlds.toy import ToyWorld

START: Final = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PEOPLE: Final = People(
    persons=(
        Person(id="alice", name="Alice", slack=("UALICE",)),
        Person(id="bob", name="Bob", slack=("UBOB", "UBOBTWO")),
        Person(id="carol", name="Carol", slack=("UCAROL",)),
        Person(id="dave", name="Dave", slack=("UDAVE",)),
    ),
    approvers=("bob", "carol", "dave"),
)
RULES: Final = ApprovalRules(
    needs={Danger.READS: 0, Danger.DISRUPTS: 1, Danger.DESTROYS: 2},
    proofs=dict.fromkeys(Danger, ProofKind.CLICK),
)

EMPTY: Final = "Prove that the room is empty"
FIRST: Final = "Light the first lamp"
SECOND: Final = "Light the second lamp"
WATCHED: Final = "Wait until two people watch"
THIRD: Final = "Light the third lamp"
SEEN: Final = "Prove that all lamps are lit"
STEPS: Final = (EMPTY, FIRST, SECOND, WATCHED, THIRD, SEEN)


class Died(BaseException):
    """The worker was killed here."""


@dataclass
class Room:
    """What the steps look at and change. Set a field to make the next visit go wrong."""

    empty: bool = True
    lit: set[str] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)
    watchers: int = 2
    fails: set[str] = field(default_factory=set)  # Acts that raise Trouble.
    dark: set[str] = field(default_factory=set)  # Lamps that stay dark when lit.
    stuck: set[str] = field(default_factory=set)  # Lamps that cannot be put out.

    def is_lit(self, lamp: str) -> Callable[[Plan, World], Any]:
        async def check(plan: Plan, world: World) -> bool:
            return lamp in self.lit

        return check

    def light(self, lamp: str) -> Callable[[Plan, World], Any]:
        async def act(plan: Plan, world: World) -> None:
            self.acts.append(lamp)
            if lamp in self.fails:
                raise Trouble(f"The {lamp} lamp broke", left="it is dark", do="change it")
            if lamp not in self.dark:
                self.lit.add(lamp)

        return act

    def put_out(self, lamp: str) -> Callable[[Plan, World], Any]:
        async def undo(plan: Plan, world: World) -> None:
            self.acts.append(f"-{lamp}")
            if lamp not in self.stuck:
                self.lit.discard(lamp)

        return undo

    async def is_empty(self, plan: Plan, world: World) -> bool:
        return self.empty

    async def is_watched(self, plan: Plan, world: World) -> Holds | NotYet:
        return Holds() if self.watchers >= 2 else NotYet(f"{self.watchers} of 2 people")

    async def all_are_lit(self, plan: Plan, world: World) -> bool:
        return self.lit >= {"first", "second", "third"}


async def _look(ask: Ask, world: World) -> Plan | NotForMe:
    return Plan(cluster="prod")


def playbook(
    room: Room,
    *,
    danger: Danger = Danger.DESTROYS,
    third: Harmless | Instead | CannotUndo | None = None,
) -> Playbook[Ask, Plan]:
    """The table; `third` is how the third lamp is undone, by default by putting it out."""
    return Playbook(
        name="light_lamps",
        word="light",
        usage="",
        about="Lights three lamps",
        ask=Ask,
        look=_look,
        plan=Plan,
        danger=lambda _: danger,
        objective=None,
        holds=lambda plan: (f"cluster:{plan.cluster}",),
        steps=_steps(room, third or room.put_out("third")),
    )


def _steps(
    room: Room, third: Act[Plan] | Harmless | Instead | CannotUndo
) -> tuple[Step[Plan], ...]:
    return (
        prove(EMPTY, room.is_empty, otherwise="send everybody out, then press Try again"),
        do(
            FIRST,
            check=room.is_lit("first"),
            act=room.light("first"),
            undo=room.put_out("first"),
            within=timedelta(seconds=2),
            if_interrupted="act again",
        ),
        do(
            SECOND,
            check=room.is_lit("second"),
            act=room.light("second"),
            undo=HARMLESS,
            if_interrupted="ask",
        ),
        wait_until(
            WATCHED,
            room.is_watched,
            within=timedelta(minutes=10),
            otherwise="call somebody, then press Try again",
        ),
        do(
            THIRD,
            check=room.is_lit("third"),
            act=room.light("third"),
            undo=third,
            if_interrupted="act again",
        ),
        prove(SEEN, room.all_are_lit, otherwise="look at the lamps"),
    )


def plan(book: Playbook[Ask, Plan]) -> Planned:
    """Alice's request and the plan it leads to."""
    asked = Asked(
        id="q-1",
        run="r-1",
        word=book.word,
        ask=Ask(reason="it is dark").model_dump(mode="json"),
        who=Who(id="UALICE", standing="member"),
        channel="C1",
        at=START,
    )
    return plan_run(book, Plan(cluster="prod"), asked, PEOPLE, RULES)


def press(planned: Planned, button: Button, account: str = "UBOB", **changes: object) -> Press:
    """A press as the bot passes it on; its id is its account and button unless it is given."""
    made = Press(
        id=f"{account}.{button.name.lower()}",
        run=planned.run,
        button=button,
        digest=planned.digest,
        who=Who(id=account, standing="member"),
        at=START,
    )
    return made.model_copy(update=changes)


@dataclass
class Stage:
    """Workers that carry the run one after another, over a journal that outlives them."""

    room: Room
    book: Playbook[Ask, Plan]
    events: list[Event]
    pressed: list[Press] = field(default_factory=list)
    toy: ToyWorld = field(default_factory=ToyWorld)
    dies: Callable[[Event, str], bool] = lambda _event, _side: False
    goes_on: Callable[[], bool] = lambda: True

    @property
    def world(self) -> World:
        return self.toy.world()

    @property
    def people(self) -> People:
        return PEOPLE

    @property
    def run(self) -> Run:
        run = replay(self.events)
        assert isinstance(run, Run)
        return run

    async def record(self, event: Event) -> None:
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
        return self.goes_on()

    async def pause(self, span: timedelta) -> None:
        await self.toy.pause(span)

    def press(self, button: Button, account: str = "UBOB", **changes: object) -> None:
        planned = self.run.planned
        id = changes.pop("id", f"p-{len(self.pressed)}")
        self.pressed.append(press(planned, button, account, id=id, **changes))

    def approve(self) -> None:
        self.press(Button.APPROVE, "UBOB")
        self.press(Button.APPROVE, "UCAROL")

    async def carry(self) -> Run:
        """One worker, from a fresh start; it may die."""
        return await carry_on(self.book, list(self.events), self)

    async def to_rest(self) -> Run:
        """Workers follow each other until the run needs people, has ended, or waits in vain."""
        for _ in range(40):
            try:
                run = await self.carry()
            except Died:
                continue
            if not isinstance(run.stage, Running | Undoing):
                return run
            self.toy.clock += timedelta(seconds=30)
        return self.run

    async def carry_until(self, says: str) -> None:
        """Carry the run until this step is done, and no further."""
        self.goes_on = lambda: next(
            step.status != "done" for step in self.run.steps if step.says == says
        )
        await self.to_rest()
        self.goes_on = lambda: True

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def begin(room: Room | None = None, book: Playbook[Ask, Plan] | None = None) -> Stage:
    """A run that waits for approval."""
    room = room or Room()
    stage = Stage(room, book or playbook(room), [])
    stage.toy.clock = START
    stage.events.append(plan(stage.book))
    return stage


def begun(room: Room | None = None, book: Playbook[Ask, Plan] | None = None) -> Stage:
    """A run that two people have approved."""
    stage = begin(room, book)
    stage.approve()
    return stage
