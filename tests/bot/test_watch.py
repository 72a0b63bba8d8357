"""What is shown of a run: all of it, once, in order, whatever dies in between."""

import asyncio
from datetime import timedelta

from jobs.people import Button
from jobs.records.board import Board, Note
from jobs.runs.events import StepFailed
from tests.bot.conftest import Clock, Start
from tests.bot.people import Slack, eventually
from tests.bot.scribe import STEPS, Scribe
from tests.bot.showing import approved, assert_whole, carried_out, keys, shown_to_its_end
from tests.jobs.bench import Place, now
from tests.servers import Valkey


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

    async def mentioned() -> bool | None:
        said = [key for key in await keys(slack, run) if key.startswith("call")]
        return said == ["call", "call-again"] or None

    await eventually(mentioned)


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

    async def no_buttons() -> bool | None:
        return "press:leave" not in str((await slack.card(run))["blocks"]) or None

    await eventually(no_buttons)


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
