"""Valkey loses its disk under the whole demo: nothing begins by itself, and people are told."""

import os
import signal
import subprocess
import sys

from redis.exceptions import RedisError

from tests.stories.demo import ROOT, Demo, until
from tests.stories.people import shown


def test_a_valkey_without_its_disk_brings_the_record_back_and_nothing_else(demo: Demo) -> None:
    ended = demo.people.ask("backup reason a run that has ended")
    demo.journals.wait(ended, "finished")
    until(lambda: "outcome" in demo.people.keys(ended), 60, "the outcome")
    told = sorted(demo.people.keys(ended))
    waiting = demo.people.ask("restore latest reason a plan that waits")
    demo.journals.wait(waiting, "planned", within=30)
    until(lambda: "press:approve" in demo.people.buttons(waiting), 20, "the card")
    until(lambda: len(demo.journals.copies(waiting)) == 1, 20, "the store's copy of the plan")
    before = demo.journals.verified(ended).entries
    _lose_disk(demo)
    # Both come back as they were, before anybody has accepted this Valkey.
    until(lambda: demo.journals.verified(ended).entries == before, 90, "the record")
    until(lambda: demo.people.buttons(waiting) == ["press:ask_again"], 60, "the plan's card")
    line = "so it cannot be approved any more"
    until(lambda: any(line in shown(each) for each in demo.people.thread(waiting)), 30, line)
    for run in (ended, waiting):
        assert len(demo.people.cards(run)) == 1
    assert sorted(demo.people.keys(ended)) == told
    assert demo.journals.open_runs() == []
    # Nothing is planned before a person has looked.
    refused = demo.people.ask("backup reason too early")
    assert "accept-redis" in str(demo.journals.wait(refused, "plan refused", within=30)["reasons"])
    # Told, so that no later command takes the bot's word on this one for its own answer.
    until(lambda: any("accept-redis" in each for each in demo.people.whispers("U0ALICE")), 30)
    said = _accept(demo)
    assert "This Redis is the one that counts from now on" in said
    assert f"nobody knows how far they are: {waiting}." in said
    again = demo.people.ask("backup reason it goes on")
    demo.journals.wait(again, "finished")
    assert demo.journals.kinds(waiting) == ["planned"]


def _lose_disk(demo: Demo) -> None:
    """Take its files away under it, and kill it: what starts again finds nothing."""
    valkey = demo.pid("redis")
    for part in demo.house.redis.iterdir():
        if part.name.startswith(("appendonly", "dump")):
            part.rename(demo.folder / f"lost-{valkey}-{part.name}")
    os.kill(valkey, signal.SIGKILL)
    until(lambda: demo.pid("redis") != valkey and _answers(demo), 20, "another Valkey")


def _answers(demo: Demo) -> bool:
    try:
        with demo.journals.redis() as client:
            return bool(client.ping())
    except RedisError:
        return False


def _accept(demo: Demo) -> str:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "accept-redis"],
        cwd=ROOT,
        env={**os.environ, **demo.environment("worker")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
