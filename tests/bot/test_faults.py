"""Slack limits, forgets and breaks off, the bot and Valkey are killed: nothing lost or doubled."""

import asyncio
import json
import random
import time
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.app import Tokens as BotTokens
from bot.app import serve as serve_bot
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.parts import PARTS
from deploy.demo.workspace.seed import BOT_USER
from deploy.demo.workspace.site import RunningSite
from deploy.redis_users import USERS
from jobs.runs.events import Finished, StepDone, StepStarted
from tests.bot import processes
from tests.bot.installation import SETTINGS, given
from tests.bot.people import INCIDENT, Json, Slack, eventually
from tests.bot.scribe import STEPS, Scribe
from tests.bot.showing import approved, assert_whole, carried_out, shown_to_its_end
from tests.jobs.bench import Place, now
from tests.servers import Valkey


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
    runs = [await approved(slack, scribe) for _ in range(3)]
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
        gaps = [late - early for early, late in pairwise(mine)]
        assert all(gap >= timedelta(seconds=3) for gap in gaps)
    posts = [
        datetime.fromisoformat(each["time"])
        for each in await slack.calls("chat.postMessage")
        if each["body"]["channel"] == INCIDENT
    ]
    spread = [late - early for early, late in pairwise(posts)]
    assert all(gap >= timedelta(seconds=0.95) for gap in spread)
    assert [
        each for each in edits + await slack.calls("chat.postMessage") if each["status"] == 429
    ] == []


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
        for number in range(6):
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


async def test_an_answer_that_never_comes_keeps_no_other_card_from_being_drawn(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    silent, other = [await approved(slack, scribe) for _ in range(2)]
    for run in (silent, other):
        await slack.card(run, "step 1 of 3")
    await slack.post("faults", silence={"method": "chat.update"})
    for run in (silent, other):
        await scribe.write(run, StepStarted(at=now(), step=STEPS[0], again=False))
        await scribe.write(run, StepDone(at=now(), step=STEPS[0], already=False))
    begun = time.monotonic()
    for run in (silent, other):
        await slack.card(run, "step 2 of 3")
    assert time.monotonic() - begun < 10


async def _connected(slack: Slack) -> bool | None:
    return await slack.connections() > 0 or None


async def test_valkey_may_be_killed_and_nothing_is_lost(
    tmp_path: Path, own_valkey: Valkey, slack: Slack, site: RunningSite, tokens: Tokens
) -> None:
    place = Place(tmp_path, {user: own_valkey.url(user) for user in USERS})
    place.prepare()
    scribe, stop = Scribe(place), asyncio.Event()
    hands = BotTokens(bot=tokens.bot, app=tokens.app, api_url=f"{site.url}/api/")
    serving = asyncio.create_task(serve_bot(SETTINGS, hands, given(place, "bot"), stop))
    await eventually(lambda: _connected(slack))
    run = await approved(slack, scribe)
    own_valkey.kill()
    asked_at = time.monotonic()
    answer = await slack.say("backup")
    assert time.monotonic() - asked_at < 3
    assert "did not answer in time" in answer["ephemeral"]["text"]
    own_valkey.start()
    await carried_out(scribe, run)
    await shown_to_its_end(slack, run, 60)
    await assert_whole(slack, scribe, run)
    assert (await slack.say("runs"))["ok"]
    stop.set()
    await serving


async def test_whoever_asked_is_told_where_the_card_cannot_be_posted(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, site: RunningSite
) -> None:
    workspace = site._runner.app[PARTS].workspace
    channel = workspace.channels[INCIDENT]
    workspace.keep_channel(replace(channel, members=channel.members - {BOT_USER}))
    run = await slack.ask("restore latest")

    async def told() -> bool | None:
        said = await slack.messages("D0ALICE")
        return (
            any(run in each["text"] and "Invite the bot" in each["text"] for each in said) or None
        )

    await eventually(told)
    workspace.keep_channel(channel)
    await slack.card(run, "looking")
