"""Whatever a stolen bot writes into Redis once, all processes live on and serve an honest run."""

import random
import signal
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final
from uuid import uuid4

import pytest

from jobs.people import Button
from jobs.work.rings import SignedJson
from playbooks.core.danger import Danger
from tests.jobs.alarms import processes as watching
from tests.jobs.alarms.boxes import opened
from tests.jobs.bench import Place
from tests.jobs.processes import end, start, wait_for
from tests.jobs.work.test_worker import until_kind
from tests.servers import Valkey

MARK: Final = "m4rk"  # Of values that no log may repeat.
SHAPES: Final = ("text", "bytes", "huge", "list", "set", "hash", "zset", "stream", "end of ids")
NOT_TEXT: Final = b"\xff\xfe\x00" + MARK.encode()


class Thief:
    """The bot's Redis user, without the bot."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.client: Any = place.address("bot").connect_sync()

    def spoil(self, key: str | bytes, shape: str) -> None:
        """Put something of a shape in place of a key."""
        pipeline, last = self.client.pipeline(), f"{2**64 - 1}-{2**64 - 1}"
        pipeline.delete(key)
        writes: dict[str, Callable[[], Any]] = {
            "text": lambda: pipeline.set(key, MARK),
            "bytes": lambda: pipeline.set(key, NOT_TEXT),
            "huge": lambda: pipeline.set(key, b"9" * 3_000_000),
            "list": lambda: pipeline.rpush(key, MARK, NOT_TEXT, "a\0b"),
            "set": lambda: pipeline.sadd(key, MARK, NOT_TEXT),
            "hash": lambda: pipeline.hset(key, mapping={NOT_TEXT: NOT_TEXT, "data": MARK}),
            "zset": lambda: pipeline.zadd(key, {MARK: 1, NOT_TEXT: 2, "a:b:c": "-inf"}),
            "stream": lambda: pipeline.xadd(key, {NOT_TEXT: NOT_TEXT, "run": MARK, "body": "{"}),
            "end of ids": lambda: pipeline.xadd(key, {"kind": "press", "body": "["}, id=last),
        }
        writes[shape]()
        pipeline.execute()

    def put_job(self, id: str, queue: str, **fields: Any) -> None:
        """Put a job where a worker finds it, and where a dead worker would have left it."""
        job = {"data": MARK, "origin": queue, "status": "started", "created_at": MARK, **fields}
        self.client.hset(f"rq:job:{id}", mapping=job)
        self.client.rpush(f"rq:queue:{queue}", id)
        self.client.zadd(f"rq:wip:{queue}", {f"{id}:e1": 1})


def heartbeats(thief: Thief, _run: str) -> None:
    for key in ("bot:answered", "bot:away", "bot:heartbeats"):
        thief.spoil(key, "text")
    time.sleep(2.5)  # The lookout looks every two seconds.
    for key, value in (("answered", "9" * 400), ("answered", "inf"), ("away", "1e999 -")):
        thief.client.set(f"bot:{key}", value)
    thief.client.delete("bot:heartbeats")
    many = {f"{MARK}\n{number}": f"{number} 1" for number in range(100_000)}
    thief.client.hset("bot:heartbeats", mapping=many)
    thief.client.hset("bot:heartbeats", NOT_TEXT, NOT_TEXT)


def queues(thief: Thief, run: str) -> None:
    names = ["queues", "workers", "suspended"]
    for key in ("queue:{}", "queue:{}:intermediate", "wip:{}", "failed:{}", "workers:{}"):
        names += [key.format("act"), key.format("look")]
    for name in names:
        thief.spoil(f"rq:{name}", "zset" if "queue" in name else "text")
    # Echoes that never end, for rings that are still to come.
    for name in ("look", "act", "refresh", "attest"):
        thief.client.set(f"rq:rung:{name}:{'all' if name == 'refresh' else run}", 1)
    for key in thief.client.keys_of("rq:worker:*"):
        thief.spoil(key, "list")


def jobs(thief: Thief, run: str) -> None:
    signed = SignedJson(thief.place.bell_secret).dumps(["act", None, [run], {}])
    bomb = zlib.compress(b"0" * 100_000_000)
    for queue in ("look", "act"):
        thief.put_job(str(uuid4()), queue)
        thief.put_job(str(uuid4()), queue, data=bomb)
        thief.put_job(str(uuid4()), queue, data=signed, created_at="x", timeout="x", ttl="x")
        thief.put_job(str(uuid4()), queue, data=signed, dependency_ids="[" * 100_000)
        thief.put_job(str(uuid4()), queue, data=signed, origin="../x", failure_callback_name="os.x")
        thief.put_job(str(uuid4()), queue, data=signed, failure_callback_name="os.getcwd")
        for odd in (b"\xff\xfe", b"a\0b", b"", b":", b"x" * 1_000_000):
            thief.client.rpush(f"rq:queue:{queue}", odd)
            thief.client.zadd(f"rq:wip:{queue}", {odd: 1})
        id = str(uuid4())
        thief.spoil(f"rq:job:{id}", "list")
        thief.client.rpush(f"rq:queue:{queue}", id, id)
        for _ in range(20):
            thief.client.rpush(f"rq:queue:{queue}", *(uuid4().hex for _ in range(5000)))


def inboxes(thief: Thief, run: str) -> None:
    last = f"{2**64 - 1}-{2**64 - 1}"
    pipeline = thief.client.pipeline()
    for number in range(100_000):
        pipeline.xadd("asked", {"run": f"r-{number}"})
    pipeline.xadd("asked", {"run": NOT_TEXT})
    pipeline.xadd("asked", {"run": "x" * 1_000_000})
    pipeline.xadd("asked", {"run": "r\n:1"}, id=last)
    pipeline.execute()
    for key in (f"inbox:{run}", "inbox:.attest"):
        for body in (b"", b"[", b"[" * 100_000, b'{"kind":"press","id":"\\ud800"}', b"9" * 9000):
            thief.client.xadd(key, {"kind": "press", "body": body})
            thief.client.xadd(key, {"kind": "asked", "body": body})
        thief.client.xadd(key, {NOT_TEXT: NOT_TEXT})
    thief.spoil(f"inbox:{run}:ids", "list")
    thief.spoil("inbox:.attest:ids", "list")


def everything(thief: Thief, run: str) -> None:
    """Put something at random in place of every key that there is."""
    chance = random.Random(20)
    for pattern in ("bot:*", "rq:*", "inbox:*", "asked"):
        for key in [*thief.client.keys_of(pattern)]:
            thief.spoil(key, chance.choice(SHAPES))
    for key in (f"inbox:{run}", f"inbox:{run}:ids", "asked", f"rq:rung:act:{run}"):
        thief.spoil(key, chance.choice(SHAPES))


ATTACKS: Final = (heartbeats, queues, jobs, inboxes, everything)


@pytest.fixture
async def thief(place: Place) -> AsyncIterator[Thief]:
    thief = Thief(place)

    def keys_of(pattern: str) -> Iterator[bytes]:
        return iter([*thief.client.scan_iter(pattern, count=1000)])

    thief.client.keys_of = keys_of
    yield thief
    thief.client.close()


async def test_no_value_of_a_stolen_bot_ends_a_process_or_keeps_a_run_waiting(
    place: Place, thief: Thief, record_property: Callable[[str, object], None]
) -> None:
    async with opened(place.folder / "box") as route:
        children = {part: start(place, part) for part in ("look", "act")}
        children["scheduler"] = watching.start(place, route)
        try:
            for number, attack in enumerate(ATTACKS):
                run = f"run-{number}"
                attack(thief, run)
                begun = time.monotonic()
                await place.ask(run, danger=Danger.DISRUPTS)
                await until_kind(place, run, "planned", within=40)
                await place.press(run, Button.APPROVE, "bob")
                await until_kind(place, run, "finished", within=40)
                record_property(attack.__name__, time.monotonic() - begun)
                print(f"{attack.__name__}: served after {time.monotonic() - begun:.1f} s")
                ended = [name for name, child in children.items() if child.poll() is not None]
                assert ended == [], attack.__name__
            for name in ("look", "act"):  # What is told to end still does, and in order.
                children[name].send_signal(signal.SIGTERM)
                assert children[name].wait(10) == 0
        finally:
            for child in children.values():
                end(child)
    for log in place.folder.glob("*.log"):
        assert MARK not in log.read_text(errors="replace"), log.name
    # What is read as anyone's needs nobody to catch it.
    assert " bug\n" not in (place.folder / "scheduler.log").read_text()


async def test_a_run_under_way_outlives_what_is_done_to_its_worker(
    place: Place, thief: Thief
) -> None:
    child = start(place, "act")
    looker, scheduler = start(place, "look"), start(place, "scheduler")
    try:
        await place.ask("run-1", pause=1.0)
        wait_for(lambda: place.effects("run-1") == ["one"])
        for pattern in ("rq:worker*", "rq:job:*", "rq:wip:*", "rq:execution*", "inbox:*"):
            for key in thief.client.keys_of(pattern):
                thief.spoil(key, "text")
        await until_kind(place, "run-1", "finished")
        assert place.effects("run-1") == ["one", "two", "three", "verified three"]
        assert child.poll() is None
    finally:
        for process in (child, looker, scheduler):
            end(process)


async def test_a_worker_that_ends_without_being_told_ends_with_an_error(
    own_place: Place, own_valkey: Valkey
) -> None:
    child = start(own_place, "act")
    admin: Any = own_valkey.admin()
    try:
        wait_for(lambda: bool(admin.smembers("rq:workers:act")))
        admin.execute_command("ACL", "SETUSER", "worker", "-@all")
        admin.rpush("rq:queue:act", uuid4().hex)
        assert child.wait(20) not in {0, None}
    finally:
        end(child)
