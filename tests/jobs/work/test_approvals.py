"""Laws of approval: what is done is what people read, and nothing before they agreed."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from jobs.people import Button
from jobs.records.board import Board
from jobs.runs.events import Event, StepDone
from jobs.runs.planning import plan_run
from jobs.runs.requests import Press
from jobs.runs.state import Stopped
from jobs.work.bell import Bell
from jobs.work.drive import Driver
from jobs.work.look import write_first
from jobs.work.worker import functions_of
from jobs.work.workshop import Trusted, Workshop, opened
from playbooks.cluster import seal
from playbooks.core.danger import Danger
from playbooks.core.plan import NodesPlan
from playbooks.core.playbook import Playbook
from playbooks.core.step import Do
from playbooks.core.trouble import Trouble
from tests.jobs.bench import PEOPLE, RULES, Place, now
from tests.jobs.toys import TOY, ToyAsk, ToyPlan
from tests.jobs.work.hands import ALL, RUN, approve, begin, drive


async def test_nothing_is_done_before_enough_people_approved(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await place.press(RUN, Button.APPROVE, "alice")
    await place.press(RUN, Button.APPROVE, "bob")
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    assert await place.kinds(RUN) == ["planned", "refused", "approved", "refused"]
    assert place.effects(RUN) == []


async def test_a_press_is_answered_once_however_often_it_is_delivered(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    press = await place.press(RUN, Button.APPROVE, "bob")
    await place.put(press)
    await drive(place, RUN)
    await place.put(press)
    await drive(place, RUN)
    assert await place.kinds(RUN) == ["planned", "approved"]


async def test_an_approver_who_was_removed_stops_the_run_at_the_next_step(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)

    def remove(driver: Driver) -> None:
        people = driver.shop.people.model_copy(update={"approvers": ("carol",)})
        driver.shop = replace(driver.shop, people=people)

    await drive(place, RUN, change=remove)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "bob is no approver any more" in state.stage.happened


async def test_an_approval_that_comes_in_a_gap_starts_nothing_before_the_locks(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")

    def delay(driver: Driver) -> None:
        presses = driver.records.inbox.presses

        async def first_nothing(run: str) -> tuple[Press, ...]:
            driver.records.inbox.presses = presses  # type: ignore[method-assign]  # as before
            return ()

        driver.records.inbox.presses = first_nothing  # type: ignore[method-assign]  # comes late

    await drive(place, RUN, change=delay)
    assert place.effects(RUN) == []
    await drive(place, RUN)
    assert place.effects(RUN) == ALL


async def forge(place: Place, **changed: object) -> None:
    """Write a first event as a stolen looker could: signed, but not what the plan says."""
    asked = await place.ask(RUN, danger=Danger.DESTROYS)
    ask = ToyAsk.model_validate(asked.ask)
    fields = ask.model_dump(include=set(ToyPlan.model_fields) - {"cluster"})
    true = plan_run(TOY, ToyPlan(cluster="toy", **fields), asked, PEOPLE, RULES)
    async with opened(place.workshop("look")) as records:
        await write_first(records, true.model_copy(update=changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"needs": 0},
        {"danger": Danger.READS, "needs": 1},
        {"holds": ()},
        {"tells": ("nothing is lost",)},
        {"plan": {}},
        {"requester": "mallory"},
        {"expires_at": now() + timedelta(days=9)},
    ],
    ids=" and ".join,
)
async def test_what_a_stolen_looker_writes_is_worked_out_again(
    place: Place, changed: dict[str, object]
) -> None:
    if changed == {"plan": {}}:
        plan = {"place": str(place.folder), "run": RUN, "danger": "destroys"}
        rest = {"cluster": "toy", "waits": False, "breaks": False, "pause": 0.0}
        changed = {"plan": {**plan, **rest}}
    await forge(place, **changed)
    await approve(place)
    await drive(place, RUN)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "the plan is another one" in state.stage.happened
    assert place.effects(RUN) == []


async def test_every_node_means_every_node_of_the_workers_own_configuration(place: Place) -> None:
    """A taken-over looker could leave out the node that an intruder works on."""
    asked = await place.ask(RUN, word="seal")
    asked = asked.model_copy(update={"ask": {"reason": "a breach"}})
    async with opened(place.workshop("look", seal.PLAYBOOK)) as records:
        plan = NodesPlan(cluster="prod", nodes=("n2",))
        await write_first(records, plan_run(seal.PLAYBOOK, plan, asked, PEOPLE, RULES))
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN, seal.PLAYBOOK)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "it names other nodes than prod has" in state.stage.happened
    assert state.started_at is None or not state.acted()


async def test_a_run_whose_table_changed_is_left_alone_until_people_end_it(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")
    rest, last = TOY.steps[:-1], TOY.steps[-1]
    assert isinstance(last, Do)
    changed: Playbook[Any, Any] = replace(
        TOY, steps=(*rest, replace(last, within=timedelta(seconds=9)))
    )
    await drive(place, RUN, changed)
    assert await place.kinds(RUN) == ["planned"]
    assert place.effects(RUN) == []
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "planned by another version of the table" in note.says
    await place.press(RUN, Button.DENY, "carol")
    await drive(place, RUN, changed)
    assert (await place.kinds(RUN))[-1] == "cancelled"


async def test_the_note_goes_when_a_worker_of_the_right_version_comes(place: Place) -> None:
    await begin(place)
    changed: Playbook[Any, Any] = replace(TOY, steps=TOY.steps[:-1])
    await drive(place, RUN, changed)
    await drive(place, RUN)
    assert await Board(place.address("bot").connect()).note(RUN) is None
    assert place.effects(RUN) == ALL


async def test_a_plan_that_nobody_approved_expires_and_stays_so(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)

    def later(driver: Driver) -> None:
        def clock() -> datetime:
            return now() + timedelta(minutes=61)

        driver.shop = replace(driver.shop, now=clock)
        driver.world = replace(driver.world, now=clock)

    await drive(place, RUN, change=later)
    await place.press(RUN, Button.APPROVE, "carol")
    await drive(place, RUN)
    assert await place.kinds(RUN) == ["planned", "approved", "expired", "refused"]
    assert place.effects(RUN) == []


async def test_try_again_does_not_bring_a_withdrawn_approval_back(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)

    def both_pressed_at_one_boundary(driver: Driver) -> None:
        record = driver.record

        async def recorded(event: Event) -> None:
            await record(event)
            if isinstance(event, StepDone) and event.step == "Write one":
                await place.press(RUN, Button.WITHDRAW, "bob")
                await place.press(RUN, Button.TRY_AGAIN, "alice")

        driver.record = recorded  # type: ignore[method-assign]  # the moment

    await drive(place, RUN, change=both_pressed_at_one_boundary)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert place.effects(RUN) == ["one"]
    assert state.refusals[-1].why.startswith("1 of 2 approvals are left")


async def hear(shop: Workshop, place: Place) -> None:
    """Let a worker hear one ring of the run, as its work-horse does."""
    client = place.address("worker").connect_sync()
    try:
        functions = functions_of(shop, Bell(client, place.bell_secret), lambda: False)
        await asyncio.to_thread(functions["act"], RUN)
    finally:
        client.close()


async def test_whoever_is_taken_out_of_the_configuration_counts_no_more_at_the_next_ring(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    shop = place.workshop("act")
    trusted = Trusted(people=PEOPLE, rules=RULES, signers=shop.signers, codes={})
    without = replace(trusted, people=PEOPLE.model_copy(update={"approvers": ("carol",)}))
    await hear(replace(shop, trusted=lambda: trusted), place)
    done = place.effects(RUN)
    for number in range(2):
        (place.folder / "work" / RUN / f"knock-{number}").touch()
    await hear(replace(shop, trusted=lambda: without), place)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "bob is no approver any more" in state.stage.happened
    assert place.effects(RUN) == done


async def test_a_configuration_that_cannot_be_read_lets_nothing_go_on_and_says_so(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")

    def broken() -> Trusted:
        raise Trouble("The file ends in the middle of a line", left="nothing", do="mend it")

    await hear(replace(place.workshop("act"), trusted=broken), place)
    assert await place.kinds(RUN) == ["planned"]
    connection = place.address("bot").connect()
    note = await Board(connection).note(RUN)
    await connection.close()
    assert note is not None
    assert "does not go on yet: The file ends in the middle of a line" in note.says
    await hear(place.workshop("act"), place)
    assert place.effects(RUN) == ALL
