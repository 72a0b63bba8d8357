"""Processes that are killed in the middle of a run: it ends the same, or it stops and asks."""

import os
import random
import signal
import time
from collections.abc import Callable

import psutil
from redis.exceptions import RedisError

from tests.stories.demo import Demo, until
from tests.stories.people import shown

_TAKEN_OVER_WITHIN = 10.0
Record = Callable[[str, object], None]


def test_a_worker_killed_at_three_moments_of_a_rebuild_is_replaced(
    demo: Demo, record_property: Record
) -> None:
    """After a step began, between two steps, and while custodians are waited for."""
    demo.world.destroy()
    run = demo.people.ask("restore latest reason the worker dies three times")
    demo.approve(run)
    took = {"load": _killed(demo, run, "step started", "Load", _kill_worker)}
    demo.journals.wait(run, "waits", "Wait until the custodians have unsealed n1")
    demo.world.unseal("erin", "frank", "grace")
    took["between"] = _killed(demo, run, "step done", "Log in", _kill_horse)
    step = "Wait until the custodians have unsealed every node"
    demo.journals.wait(run, "waits", step)
    before = len(demo.journals.events(run))
    _kill_worker(demo)
    begun = time.monotonic()
    demo.world.unseal("heidi")
    demo.journals.wait_longer(run, before)
    took["custodians"] = time.monotonic() - begun
    assert demo.carry_through(run) == "done"
    until(demo.serves, 20, "a cluster that serves")
    print("taken over after", {name: round(seconds, 1) for name, seconds in took.items()})
    for name, seconds in took.items():
        record_property(name, seconds)
        assert seconds < _TAKEN_OVER_WITHIN, name
    repeated = [
        event["step"]
        for event in demo.journals.events(run)
        if event["kind"] == "step started" and event["again"]
    ]
    assert any(step.startswith("Load") for step in repeated)
    done = [event["step"] for event in demo.journals.events(run) if event["kind"] == "step done"]
    assert done == [step.says for step in demo.journals.state(run).planned.steps]


def test_a_load_that_was_interrupted_asks_before_it_is_done_again(demo: Demo) -> None:
    run = demo.people.ask("restore latest reason the worker dies in the load")
    worker = demo.pid("worker")
    with demo.approving(run):
        demo.journals.wait(run, "step started", "Load")
        os.kill(worker, signal.SIGKILL)
    failed = demo.journals.wait(run, "step failed", "Load", within=20)
    assert "press Try again" in failed["do"]
    assert demo.world.state()["balancer"]["open"] is False
    until(lambda: "press:try_again" in demo.people.buttons(run), 20, "the button")
    loads = _begun(demo, run, "Load")
    time.sleep(3)
    assert _begun(demo, run, "Load") == loads == 1
    demo.people.press(run, "press:try_again", "U0ALICE")
    assert demo.carry_through(run) == "done"
    assert _begun(demo, run, "Load") in {1, 2}
    until(demo.serves, 20, "a cluster that serves")


def test_a_bot_killed_at_random_moments_says_everything_once(demo: Demo) -> None:
    run = demo.people.ask("restore latest reason the bot dies three times")
    demo.approve(run)
    chance = random.Random(run)
    for _ in range(3):
        time.sleep(chance.uniform(0.3, 2.5))
        demo.kill("bot")
    assert demo.carry_through(run) == "done"
    until(lambda: "outcome" in demo.people.keys(run), 60, "the outcome")
    until(lambda: _card_is_final(demo, run), 30, "the last card")
    keys = demo.people.keys(run)
    assert sorted(keys) == sorted(set(keys))
    assert {key for key in keys if key.startswith("line-")} == demo.journals.lines(run)
    numbers = [int(key.removeprefix("line-")) for key in keys if key.startswith("line-")]
    assert numbers == sorted(numbers)
    assert len(demo.people.cards(run)) == 1
    reports = [file for each in demo.people.thread(run) for file in each.get("files", [])]
    assert len(reports) == 1


def test_a_valkey_killed_in_the_middle_changes_nothing(demo: Demo) -> None:
    run = demo.people.ask("restore latest reason Valkey dies after the load")
    valkey = demo.pid("redis")
    with demo.approving(run):
        demo.journals.wait(run, "step done", "Load")
        os.kill(valkey, signal.SIGKILL)
    until(lambda: _answers(demo), 20, "Valkey")
    assert demo.pid("redis") != valkey
    assert demo.carry_through(run) == "done"
    done = [event["step"] for event in demo.journals.events(run) if event["kind"] == "step done"]
    assert done == [step.says for step in demo.journals.state(run).planned.steps]
    bodies = [entry.body for entry in demo.journals.verified(run).entries]
    until(lambda: demo.journals.copies(run) == bodies, 30, "the store's copy of each event")
    until(demo.serves, 20, "a cluster that serves")
    until(lambda: _card_is_final(demo, run), 30, "the last card")


def _killed(demo: Demo, run: str, kind: str, step: str, kill: Callable[[Demo], None]) -> float:
    """Kill once an event is there; the seconds until the next one."""
    demo.journals.wait(run, kind, step)
    kill(demo)
    begun, known = time.monotonic(), len(demo.journals.events(run))
    demo.journals.wait_longer(run, known)
    return time.monotonic() - begun


def _kill_worker(demo: Demo) -> None:
    """The parent; its work-horse dies with it."""
    os.kill(demo.pid("worker"), signal.SIGKILL)


def _kill_horse(demo: Demo) -> None:
    """The work-horse alone, if it is still at work."""
    for horse in psutil.Process(demo.pid("worker")).children():
        horse.kill()


def _begun(demo: Demo, run: str, step: str) -> int:
    begun = [event for event in demo.journals.events(run) if event["kind"] == "step started"]
    return sum(event["step"].startswith(step) for event in begun)


def _card_is_final(demo: Demo, run: str) -> bool:
    card = demo.people.card(run)
    return card is not None and ": done in" in shown(card) and not demo.people.buttons(run)


def _answers(demo: Demo) -> bool:
    try:
        with demo.journals.redis() as client:
            return bool(client.ping())
    except RedisError:
        return False
