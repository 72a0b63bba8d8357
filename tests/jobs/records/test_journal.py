"""Laws of the journal, on a real Valkey with the users of an installation."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from jobs.records.connection import Connection
from jobs.records.journal import Altered, Entry, Fenced, History, Journal
from jobs.records.keys import KeyRing, make_key, ring_of
from jobs.records.lease import held
from jobs.runs.events import Answered, Approved, Event, Planned, PlanRefused, StepStarted
from jobs.runs.planning import plan_run
from playbooks.core.danger import Danger
from tests.jobs.bench import PEOPLE, RULES, Place, now
from tests.jobs.toys import TOY, ToyPlan
from tests.servers import Valkey

RUN = "run-1"


@dataclass
class Open:
    """A place with its connections, and a planned run in it."""

    place: Place
    looker: Journal
    worker: Journal
    connection: Connection
    admin: Any  # The client's own types cover bytes and text at once.
    history: History

    async def append(self, event: Event, epoch: int, journal: Journal | None = None) -> None:
        writer = journal or self.worker
        entry = writer.seal(self.history, event, epoch)
        self.history = await writer.append(self.history, entry, epoch)


async def planned(place: Place, danger: Danger = Danger.DESTROYS) -> Planned:
    asked = await place.ask(RUN, danger=danger)
    plan = ToyPlan(
        cluster="toy",
        place=str(place.folder / "work"),
        run=RUN,
        danger=danger,
        waits=False,
        breaks=False,
        pause=0,
    )
    return plan_run(TOY, plan, asked, PEOPLE, RULES)


def approved(event: Planned, name: str) -> Approved:
    press = Answered(id=f"press-{name}", by=name, account=f"U0{name.upper()}")
    return Approved(at=now(), press=press, digest=event.digest)


@pytest.fixture
async def desk(place: Place, valkey: Valkey) -> AsyncIterator[Open]:
    looker = place.address("looker").connect()
    worker = place.address("worker").connect()
    desk = Open(
        place,
        Journal(looker, place.ring, place.key("looker")),
        Journal(worker, place.ring, place.key("worker")),
        worker,
        valkey.admin(),
        History(RUN),
    )
    await desk.append(await planned(place), 0, desk.looker)
    yield desk
    await looker.close()
    await worker.close()


async def longer(desk: Open) -> None:
    """Two approvals more, under a lease."""
    event = desk.history.events[0]
    assert isinstance(event, Planned)
    async with held(desk.connection, desk.place.address("worker"), f"lease:{RUN}", "w") as lease:
        assert lease is not None
        await desk.append(approved(event, "bob"), lease.epoch)
        await desk.append(approved(event, "carol"), lease.epoch)


def lines(desk: Open) -> list[tuple[str, dict[str, str]]]:
    return list(desk.admin.xrange(f"journal:{RUN}"))


def rewrite(desk: Open, entries: list[dict[str, str]]) -> None:
    desk.admin.delete(f"journal:{RUN}")
    for entry in entries:
        desk.admin.xadd(f"journal:{RUN}", entry)


async def test_what_was_written_is_read_back_by_anyone_with_the_public_keys(desk: Open) -> None:
    await longer(desk)
    history = await desk.place.history(RUN)
    assert [event.kind for event in history.events] == ["planned", "approved", "approved"]
    assert history == desk.history


async def test_an_altered_event_is_refused_with_its_number(desk: Open) -> None:
    await longer(desk)
    entries = [fields for _, fields in lines(desk)]
    body = json.loads(entries[1]["body"])
    body["press"]["by"] = "mallory"
    entries[1]["body"] = json.dumps(body)
    rewrite(desk, entries)
    with pytest.raises(Altered, match="Event 2 of run run-1 does not match") as caught:
        await desk.place.history(RUN)
    assert caught.value.number == 2


async def test_an_event_signed_with_a_foreign_key_is_refused(desk: Open) -> None:
    await longer(desk)
    mallory = make_key(desk.place.folder / "mallory.key")
    forger = Journal(desk.connection, ring_of([mallory.public], []), mallory)
    entry = forger.seal(desk.history, StepStarted(at=now(), step="Write one", again=False), 1)
    fields = entry.model_dump(mode="json", exclude={"run"})
    desk.admin.xadd(f"journal:{RUN}", fields)
    with pytest.raises(Altered, match=r"Event 4 .* is not signed by any worker"):
        await desk.place.history(RUN)
    # Neither does the name of a true key help.
    forged = replace_key(entry, desk.place.key("worker").id)
    desk.admin.xtrim(f"journal:{RUN}", maxlen=3, approximate=False)
    with pytest.raises(Altered, match="Event"):
        desk.worker.check(forged)


def replace_key(entry: Entry, key: str) -> Entry:
    return entry.model_copy(update={"key": key})


async def test_an_unsigned_event_is_refused(desk: Open) -> None:
    await longer(desk)
    entries = [fields for _, fields in lines(desk)]
    entries[2]["signature"] = ""
    rewrite(desk, entries)
    with pytest.raises(Altered, match=r"Event 3 .* is not signed"):
        await desk.place.history(RUN)


async def test_one_letter_of_no_ascii_in_a_signature_is_an_unsigned_event(desk: Open) -> None:
    await longer(desk)
    entries = [fields for _, fields in lines(desk)]
    for letter in (b"\xc3\xa9", b"\xff"):  # Text, and none.
        broken: dict[str, Any] = {**entries[2]}
        broken["signature"] = letter + entries[2]["signature"][1:].encode()
        rewrite(desk, [entries[0], entries[1], broken])
        with pytest.raises(Altered, match=r"Event 3 .* is not signed"):
            await desk.place.history(RUN)


@pytest.mark.parametrize("length", ["x", "-1", "", "9" * 5000, "²"])
async def test_a_length_that_nobody_can_read_is_an_alteration(desk: Open, length: str) -> None:
    await longer(desk)
    desk.admin.hset(f"run:{RUN}", "length", length)
    with pytest.raises(Altered, match=r"Event 4 .* may be gone"):
        await desk.place.history(RUN)
    assert await desk.worker.length(RUN) == -1


async def test_reordered_events_are_refused(desk: Open) -> None:
    await longer(desk)
    first, second, third = (fields for _, fields in lines(desk))
    rewrite(desk, [first, third, second])
    with pytest.raises(Altered, match=r"Event 2 .* does not follow"):
        await desk.place.history(RUN)


@pytest.mark.parametrize("dropped", [0, 1, 2])
async def test_a_dropped_event_is_refused(desk: Open, dropped: int) -> None:
    await longer(desk)
    entries = [fields for _, fields in lines(desk)]
    del entries[dropped]
    rewrite(desk, entries)
    with pytest.raises(Altered, match=f"Event {dropped + 1} "):
        await desk.place.history(RUN)


async def test_a_journal_that_does_not_end_as_its_head_says_is_refused(desk: Open) -> None:
    await longer(desk)
    desk.admin.hset(f"run:{RUN}", "head", "0" * 64)
    with pytest.raises(Altered, match="Event 3 of run run-1 is not the one that was written"):
        await desk.place.history(RUN)


async def test_an_event_of_another_run_is_refused(desk: Open) -> None:
    await longer(desk)
    for _, fields in lines(desk):
        desk.admin.xadd("journal:run-2", fields)
    with pytest.raises(Altered, match="Event 1 of run run-2"):
        await desk.place.history("run-2")


async def test_a_lookers_key_can_neither_approve_nor_start(desk: Open) -> None:
    event = desk.history.events[0]
    assert isinstance(event, Planned)
    forged = desk.looker.seal(desk.history, approved(event, "bob"), 1)
    with pytest.raises(Altered, match="signed by a looker, who may only plan"):
        desk.worker.check(forged)
    # A stolen looker's Redis user can put it there, and no reader believes it.
    desk.admin.xadd(f"journal:{RUN}", forged.model_dump(mode="json", exclude={"run"}))
    with pytest.raises(Altered, match=r"Event 2 .* looker"):
        await desk.place.history(RUN)


async def test_a_lookers_key_cannot_plan_in_the_middle_of_a_run(desk: Open) -> None:
    refusal = PlanRefused(
        at=now(),
        run=RUN,
        word="toy",
        who=(await planned(desk.place)).who,
        channel=None,
        reasons=(),
    )
    with pytest.raises(Altered):
        desk.worker.check(desk.looker.seal(desk.history, refusal, 0))


async def test_an_event_that_cannot_come_now_is_refused_though_signed(desk: Open) -> None:
    started = StepStarted(at=now(), step="Write one", again=False)
    with pytest.raises(Altered, match=r"Event 2 .* cannot be where it is"):
        await desk.append(started, 1)


async def test_a_lost_reply_does_not_write_twice(desk: Open) -> None:
    event = desk.history.events[0]
    assert isinstance(event, Planned)
    async with held(desk.connection, desk.place.address("worker"), f"lease:{RUN}", "w") as lease:
        assert lease is not None
        entry = desk.worker.seal(desk.history, approved(event, "bob"), lease.epoch)
        once = await desk.worker.append(desk.history, entry, lease.epoch)
        twice = await desk.worker.append(desk.history, entry, lease.epoch)
    assert once == twice
    assert len(lines(desk)) == 2
    assert desk.admin.xlen("feed") == 2


async def test_a_fenced_worker_cannot_append(desk: Open) -> None:
    event = desk.history.events[0]
    assert isinstance(event, Planned)
    address = desk.place.address("worker")
    async with held(desk.connection, address, f"lease:{RUN}", "old") as old:
        assert old is not None
        desk.admin.hset(f"lease:{RUN}", "until", 0)
        async with held(desk.connection, address, f"lease:{RUN}", "new") as new:
            assert new is not None
            assert new.epoch > old.epoch
            with pytest.raises(Fenced):
                await desk.append(approved(event, "bob"), old.epoch)
            await desk.append(approved(event, "bob"), new.epoch)
    assert len(lines(desk)) == 2


async def test_nobody_appends_without_a_lease_but_the_first_event(desk: Open) -> None:
    event = desk.history.events[0]
    assert isinstance(event, Planned)
    with pytest.raises(Fenced):
        await desk.append(approved(event, "bob"), 0)
    desk.history = History(RUN)
    with pytest.raises(Fenced):
        await desk.append(event.model_copy(update={"at": now()}), 0, desk.looker)
    assert len(lines(desk)) == 1


async def test_every_event_has_one_line_in_the_feed(desk: Open) -> None:
    await longer(desk)
    fed = desk.admin.xrange("feed")
    assert [(fields["run"], fields["number"], fields["kind"]) for _, fields in fed] == [
        (RUN, "1", "planned"),
        (RUN, "2", "approved"),
        (RUN, "3", "approved"),
    ]


async def test_a_journal_without_a_key_can_only_be_read(desk: Open) -> None:
    reader = Journal(desk.connection, KeyRing({}), None)
    with pytest.raises(PermissionError):
        reader.seal(desk.history, desk.history.events[0], 1)
