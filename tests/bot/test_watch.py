"""What is shown of a run: all of it, once, in order, whatever dies in between."""

import asyncio
import json
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from jobs.people import Button
from jobs.records.board import Board, Note
from jobs.runs.events import Finished, StepDone, StepFailed, StepStarted
from tests.bot import processes
from tests.bot.conftest import Clock, Start
from tests.bot.people import INCIDENT, Json, Slack, about, eventually
from tests.bot.scribe import STEPS, Scribe
from tests.jobs.bench import Place, now
from tests.servers import Valkey


async def approved(slack: Slack, scribe: Scribe) -> str:
    """A run that was approved without Slack."""
    run = await slack.ask("restore latest")
    await scribe.plan(run)
    await scribe.approve(run, "bob", "carol")
    return run


async def carried_out(scribe: Scribe, run: str) -> None:
    for step in STEPS:
        await scribe.write(run, StepStarted(at=now(), step=step, again=False))
        await scribe.write(run, StepDone(at=now(), step=step, already=False))
    await scribe.write(run, Finished(at=now(), outcome="done"))


async def shown_to_its_end(slack: Slack, run: str, within: float = 40.0) -> Json:
    """Wait for the last thing that is said of a run."""

    async def last() -> Json | None:
        for card in await slack.cards(run):
            if any(about(line, run) == "outcome" for line in await slack.thread(card)):
                return card
        return None

    return await eventually(last, within)


async def keys(slack: Slack, run: str) -> list[str]:
    """The keys of all that was said of a run in the channel and its threads, in order."""
    found = [await slack.thread(card) for card in await slack.cards(run)]
    return [about(line, run) for lines in found for line in lines if about(line, run)]


async def assert_whole(slack: Slack, scribe: Scribe, run: str) -> None:
    said = await keys(slack, run)
    assert [key for key, count in Counter(said).items() if count > 1] == []
    events = (await scribe.place.history(run)).events
    started = {n for n, event in enumerate(events, 1) if event.kind == "step started"}
    lines = [f"line-{n}" for n in range(1, len(events) + 1) if n not in started]
    assert [key for key in said if key.startswith("line-")] == lines
    files = [
        file["name"]
        for card in await slack.cards(run)
        for line in await slack.thread(card)
        for file in line.get("files", [])
    ]
    assert len(files) == 1


