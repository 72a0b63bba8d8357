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


def flood(valkey: Valkey, count: int, who: str = "eve", run: str = "run-1") -> None:
    pipeline = valkey.admin().pipeline()
    for number in range(count):
        one = press(f"{who}{number}").model_copy(update={"who": member(who), "run": run})
        pipeline.xadd(f"inbox:{run}", {"kind": "press", "body": one.model_dump_json()})
    pipeline.execute()


async def test_of_a_flood_the_last_presses_of_each_account_count(
    place: Place, valkey: Valkey
) -> None:
    inbox = await read(place)
    await place.put(press("before"))
    flood(valkey, 700)
    await place.put(press("after"))
    for _ in range(2):  # Once read from the stream, once with what was kept in mind.
        found = [one.id for one in await inbox.presses("run-1")]
        assert found == ["before", *(f"eve{number}" for number in range(650, 700)), "after"]
    flood(valkey, 1)
    await place.put(press("later"))
    assert [one.id for one in await inbox.presses("run-1")][-2:] == ["eve0", "later"]


async def test_what_was_read_of_presses_is_not_read_again(place: Place, valkey: Valkey) -> None:
    inbox, admin = await read(place), valkey.admin()
    flood(valkey, 2000)
    await inbox.presses("run-1")
    await place.put(press("one"))
    admin.config_resetstat()
    assert (await inbox.presses("run-1"))[-1].id == "one"
    assert (await inbox.presses("run-1"))[-1].id == "one"
    assert admin.info("commandstats")["cmdstat_xrevrange"]["calls"] == 3


async def test_a_spoiled_inbox_is_empty_and_begins_anew_with_the_next_request(
    place: Place, valkey: Valkey
) -> None:
    inbox, admin = Inbox(place.address("scheduler").connect()), valkey.admin()
    last = f"{2**64 - 1}-{2**64 - 1}"
    for number in range(2):
        for key in ("inbox:run-1", "inbox:run-1:ids", "asked"):
            admin.delete(key)
            if number:
                admin.set(key, "spoiled")
            elif key != "inbox:run-1:ids":
                admin.xadd(key, {"kind": "press", "body": "", "run": "\x00"}, id=last)
        assert (await inbox.presses("run-1"), await inbox.unanswered()) == ((), ())
        asked = await place.ask("run-1")
        await place.put(press(f"p{number}"))
        assert [one.id for one in await inbox.presses("run-1")] == [f"p{number}"]
        assert await inbox.asked("run-1") == asked
        assert await inbox.unanswered() == ("run-1",)
