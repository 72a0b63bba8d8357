"""Laws of the inbox."""

import pytest

from jobs.people import Button
from jobs.records.inbox import Inbox
from jobs.runs.requests import Press
from playbooks.core.trouble import Trouble
from tests.jobs.bench import Place, member, now
from tests.servers import Valkey


def press(id: str, reason: str = "") -> Press:
    return Press(
        id=id,
        run="run-1",
        button=Button.APPROVE,
        digest="d",
        who=member("bob"),
        reason=reason,
        at=now(),
    )


async def read(place: Place) -> Inbox:
    return Inbox(place.address("worker").connect())


async def test_a_redelivered_request_changes_nothing(place: Place) -> None:
    assert await place.put(press("one"))
    assert not await place.put(press("one", reason="again"))
    [only] = await (await read(place)).presses("run-1")
    assert only.reason == ""


async def test_a_run_that_was_asked_for_is_unanswered_until_it_has_a_journal(
    place: Place, valkey: Valkey
) -> None:
    inbox = Inbox(place.address("scheduler").connect())
    asked = await place.ask("run-1")
    await place.ask("run-2")
    assert await inbox.unanswered() == ("run-1", "run-2")
    assert await inbox.asked("run-1") == asked
    valkey.admin().hset("run:run-1", "length", "1")
    assert await inbox.unanswered() == ("run-2",)


async def test_a_request_that_is_too_long_is_refused(place: Place) -> None:
    with pytest.raises(Trouble, match="too long"):
        await place.put(press("long", reason="x" * 20_000))


async def test_malformed_entries_are_skipped(place: Place, valkey: Valkey) -> None:
    await place.put(press("one"))
    admin = valkey.admin()
    for body in ("", "{}", "[", '{"kind":"press"}', "x" * 100_000):
        admin.xadd("inbox:run-1", {"kind": "press", "body": body})
    other = press("other").model_copy(update={"run": "run-2"})
    admin.xadd("inbox:run-1", {"kind": "press", "body": other.model_dump_json()})
    admin.xadd("inbox:run-1", {"nonsense": "1"})
    admin.xadd("inbox:run-1", {"kind": "asked", "body": "{}"})
    await place.put(press("two"))
    inbox = await read(place)
    assert [found.id for found in await inbox.presses("run-1")] == ["one", "two"]
    assert await inbox.asked("run-1") is None


async def test_a_flood_is_read_to_a_bound(place: Place, valkey: Valkey) -> None:
    pipeline = valkey.admin().pipeline()
    for number in range(700):
        body = press(f"p{number}").model_dump_json()
        pipeline.xadd("inbox:run-1", {"kind": "press", "body": body})
    pipeline.execute()
    assert len(await (await read(place)).presses("run-1")) == 500
