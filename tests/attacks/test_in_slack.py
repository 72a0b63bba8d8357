"""Presses in the workspace that must not count: answered with the reason, and nothing changed."""

import asyncio
from typing import Any, Final

from deploy.demo.workspace.credentials import Tokens
from jobs.people import Button
from jobs.records.inbox import Inbox
from tests.attacks.room import Room
from tests.attacks.thief import Thief
from tests.bot.conftest import Start
from tests.bot.people import Slack, eventually, field
from tests.jobs.work.hands import RUN

_APPROVE: Final = "press:approve"


async def test_a_stolen_session_presses_in_vain_and_is_told(
    bot: asyncio.Event, room: Room, slack: Slack
) -> None:
    await room.plan()
    card = await slack.card(RUN, "Approve")
    forged = room.keys["mallory"].sign(await room.text())
    for count, proof, why in (
        (1, "", "approved by a signature over its text, and none came with it"),
        (2, forged, "or by nobody whose key counts"),
    ):
        opened = await slack.press(card, _APPROVE, "U0BOB")
        assert (await slack.submit(opened["view_id"], "U0BOB", **field("proof", proof)))["ok"]
        await _pressed(room, count)
        await room.refuses(why)
        await _told(slack, "U0BOB", why)


async def test_a_forged_value_of_a_button_counts_for_nothing(
    bot: asyncio.Event, room: Room, slack: Slack
) -> None:
    """Bob's own session, and a value that names a plan which he was never shown."""
    await room.plan()
    card = await slack.card(RUN, "Approve")
    why = "this button belongs to another plan; read the plan that stands now"
    await slack.press(card, "press:cancel", "U0BOB", value=f"{RUN}:{'e' * 64}")
    await _pressed(room, 1)
    await room.refuses(why)
    await _told(slack, "U0BOB", why)
    answer = await slack.press(card, _APPROVE, "U0BOB", value=f"{RUN}:{'e' * 64}")
    assert "This button belongs to another plan" in answer["ephemeral"]["text"]
    assert await _presses(room) == 1


async def test_a_replayed_envelope_is_the_same_press(
    bot: asyncio.Event, room: Room, slack: Slack
) -> None:
    await room.plan()
    opened = await slack.press(await slack.card(RUN, "Approve"), _APPROVE, "U0BOB")
    proof = await room.signature("bob")
    assert (await slack.submit(opened["view_id"], "U0BOB", **field("proof", proof)))["ok"]
    await _pressed(room, 1)
    await room.drive()
    assert await room.approved_by() == ["bob"]
    before = await room.trace()
    for _ in range(3):
        assert (await slack.post("faults", redeliver_last=True))["redelivered"]
    await room.drive()
    assert await _presses(room) == 1
    assert (await room.trace(), await room.refusals()) == (before, [])


async def test_a_look_alike_message_has_no_button_that_counts(
    bot: asyncio.Event, room: Room, slack: Slack, thief: Thief, tokens: Tokens
) -> None:
    """Posted with the bot's own token, and with the very value that the true button has."""
    planned = await room.plan()
    true = await slack.card(RUN, "Approve")
    blocks: list[Any] = [*true["blocks"]]
    text = "Take a backup of dev, which changes nothing"
    ts = await thief.posts(f"{slack.url}/api/", tokens.bot, text, blocks)
    before = await room.trace()
    value = f"{RUN}:{planned.digest}"
    answer = await slack.press({"ts": ts}, _APPROVE, "U0BOB", value=value)
    assert "This button is too old; pressing it changed nothing" in answer["ephemeral"]["text"]
    assert await _presses(room) == 0
    assert await room.trace() == before


async def test_a_stale_button_counts_for_nothing_after_a_restart(
    start_bot: Start, room: Room, slack: Slack
) -> None:
    """The bot was away when the run ended, so the old card still had its buttons."""
    planned = await room.plan()
    stop = await start_bot()
    old = await slack.card(RUN, "Approve")
    stop.set()
    await eventually(lambda: _alone(slack))
    await room.place.press(RUN, Button.DENY, "bob")
    await room.drive()
    await start_bot()
    value = f"{RUN}:{planned.digest}"
    opened = await slack.press(old, _APPROVE, "U0CAROL", value=value)
    proof = await room.signature("carol")
    await slack.submit(opened["view_id"], "U0CAROL", **field("proof", proof))
    await _pressed(room, 2)
    await room.refuses("this run has ended")
    await _told(slack, "U0CAROL", "this run has ended")
    assert room.effects() == []


async def _presses(room: Room) -> int:
    connection = room.place.address("bot").connect()
    try:
        return len(await Inbox(connection).presses(RUN))
    finally:
        await connection.close()


async def _pressed(room: Room, count: int) -> None:
    async def arrived() -> bool | None:
        return await _presses(room) >= count or None

    await eventually(arrived)


async def _told(slack: Slack, user: str, words: str) -> None:
    async def look() -> bool | None:
        return any(words in said for said in await slack.whispers(user)) or None

    await eventually(look)


async def _alone(slack: Slack) -> bool | None:
    return await slack.connections() == 0 or None
