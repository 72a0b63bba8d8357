"""Laws of driving a run, with the real records and no process in between."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.people import Button
from jobs.records.board import Board
from jobs.records.journal import Entry
from jobs.records.lease import held
from jobs.runs.events import Event, StepDone, StepFailed, StepStarted, Waits
from jobs.runs.planning import plan_run
from jobs.runs.requests import Press
from jobs.runs.state import Ended, Running, Stopped
from jobs.work.drive import Driver
from jobs.work.look import write_first
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from playbooks.core.playbook import Playbook
from playbooks.core.step import Do
from tests.jobs.bench import PEOPLE, RULES, Place, now
from tests.jobs.toys import TOY, ToyAsk, ToyPlan
from tests.jobs.work.hands import drive, look_at
from tests.servers import Valkey

RUN = "run-1"
ALL = ["one", "two", "three", "verified three"]


class Died(BaseException):
    """The worker was killed here."""


def dies_at(kind: type[Event], *, before: bool, step: str | None = None) -> Any:
    """Make a driver that dies on one side of writing an event."""

    def change(driver: Driver) -> None:
        record = driver.record

        async def dying(event: Event) -> None:
            hit = isinstance(event, kind) and step in {None, getattr(event, "step", None)}
            if hit and before:
                raise Died
            await record(event)
            if hit:
                raise Died

        driver.record = dying  # type: ignore[method-assign]  # the kill

    return change


async def begin(place: Place, **fields: Any) -> None:
    await place.ask(RUN, **fields)
    await look_at(place, RUN)


async def approve(place: Place) -> None:
    await place.press(RUN, Button.APPROVE, "bob")
    await place.press(RUN, Button.APPROVE, "carol")


async def test_a_run_that_only_reads_needs_nobody_and_holds_nothing(place: Place) -> None:
    await begin(place)
    await drive(place, RUN)
    assert isinstance((await place.state(RUN)).stage, Ended)
    assert place.effects(RUN) == ALL
    assert await place.objects().list("locks/") == ()


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


async def test_the_locks_are_taken_before_the_first_step_and_freed_at_the_end(
    place: Place,
) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)
    held_by: list[object] = []

    def watch(driver: Driver) -> None:
        record = driver.record

        async def watching(event: Event) -> None:
            if isinstance(event, StepDone):
                held_by.append((await driver.records.locks.last("cluster:toy")) is not None)
            await record(event)

        driver.record = watching  # type: ignore[method-assign]  # looks, then writes as before

    await drive(place, RUN, change=watch)
    assert held_by == [True] * 4
    assert await place.objects().list("locks/") == (
        "locks/cluster:toy/000001.freed.json",
        "locks/cluster:toy/000001.json",
    )


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("kind", [StepStarted, StepDone])
@pytest.mark.parametrize("danger", [Danger.READS, Danger.DESTROYS])
async def test_a_run_whose_worker_died_ends_the_same(
    place: Place, kind: type[Event], danger: Danger, *, before: bool
) -> None:
    await begin(place, danger=danger)
    await approve(place)
    with pytest.raises(Died):
        await drive(place, RUN, change=dies_at(kind, before=before, step="Write two"))
    await drive(place, RUN)
    assert isinstance((await place.state(RUN)).stage, Ended)
    assert place.effects(RUN) == ALL


async def test_two_workers_on_one_run_and_one_drives(place: Place) -> None:
    await begin(place, pause=0.1)
    answers = await asyncio.gather(*(drive(place, RUN) for _ in range(4)))
    assert answers.count(True) == 1
    assert place.effects(RUN) == ALL


async def test_a_worker_that_lost_its_lease_begins_no_other_step(place: Place) -> None:
    await begin(place)

    def lose(driver: Driver) -> None:
        record = driver.record

        async def losing(event: Event) -> None:
            await record(event)
            driver.lease.lost = isinstance(event, StepDone) and event.step == "Write one"

        driver.record = losing  # type: ignore[method-assign]  # writes, then loses the lease

    await drive(place, RUN, change=lose)
    assert place.effects(RUN) == ["one"]
    assert isinstance((await place.state(RUN)).stage, Running)


async def test_already_so_is_still_verified(place: Place) -> None:
    await begin(place)
    for name in ("three", "one"):
        (place.folder / "work" / RUN / f"{name}.mark").touch()
    await drive(place, RUN)
    assert place.effects(RUN) == ["two", "verified three"]
    done = {step.says: step.already for step in (await place.state(RUN)).steps}
    assert done["Write three"]
    assert done["Write one"]
    assert not done["Write two"]


async def test_already_so_that_does_not_verify_stops_the_run(place: Place) -> None:
    await begin(place)
    for name in ("three.mark", "bad"):
        (place.folder / "work" / RUN / name).touch()
    await drive(place, RUN)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert state.stage.step == "Write three"


async def test_a_cancel_is_heard_between_two_steps(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")

    def cancel(driver: Driver) -> None:
        record = driver.record

        async def cancelling(event: Event) -> None:
            await record(event)
            if isinstance(event, StepStarted) and event.step == "Write two":
                await place.press(RUN, Button.CANCEL, "alice")

        driver.record = cancelling  # type: ignore[method-assign]  # presses a button meanwhile

    await drive(place, RUN, change=cancel)
    assert place.effects(RUN) == ["one", "two"]
    assert (await place.kinds(RUN))[-1] == "cancelled"
    # A stopped run keeps what it holds.
    assert await place.objects().list("locks/") == ("locks/cluster:toy/000001.json",)


async def test_undo_is_journaled_before_it_acts(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    await place.press(RUN, Button.CANCEL, "alice")
    await drive(place, RUN)
    await place.press(RUN, Button.UNDO, "bob")
    seen: list[list[str]] = []

    def watch(driver: Driver) -> None:
        record = driver.record

        async def watching(event: Event) -> None:
            await record(event)
            if event.kind == "undo started":
                seen.append(place.effects(RUN))

        driver.record = watching  # type: ignore[method-assign]  # writes, then looks

    await drive(place, RUN, change=watch)
    assert seen == [["one", "two"], ["one", "two", "undo two"]]
    assert place.effects(RUN) == ["one", "two", "undo two", "undo one"]
    assert (await place.state(RUN)).stage == Ended("undone")


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


async def test_waiting_gives_the_worker_back_and_its_limit_survives_restarts(
    place: Place,
) -> None:
    await begin(place, waits=True)
    await drive(place, RUN)
    folder: Path = place.folder / "work" / RUN
    [first] = [event for event in (await place.history(RUN)).events if isinstance(event, Waits)]
    assert first.says == "0 of 2 knocks"
    (folder / "knock-1").touch()
    await drive(place, RUN)
    await drive(place, RUN)
    waits = [event for event in (await place.history(RUN)).events if isinstance(event, Waits)]
    assert [(event.says, event.since) for event in waits] == [
        ("0 of 2 knocks", first.since),
        ("1 of 2 knocks", first.since),
    ]
    late = place.workshop("act")
    assert late.now() - first.since < timedelta(seconds=4)
    async with asyncio.timeout(8):
        while isinstance((await place.state(RUN)).stage, Running):
            await drive(place, RUN)
    [failed] = [e for e in (await place.history(RUN)).events if isinstance(e, StepFailed)]
    assert timedelta(seconds=4) <= failed.at - first.since < timedelta(seconds=6)
    # Try again begins a new wait; the run goes on as soon as it is over.
    (folder / "knock-2").touch()
    await place.press(RUN, Button.TRY_AGAIN, "alice")
    await drive(place, RUN)
    assert isinstance((await place.state(RUN)).stage, Ended)


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


async def test_a_second_run_on_the_same_cluster_waits_for_the_first(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.ask("run-2", danger=Danger.DISRUPTS)
    await look_at(place, "run-2")  # Planned before the first one holds anything.
    await place.press(RUN, Button.APPROVE, "bob")
    await place.press("run-2", Button.APPROVE, "bob")
    await drive(place, RUN)
    await drive(place, "run-2")
    state = await place.state("run-2")
    assert isinstance(state.stage, Stopped)
    assert "Run run-1 holds cluster:toy" in state.stage.happened
    assert place.effects("run-2") == []
    for name in ("knock-1", "knock-2"):
        (place.folder / "work" / RUN / name).touch()
    await drive(place, RUN)
    await place.press("run-2", Button.TRY_AGAIN, "alice")
    await drive(place, "run-2")
    assert isinstance((await place.state("run-2")).stage, Ended)


async def test_a_lock_left_behind_by_an_ended_run_is_taken_over(place: Place) -> None:
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")

    def forget(driver: Driver) -> None:
        async def free(_name: str, _run: str) -> None:
            """Die before anything is freed."""

        driver.records.locks.free = free  # type: ignore[method-assign, assignment]  # the kill

    await drive(place, RUN, change=forget)
    await place.ask("run-2", danger=Danger.DISRUPTS)
    await look_at(place, "run-2")
    await place.press("run-2", Button.APPROVE, "bob")
    await drive(place, "run-2")
    assert isinstance((await place.state("run-2")).stage, Ended)
    lock = json.loads(await place.objects().get("locks/cluster:toy/000002.json") or b"")
    assert (lock["run"], lock["left_behind"]) == ("run-2", RUN)


async def test_a_run_whose_lock_was_taken_over_begins_nothing_more(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)

    def take_over(driver: Driver) -> None:
        record = driver.record

        async def taking(event: Event) -> None:
            await record(event)
            if isinstance(event, StepDone) and event.step == "Write one":
                await driver.records.locks.take("cluster:toy", "run-9", now(), over=RUN)

        driver.record = taking  # type: ignore[method-assign]  # another run takes over meanwhile

    await drive(place, RUN, change=take_over)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "does not hold cluster:toy any more" in state.stage.happened
    assert place.effects(RUN) == ["one"]


async def test_a_destructive_step_is_in_the_store_before_it_is_in_redis(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)

    def die(driver: Driver) -> None:
        append = driver.records.journal.append

        async def dying(history: Any, entry: Entry, epoch: int) -> Any:
            if '"step started"' in entry.body:
                raise Died
            return await append(history, entry, epoch)

        driver.records.journal.append = dying  # type: ignore[method-assign]  # the kill

    with pytest.raises(Died):
        await drive(place, RUN, change=die)
    in_redis = len((await place.history(RUN)).entries)
    assert len(await place.objects().list(f"journal/{RUN}/")) == in_redis + 1
    assert place.effects(RUN) == []
    # The next driver adopts that very event and follows `if_interrupted`.
    orphan = await place.objects().get(f"journal/{RUN}/{in_redis + 1:06d}.json")
    await drive(place, RUN)
    history = await place.history(RUN)
    assert history.entries[in_redis].model_dump_json().encode() == orphan
    assert isinstance((await place.state(RUN)).stage, Ended)
    assert place.effects(RUN) == ALL


async def test_a_destructive_step_does_not_begin_while_the_store_is_away(place: Place) -> None:
    await begin(place, danger=Danger.DESTROYS)
    await approve(place)

    def break_store(driver: Driver) -> None:
        for _ in range(1):
            (place.folder / "store" / "journal").rename(place.folder / "away")
            (place.folder / "store" / "journal").touch()  # No folder can be made here now.

    await drive(place, RUN, change=break_store)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "store" in state.stage.happened
    assert place.effects(RUN) == []


async def test_a_store_that_is_ahead_by_more_than_one_stops_every_worker(
    place: Place, valkey: Valkey
) -> None:
    await begin(place, danger=Danger.DISRUPTS, waits=True)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    admin = valkey.admin()
    entries: Any = admin.xrange(f"journal:{RUN}")
    for id, _ in entries[3:]:
        admin.xdel(f"journal:{RUN}", id)
    admin.hset(f"run:{RUN}", mapping={"length": 3, "head": entries[2][1]["hash"]})
    assert not await drive(place, RUN)
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "Redis has lost what happened" in note.says
    assert len((await place.history(RUN)).entries) == 3


async def test_no_run_goes_on_by_itself_on_another_redis(place: Place, valkey: Valkey) -> None:
    await begin(place, waits=True)
    await drive(place, RUN)
    valkey.admin().set("generation", "another")
    before = await place.kinds(RUN)
    assert not await drive(place, RUN)
    assert await place.kinds(RUN) == before
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "not the one that the object store knows" in note.says


async def test_an_altered_journal_stops_every_worker(place: Place, valkey: Valkey) -> None:
    await begin(place, waits=True)
    await drive(place, RUN)
    valkey.admin().xadd(f"journal:{RUN}", {"body": "forged"})
    assert not await drive(place, RUN)
    note = await Board(place.address("bot").connect()).note(RUN)
    assert note is not None
    assert "Event" in note.says


async def test_a_run_in_other_hands_is_not_touched(place: Place) -> None:
    await begin(place)
    address = place.address("worker")
    connection = address.connect()
    async with held(connection, address, f"lease:{RUN}", "other"):
        assert not await drive(place, RUN)
    await connection.close()
    assert await place.kinds(RUN) == ["planned"]


async def test_a_worker_that_is_told_to_stop_stops_between_two_steps(place: Place) -> None:
    await begin(place)
    await drive(place, RUN, stop=lambda: len(place.effects(RUN)) >= 1)
    assert place.effects(RUN) == ["one"]
    await drive(place, RUN)
    assert place.effects(RUN) == ALL


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
    ids=str,
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


async def test_a_lock_of_a_run_that_nobody_knows_is_not_taken_over(place: Place) -> None:
    async with opened(place.workshop("act")) as records:
        await records.locks.take("cluster:toy", "run-9", now(), over=None)
    await begin(place, danger=Danger.DISRUPTS)
    await place.press(RUN, Button.APPROVE, "bob")
    await drive(place, RUN)
    state = await place.state(RUN)
    assert isinstance(state.stage, Stopped)
    assert "Run run-9 holds cluster:toy" in state.stage.happened


@pytest.mark.parametrize("wrong", ["previous", "kind", "signature"])
async def test_only_a_step_that_follows_redis_head_is_adopted(place: Place, wrong: str) -> None:
    await begin(place, waits=True)
    history = await place.history(RUN)
    async with opened(place.workshop("act")) as records:
        event: Event = StepStarted(at=now(), step="Write one", again=False)
        if wrong == "kind":
            event = StepDone(at=now(), step="Prove that the folder is there", already=False)
        base = replace(history, entries=(), events=()) if wrong == "previous" else history
        entry = records.journal.seal(base, event, 1)
        if wrong == "previous":
            entry = entry.model_copy(update={"number": 2})
        if wrong == "signature":
            entry = entry.model_copy(update={"signature": "AAAA"})
    await place.objects().create(f"journal/{RUN}/000002.json", entry.model_dump_json().encode())
    assert not await drive(place, RUN)
    assert await place.kinds(RUN) == ["planned"]
    assert await Board(place.address("bot").connect()).note(RUN) is not None
