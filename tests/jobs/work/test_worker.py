"""Laws of the worker and scheduler processes, with real ones that are really killed."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest
from rq.queue import Queue

from jobs.people import Button
from jobs.runs.events import Broke, StepStarted
from jobs.work.bell import Bell
from jobs.work.rings import Ring, SignedJson
from playbooks.core.danger import Danger
from tests.jobs.bench import Place
from tests.jobs.processes import horses, is_gone, running, start, wait_for
from tests.servers import Valkey

ENDS = {"finished", "plan refused", "cancelled", "expired", "broke", "step failed"}
ALL = ["one", "two", "three", "verified three"]


async def until(condition: Callable[[], bool], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


async def until_kind(place: Place, run: str, *kinds: str, within: float = 30.0) -> list[str]:
    """Wait until the last event of a run is one of these."""
    async with asyncio.timeout(within):
        while True:
            seen = await place.kinds(run)
            if seen and seen[-1] in kinds:
                return seen
            await asyncio.sleep(0.05)


async def test_what_is_asked_for_is_looked_at_approved_and_carried_to_its_end(
    place: Place,
) -> None:
    with running(place, "look", "act", "scheduler"):
        await place.ask("run-1", danger=Danger.DESTROYS)
        await until_kind(place, "run-1", "planned")
        await place.press("run-1", Button.APPROVE, "bob")
        await place.press("run-1", Button.APPROVE, "carol")
        kinds = await until_kind(place, "run-1", *ENDS)
    assert kinds[:3] == ["planned", "approved", "approved"]
    assert kinds[-1] == "finished"
    assert place.effects("run-1") == ALL
    copies = await place.objects().list("journal/run-1/")
    assert len(copies) == len(kinds)


@pytest.mark.parametrize("victim", ["worker", "horse"])
async def test_a_killed_workers_run_goes_on_elsewhere_within_ten_seconds(
    place: Place, victim: str, record_property: Callable[[str, object], None]
) -> None:
    with running(place, "look", "act", "act", "scheduler") as processes:
        workers = processes[1:3]
        await place.ask("run-1", pause=1.0)
        await until(lambda: place.effects("run-1") == ["one"])
        busy = next(worker for worker in workers if horses(worker))
        [horse] = horses(busy)
        os.kill(busy.pid if victim == "worker" else horse.pid, signal.SIGKILL)
        begun = monotonic()
        wait_for(lambda: is_gone(horse), 2)
        await until(lambda: len(place.effects("run-1")) >= 2)
        took = monotonic() - begun
        await until_kind(place, "run-1", *ENDS)
    record_property("seconds", took)
    print(f"{victim} killed: went on after {took:.1f} s")
    assert took < 10
    assert place.effects("run-1") == ["one", "one", "two", "three", "verified three"]
    begun_events = [
        event.again
        for event in (await place.history("run-1")).events
        if isinstance(event, StepStarted) and event.step == "Write one"
    ]
    assert begun_events == [False, True]


async def test_a_frozen_worker_does_not_write_after_another_took_over(place: Place) -> None:
    with running(place, "look", "act", "act", "scheduler") as processes:
        await place.ask("run-1", pause=1.0)
        await until(lambda: place.effects("run-1") == ["one"])
        busy = next(worker for worker in processes[1:3] if horses(worker))
        [horse] = horses(busy)
        horse.suspend()
        await until(lambda: "two" in place.effects("run-1"))
        horse.resume()
        await until_kind(place, "run-1", *ENDS)
        await until(lambda: is_gone(horse))
    history = await place.history("run-1")
    kinds = [(event.kind, getattr(event, "step", None)) for event in history.events]
    for step in ("Write one", "Write two", "Write three"):
        assert kinds.count(("step done", step)) == 1
    assert place.effects("run-1") == ["one", "one", "two", "three", "verified three"]


async def test_a_bug_stops_the_run_and_its_text_is_told_nowhere(place: Place) -> None:
    with running(place, "look", "act", "scheduler"):
        await place.ask("run-1", breaks=True)
        await until_kind(place, "run-1", "broke")
        history = await place.history("run-1")
        broke = history.events[-1]
        assert isinstance(broke, Broke)
        assert broke.step == "Break down"
        log = (place.folder / "act.log").read_text()
        # It is found by its id, with its kind and its place.
        assert broke.error_id in log
        assert "RuntimeError" in log
        assert "toys.py" in log
        # Mended, it goes on.
        (place.folder / "work" / "run-1" / "mended").touch()
        await place.press("run-1", Button.TRY_AGAIN, "alice")
        await until_kind(place, "run-1", "finished")
    for file in place.folder.rglob("*"):
        if file.is_file():
            assert b"s3cr3t" not in file.read_bytes(), file


async def test_a_bug_of_a_look_refuses_the_plan(place: Place) -> None:
    with running(place, "look", "scheduler"):
        await place.ask("run-1", answer="break")
        await until_kind(place, "run-1", "plan refused")
    [refusal] = (await place.history("run-1")).events
    assert "fault of its own" in str(refusal)
    assert "s3cr3t" not in str(refusal)
    assert "s3cr3t" not in (place.folder / "look.log").read_text()


async def test_a_wait_frees_the_worker_for_another_run(place: Place) -> None:
    with running(place, "look", "act", "scheduler") as processes:
        await place.ask("run-1", waits=True)
        await until_kind(place, "run-1", "waits")
        await place.ask("run-2")
        await until_kind(place, "run-2", "finished")
        assert (await place.kinds("run-1"))[-1] == "waits"
        await until(lambda: not horses(processes[1]))
        for knock in ("knock-1", "knock-2"):
            (place.folder / "work" / "run-1" / knock).touch()
        await until_kind(place, "run-1", "finished", within=8)


async def test_a_worker_that_is_told_to_end_stops_at_the_step_and_another_goes_on(
    place: Place,
) -> None:
    with running(place, "look", "act", "scheduler") as processes:
        await place.ask("run-1", pause=1.0)
        await until(lambda: place.effects("run-1") == ["one"])
        processes[1].send_signal(signal.SIGTERM)
        processes[1].wait(5)
        assert place.effects("run-1") == ["one"]
        second = start(place, "act")
        try:
            await until_kind(place, "run-1", "finished")
        finally:
            second.send_signal(signal.SIGTERM)
            second.wait(5)
    assert place.effects("run-1") == ALL


async def test_a_restart_of_redis_in_the_middle_changes_nothing(
    own_place: Place, own_valkey: Valkey
) -> None:
    place = own_place
    with running(place, "look", "act", "scheduler"):
        await place.ask("run-1", danger=Danger.DESTROYS, pause=0.7)
        await until_kind(place, "run-1", "planned")
        await place.press("run-1", Button.APPROVE, "bob")
        await place.press("run-1", Button.APPROVE, "carol")
        await until(lambda: place.effects("run-1") == ["one"])
        own_valkey.kill()
        await asyncio.sleep(2)  # How long it is away is what is tried here.
        own_valkey.start()
        await until_kind(place, "run-1", *ENDS)
    kinds = await place.kinds("run-1")
    assert kinds[-1] == "finished"
    assert kinds.count("step done") == 4
    assert set(place.effects("run-1")) == set(ALL)


async def test_of_two_schedulers_one_leads_and_the_other_takes_its_place(
    place: Place, valkey: Valkey
) -> None:
    with running(place, "look", "scheduler", "scheduler"):
        await until(lambda: valkey.admin().hget("scheduler", "epoch") is not None)
        epoch = valkey.admin().hget("scheduler", "epoch")
        await asyncio.sleep(1.5)  # The other one has tried by then.
        assert valkey.admin().hget("scheduler", "epoch") == epoch


async def test_the_scheduler_ends_within_a_second(place: Place, valkey: Valkey) -> None:
    with running(place, "scheduler") as [scheduler]:
        await until(lambda: bool(valkey.admin().exists("scheduler")))
        scheduler.send_signal(signal.SIGTERM)
        begun = monotonic()
        assert scheduler.wait(10) == 0
        print(f"the scheduler ended after {monotonic() - begun:.2f} s")
        # A second on a quiet machine; this one may be busy with other tests.
        assert monotonic() - begun < 3
    # And the next one need not wait for its lease to lapse.
    assert valkey.admin().hget("scheduler", "until") == "0"


async def test_the_board_is_refreshed_without_anyone_asking(place: Place, valkey: Valkey) -> None:
    with running(place, "look", "scheduler"):
        await until(lambda: bool(valkey.admin().exists("board:cluster:prod")))
    view = json.loads(valkey.admin().get("board:cluster:prod") or "")
    assert [node["node"] for node in view["nodes"]] == ["n1", "n2", "n3"]
    assert view["balancer"]["open"]


async def test_a_worker_runs_nothing_that_redis_names(place: Place, valkey: Valkey) -> None:
    admin = valkey.admin()
    trap = place.folder / "trap"
    client = place.address("bot").connect_sync()
    known = Queue("act", connection=client, serializer=SignedJson(place.bell_secret))
    foreign = Queue("act", connection=client, serializer=SignedJson(b"another secret"))
    with running(place, "act") as [worker]:
        # Signed, but not in the dictionary; a callback by name; and not signed at all.
        known.enqueue_call("os.mkdir", args=(str(trap),))
        foreign.enqueue_call("act", args=("run-1",))
        Bell(client, b"another secret")
        last = known.enqueue_call("act", args=("run-1",), result_ttl=0)
        admin.hset(f"rq:job:{last.id}", "success_callback_name", "os.getcwd")
        await until(lambda: not admin.exists(f"rq:job:{last.id}"))
        assert worker.poll() is None
    assert not trap.exists()


def test_a_ring_nobody_signed_is_not_read() -> None:
    ours, theirs = SignedJson(b"a" * 32), SignedJson(b"b" * 32)
    data = theirs.dumps(["act", None, ["run-1"], {}])
    with pytest.raises(Exception, match="not signed"):
        ours.loads(data)
    assert ours.loads(ours.dumps([1])) == [1]
    assert Ring.functions == {}


async def test_the_same_ring_is_one_until_a_worker_hears_it(place: Place, valkey: Valkey) -> None:
    client = place.address("bot").connect_sync()
    bell = Bell(client, place.bell_secret)
    for _ in range(5):
        await bell.ring_act("run-1")
    assert valkey.admin().llen("rq:queue:act") == 1
    bell.heard("act", "run-1")
    await bell.ring_act("run-1")
    assert valkey.admin().llen("rq:queue:act") == 2


async def test_fifteen_seconds_without_redis_end_no_process(
    own_place: Place, own_valkey: Valkey
) -> None:
    with running(own_place, "look", "act", "scheduler") as processes:
        await own_place.ask("run-1", waits=True)
        await until_kind(own_place, "run-1", "waits")
        own_valkey.kill()
        await asyncio.sleep(timedelta(seconds=15).total_seconds())
        own_valkey.start()
        assert [process.poll() for process in processes] == [None] * 3
        for knock in ("knock-1", "knock-2"):
            (own_place.folder / "work" / "run-1" / knock).touch()
        await until_kind(own_place, "run-1", *ENDS, within=40)
    assert isinstance(processes[0], subprocess.Popen)
