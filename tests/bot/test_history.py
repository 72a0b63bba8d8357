"""What people see of a run that was carried out elsewhere, or that Redis lost: all of it, once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, Final

import pytest
import redis

from deploy.redis_users import USERS
from jobs.records.archive import Archive
from jobs.records.inbox import Inbox
from jobs.records.journal import Journal
from jobs.runs.events import StepDone, StepStarted
from jobs.runs.requests import Asked
from jobs.work.history import accept, enter_run
from jobs.work.workshop import opened
from playbooks.core.trouble import Trouble
from tests.bot.conftest import Clock, Start
from tests.bot.people import Json, Slack, eventually
from tests.bot.scribe import STEPS, Scribe, planned
from tests.bot.showing import approved, assert_whole, carried_out, keys, shown_to_its_end
from tests.bot.sitting import Seat
from tests.jobs.bench import Place, now
from tests.servers import Valkey

ASK_AGAIN: Final = "press:ask_again"


async def archived(place: Place, run: str) -> None:
    """Have the store hold all of a run, as a worker sees to."""
    connection = place.address("worker").connect()
    journal = Journal(connection, place.ring, place.key("worker"))
    await Archive(place.objects(), journal).complete(await journal.read(run))
    await connection.close()


async def entered(place: Place, *runs: str) -> None:
    """Let a worker answer the rings for the history of runs."""
    shop = place.workshop("act")
    async with opened(shop) as records:
        await accept(shop, records)
        for run in runs:
            await enter_run(shop, records, run)


async def begun_step(scribe: Scribe, run: str, step: int) -> None:
    await scribe.write(run, StepStarted(at=now(), step=STEPS[step], again=False))


async def one_step(scribe: Scribe, run: str) -> None:
    await begun_step(scribe, run, 0)
    await scribe.write(run, StepDone(at=now(), step=STEPS[0], already=False))


def buttons(card: Json) -> list[str]:
    rows = [block["elements"] for block in card["blocks"] if block["type"] == "actions"]
    return [str(each["action_id"]) for row in rows for each in row]


def snapshot(valkey: Valkey) -> dict[bytes, Any]:
    """All that Redis holds, as an old copy of it would."""
    with redis.Redis.from_url(valkey.url("admin")) as admin:
        return {key: admin.dump(key) for key in admin.scan_iter("*")}


def restore(valkey: Valkey, kept: dict[bytes, Any]) -> None:
    with redis.Redis.from_url(valkey.url("admin")) as admin:
        admin.flushall()
        for key, value in kept.items():
            admin.restore(key, 0, value)


async def test_a_run_of_a_lost_redis_is_shown_where_it_stood_on_the_card_it_had(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, place: Place, valkey: Valkey
) -> None:
    run = await approved(slack, scribe)
    await one_step(scribe, run)
    await begun_step(scribe, run, 1)
    stale = await slack.card(run, "step 2 of 3")
    await slack.thread_line(stale, STEPS[0])
    await archived(place, run)
    valkey.admin().flushall()
    await entered(place, run)
    card = await slack.card(run, "STOPPED at step 2 of 3", "Redis was lost or replaced")
    assert card["ts"] == stale["ts"]
    assert buttons(card) == [ASK_AGAIN]
    shown = str(card["blocks"])
    assert "vault-responder release-lock cluster:prod" in shown
    assert "From before Redis was lost; entered from the record at" in shown
    line = await slack.thread_line(card, "Redis was lost or replaced while this run was under way")
    assert line["subtype"] == "thread_broadcast"
    said = await keys(slack, run)
    assert [key for key, count in Counter(said).items() if count > 1] == []
    # The buttons that somebody still sees move nothing, and the person is told so.
    pressed = await slack.press(card, "press:cancel", "U0BOB", value=_value(stale, "press:cancel"))
    assert f"Run {run} is history: Redis was lost since" in str(pressed["ephemeral"])
    history = await place.history(run)
    assert history.events[-1].kind == "step started"
    # A fresh look is one press away, though the run never ended.
    answer = await slack.press(card, ASK_AGAIN, "U0ALICE", value=_value(card, ASK_AGAIN))
    again = str(answer["ephemeral"]["text"]).split("`")[1]
    assert (await scribe.asked(again)) is not None


def _value(card: Json, action: str) -> str:
    rows = [block["elements"] for block in card["blocks"] if block["type"] == "actions"]
    return next(str(each["value"]) for row in rows for each in row if each["action_id"] == action)


async def test_what_was_done_without_slack_is_posted_in_order_and_marked(
    start_bot: Start, slack: Slack, place: Place, own_valkey: Valkey
) -> None:
    """At a terminal of another machine, whose own Redis is gone by now."""
    there = Place(place.folder, {user: own_valkey.url(user) for user in USERS})
    elsewhere = Scribe(there)
    run, refused = "run-b", "run-a"
    for name in (run, refused):
        connection = there.address("bot").connect()
        await Inbox(connection).put(_asked(name))
        await connection.close()
    await elsewhere.write(run, planned(_asked(run), needs=2))
    await elsewhere.approve(run, "bob", "carol")
    await carried_out(elsewhere, run)
    await elsewhere.refuse(refused, "restore_backup: prod is sealed; unseal it first")
    for name in (run, refused):
        await archived(there, name)
    await start_bot()
    await entered(place, run, refused)
    await shown_to_its_end(slack, run, 60)
    mark = "Carried out without Slack; entered from the record at"
    card = await slack.card(run, ": done in", mark)
    assert buttons(card) == []
    await assert_whole(slack, Scribe(place), run)
    said = await slack.thread(card)
    assert not any("<@U0BOB> <@U0CAROL>" in each["text"] for each in said), "nobody is called"
    assert not any(each.get("subtype") == "thread_broadcast" for each in said)
    assert [each for each in await slack.messages("D0BOB") if each.get("bot_id")] == []
    assert card["ts"] < (await slack.card(refused, "prod is sealed", mark))["ts"]


def _asked(run: str) -> Asked:
    who = {"id": "alice-unix", "standing": "terminal"}
    return Asked.model_validate(
        {
            "id": f"ask-{run}",
            "run": run,
            "word": "restore",
            "ask": {},
            "who": who,
            "channel": None,
            "at": now(),
        }
    )


async def test_what_ended_while_no_bot_ran_is_marked_too(
    start_bot: Start, slack: Slack, scribe: Scribe, place: Place, clock: Clock
) -> None:
    """In the same Redis, at a terminal, while Slack or the bot was down."""
    connection = place.address("bot").connect()
    for run in ("run-b", "run-a"):
        await Inbox(connection).put(_asked(run))
        await scribe.refuse(run, "restore_backup: prod is sealed; unseal it first")
    await connection.close()
    clock.ahead = timedelta(minutes=3)
    await start_bot()
    mark = "Carried out without Slack, and shown at"
    cards = [await slack.card(run, "prod is sealed", mark) for run in ("run-b", "run-a")]
    assert cards[0]["ts"] < cards[1]["ts"], "in the order they began"


async def test_an_old_copy_of_redis_makes_the_bot_say_nothing_twice(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, place: Place, valkey: Valkey
) -> None:
    run = await approved(slack, scribe)
    card = await slack.card(run, "step 1 of 3")
    await slack.thread_line(card, "2 of 2")
    kept = await asyncio.to_thread(snapshot, valkey)
    await carried_out(scribe, run)
    await shown_to_its_end(slack, run)
    await archived(place, run)
    await asyncio.to_thread(restore, valkey, kept)
    await entered(place, run)
    card = await slack.card(run, ": done in", "From before Redis was lost")
    await asyncio.sleep(2)  # A second post would come within one.
    await assert_whole(slack, scribe, run)
    assert len(await slack.cards(run)) == 1


async def test_a_record_that_cannot_be_believed_is_told_in_the_channel(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, place: Place, valkey: Valkey
) -> None:
    run = await approved(slack, scribe)
    await archived(place, run)
    stale = await slack.card(run, "step 1 of 3")
    edited = place.folder / "store" / "journal" / run / "000002.json"
    edited.write_bytes(edited.read_bytes().replace(b"bob", b"dan"))
    valkey.admin().flushall()
    await entered(place, run)
    line = await slack.thread_line(stale, "does not match its own hash, so it was not entered")
    assert line["subtype"] == "thread_broadcast"

    async def once() -> bool | None:
        return len(await slack.cards(run)) == 1 or None

    await eventually(once)


async def test_nobody_waits_at_a_terminal_for_a_run_that_is_history(
    scribe: Scribe, place: Place, valkey: Valkey
) -> None:
    connection = place.address("bot").connect()
    await Inbox(connection).put(_asked("run-a"))
    await connection.close()
    await scribe.plan("run-a", needs=0)
    await one_step(scribe, "run-a")
    await archived(place, "run-a")
    seat = Seat(place)
    valkey.admin().flushall()
    await entered(place, "run-a")
    code, said = await asyncio.wait_for(seat.say("watch run-a", until="it ends"), 20)
    assert code == 1
    assert "free what this run holds" in said
    with pytest.raises(Trouble, match="Run run-a is history"):
        await seat.say("cancel run-a")