async def test_a_refused_plan_is_told_to_whoever_asked(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run = await slack.ask("restore latest")
    await slack.card(run, "looking")
    await scribe.refuse(run, "restore_backup: prod is sealed; unseal it first")
    card = await slack.card(run, "prod is sealed")
    await slack.thread_line(card, "prod is sealed")

    async def told() -> bool | None:
        return any("prod is sealed" in each for each in await slack.whispers("U0ALICE")) or None

    await eventually(told)


async def test_approvers_are_asked_at_once_and_again_after_five_minutes(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, clock: Clock, place: Place
) -> None:
    run = await slack.ask("restore latest")
    await scribe.plan(run)
    card = await slack.card(run, "Approve")
    await slack.thread_line(card, "<@U0BOB> <@U0CAROL>")

    async def asked(person: str, times: int) -> None:
        async def look() -> bool | None:
            said = await slack.messages(f"D0{person}")
            return len([each for each in said if each.get("bot_id")]) == times or None

        await eventually(look, 30)

    await asked("BOB", 1)
    await asked("CAROL", 1)
    await scribe.approve(run, "bob")
    await slack.thread_line(card, "1 of 2")
    clock.ahead = timedelta(minutes=5, seconds=1)
    await asked("CAROL", 2)
    await asked("BOB", 1)
    assert [key for key in await keys(slack, run) if key.startswith("call")] == [
        "call",
        "call-again",
    ]


async def test_a_failure_shows_what_to_do_and_the_end_has_no_buttons(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run = await approved(slack, scribe)
    failed = StepFailed(
        at=now(), step=STEPS[0], happened="It burnt", left="nothing is lost", do="pour water"
    )
    await scribe.write(run, failed)
    card = await slack.card(run, "pour water", "press:leave")
    await slack.thread_line(card, "It burnt")
    await scribe.place.press(run, Button.LEAVE, "bob")
    await scribe.answer(run)
    await shown_to_its_end(slack, run)
    card = await slack.card(run)
    assert "press:leave" not in str(card["blocks"])


async def test_a_deleted_card_is_posted_again_and_linked(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, site: RunningSite, tokens: Tokens
) -> None:
    run = await approved(slack, scribe)
    card = await slack.card(run, "step 1 of 3")
    await delete(slack, site, tokens, card)
    await carried_out(scribe, run)
    await shown_to_its_end(slack, run)
    [again] = await slack.cards(run)
    assert again["ts"] != card["ts"]
    assert again["pinned_to"] == [INCIDENT]
    assert "The earlier card" in str(again["blocks"])


async def delete(slack: Slack, site: RunningSite, tokens: Tokens, message: Json) -> None:
    url = f"{site.url}/api/chat.delete"
    body = {"channel": INCIDENT, "ts": message["ts"]}
    headers = {"Authorization": f"Bearer {tokens.bot}"}
    async with slack.session.post(url, json=body, headers=headers) as answer:
        assert (await answer.json())["ok"]


async def test_a_card_that_cannot_be_edited_any_more_is_replaced(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run = await approved(slack, scribe)
    first = await slack.card(run, "step 1 of 3")
    await slack.post("faults", edit_window_closed=True)
    await scribe.write(run, StepStarted(at=now(), step=STEPS[0], again=False))
    await scribe.write(run, StepDone(at=now(), step=STEPS[0], already=False))

    async def replaced() -> bool | None:
        return len(await slack.cards(run)) == 2 or None

    await eventually(replaced)
    await slack.post("faults", edit_window_closed=False)
    for step in STEPS[1:]:
        await scribe.write(run, StepStarted(at=now(), step=step, again=False))
        await scribe.write(run, StepDone(at=now(), step=step, already=False))
    await scribe.write(run, Finished(at=now(), outcome="done"))
    await shown_to_its_end(slack, run)
    last = await slack.card(run, "done")
    assert last["ts"] != first["ts"]
    assert first["ts"].replace(".", "") in str(last["blocks"])
    await assert_whole(slack, scribe, run)


async def test_nothing_is_lost_or_doubled_in_a_storm_of_limits_and_resets(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    await slack.post(
        "faults",
        rate_limit=[
            {"method": "chat.postMessage", "times": 4, "retry_after": 1},
            {"method": "chat.update", "times": 3, "retry_after": 1},
            {"method": "pins.add", "times": 1, "retry_after": 1},
        ],
        lost_answer=[
            {"method": "chat.postMessage", "times": 3},
            {"method": "chat.update", "times": 2},
            {"method": "files.completeUploadExternal", "times": 1},
        ],
        http_500=[{"method": "chat.postMessage", "times": 2}],
    )
    run = await approved(slack, scribe)
    await carried_out(scribe, run)
    await shown_to_its_end(slack, run, 90)
    await slack.card(run, "done")
    await assert_whole(slack, scribe, run)
    assert len(await slack.cards(run)) == 1


async def test_edits_stay_within_the_budget(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    runs = [await approved(slack, scribe) for _ in range(4)]
    await asyncio.gather(*(carried_out(scribe, run) for run in runs))
    for run in runs:
        await shown_to_its_end(slack, run, 120)
        await slack.card(run, "done")
    edits = await slack.calls("chat.update")
    at = [datetime.fromisoformat(each["time"]) for each in edits]
    assert all(
        late - early >= timedelta(seconds=60) for early, late in zip(at, at[45:], strict=False)
    )
    for ts in {each["body"]["ts"] for each in edits}:
        mine = [moment for moment, each in zip(at, edits, strict=True) if each["body"]["ts"] == ts]
        gaps = [late - early for early, late in zip(mine, mine[1:], strict=False)]
        assert all(gap >= timedelta(seconds=3) for gap in gaps)
    posts = [
        datetime.fromisoformat(each["time"])
        for each in await slack.calls("chat.postMessage")
        if each["body"]["channel"] == INCIDENT
    ]
    spread = [late - early for early, late in zip(posts, posts[1:], strict=False)]
    assert all(gap >= timedelta(seconds=0.95) for gap in spread)
    assert [
        each for each in edits + await slack.calls("chat.postMessage") if each["status"] == 429
    ] == []


async def test_two_bots_show_everything_once(
    start_bot: Start, slack: Slack, scribe: Scribe
) -> None:
    first = await start_bot()
    await start_bot()
    run = await approved(slack, scribe)
    await slack.card(run)
    first.set()
    await carried_out(scribe, run)
    await shown_to_its_end(slack, run, 60)
    await assert_whole(slack, scribe, run)
    assert len(await slack.cards(run)) == 1


async def test_a_lost_cursor_loses_and_doubles_nothing(
    start_bot: Start, slack: Slack, scribe: Scribe, valkey: Valkey
) -> None:
    first = await start_bot()
    ended = await approved(slack, scribe)
    await carried_out(scribe, ended)
    await shown_to_its_end(slack, ended)
    going = await approved(slack, scribe)
    await slack.card(going, "step 1 of 3")
    first.set()
    await eventually(lambda: _gone(slack))
    for key in valkey.admin().scan_iter("bot:*"):
        valkey.admin().delete(key)
    await start_bot()
    await carried_out(scribe, going)
    await shown_to_its_end(slack, going, 90)
    for run in (ended, going):
        await assert_whole(slack, scribe, run)
        assert len(await slack.cards(run)) == 1


async def _gone(slack: Slack) -> bool | None:
    return await slack.connections() == 0 or None


async def test_a_journal_that_was_altered_is_told_to_everyone(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, valkey: Valkey
) -> None:
    run = await approved(slack, scribe)
    card = await slack.card(run, "step 1 of 3")
    admin = valkey.admin()
    admin.xadd(f"journal:{run}", {"number": "4", "body": "{}"})
    admin.xadd("feed", {"run": run, "number": "4", "kind": "step done"})
    line = await slack.thread_line(card, "treat Redis as broken into")
    assert line["subtype"] == "thread_broadcast"


async def test_a_note_of_the_board_is_on_the_card(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, place: Place
) -> None:
    run = await approved(slack, scribe)
    await slack.card(run, "step 1 of 3")
    connection = place.address("worker").connect()
    note = Note(run=run, at=now(), says="planned by another table version")
    await Board(connection).put_note(note)
    await connection.close()
    await slack.card(run, "planned by another table version")


@pytest.mark.timeout(400)
async def test_a_bot_killed_at_any_moment_neither_loses_nor_doubles_a_line(
    slack: Slack, scribe: Scribe, place: Place, site: RunningSite, tokens: Tokens
) -> None:
    file = place.folder / "tokens.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"bot": tokens.bot, "app": tokens.app}), encoding="utf-8")
    chance = random.Random(5)
    process = processes.start(place, f"{site.url}/api/", "victim")
    try:
        await eventually(lambda: _connected(slack))
        # Slack answers late, so that many a kill falls between its taking a post and our noting it.
        await slack.post("faults", lag_ms=400)
        run = await approved(slack, scribe)
        carrying = asyncio.create_task(carried_out(scribe, run))
        for number in range(8):
            await asyncio.sleep(chance.uniform(0.05, 2.0))
            processes.kill(process)
            process = processes.start(place, f"{site.url}/api/", f"victim {number}")
            await asyncio.sleep(chance.uniform(0.5, 2.0))
        await carrying
        await shown_to_its_end(slack, run, 90)
        await slack.card(run, "done")
        await assert_whole(slack, scribe, run)
        assert len(await slack.cards(run)) == 1
    finally:
        processes.kill(process)


async def _connected(slack: Slack) -> bool | None:
    return await slack.connections() > 0 or None
