"""Commands and dialogs: acknowledged at once, put exactly once, answered to one person."""

import asyncio
import statistics
from datetime import timedelta

import pytest

from jobs.people import Button
from jobs.records.attestations import Attestations
from jobs.records.board import Board
from jobs.runs.events import Cancelled
from jobs.runs.views import ClusterView
from playbooks.core.backup import Backup, SealScheme
from tests.bot.conftest import Start
from tests.bot.people import INCIDENT, Json, Slack, eventually, field
from tests.bot.scribe import Scribe
from tests.jobs.bench import Place, now

GENERAL = "C0GENERAL"


async def put_on_board(place: Place, *clusters: str) -> None:
    connection = place.address("worker").connect()
    try:
        for cluster in clusters:
            view = ClusterView(
                cluster=cluster, at=now(), nodes=(), balancer=None, backups=(backup(cluster),)
            )
            await Board(connection).put_cluster(view)
    finally:
        await connection.close()


def backup(cluster: str) -> Backup:
    return Backup(
        name="vault-snapshot-20251125-020000",
        kind="backup",
        cluster=cluster,
        cluster_id="c1",
        object_keys=("daily/a.enc",),
        taken_at=now() - timedelta(hours=13),
        vault_version="2.7.2",
        raft_index=1,
        generation=1,
        scheme=SealScheme(shares=5, threshold=3),
        archive_bytes=1,
        archive_sha256="a" * 64,
        object_bytes=1,
        object_sha256="a" * 64,
        nonce="n",
        canaries=(),
    )


async def asked(place: Place) -> list[str]:
    connection = place.address("bot").connect()
    try:
        lines = await connection.newest_lines("asked", 1000)
        return [fields["run"] for _, fields in lines]
    finally:
        await connection.close()


async def test_fifty_commands_at_once_are_acknowledged_and_each_put_once(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    users = ("U0ALICE", "U0BOB", "U0CAROL", "U0ERIN", "U0FRANK")
    answers = await asyncio.gather(
        *(slack.say(f"backup reason number {n}", users[n % 5]) for n in range(50))
    )
    assert all(answer["ok"] for answer in answers)
    runs = await asked(place)
    assert len(runs) == len(set(runs)) == 50
    took = sorted(
        each["milliseconds"] for each in await slack.envelopes() if each["type"] == "slash_commands"
    )
    print(f"ack: median {statistics.median(took)} ms, p99 {took[-1]} ms")
    # The target of 300 ms is measured by the bench on a quiet machine.
    assert took[-1] < 1500


async def test_a_redelivered_command_is_the_same_run(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    run = await slack.ask("backup")
    for _ in range(3):
        assert (await slack.post("faults", redeliver_last=True))["redelivered"]
    assert await asked(place) == [run]


async def test_a_command_elsewhere_is_answered_with_a_link_to_the_card(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    run = await slack.ask("backup", channel=GENERAL)
    await scribe.plan(run, needs=0)
    card = await slack.card(run)

    async def link() -> bool | None:
        said = await slack.whispers("U0ALICE", GENERAL)
        return any(card["ts"].replace(".", "") in each for each in said) or None

    await eventually(link)
    assert await slack.said(GENERAL) == []


async def test_whoever_asked_elsewhere_gets_the_link_though_that_bot_died(
    start_bot: Start, slack: Slack, scribe: Scribe, place: Place
) -> None:
    first = await start_bot()
    run = await slack.ask("restore latest", channel=GENERAL)
    first.set()
    await scribe.plan(run)
    await start_bot()
    card = await slack.card(run)

    async def link() -> bool | None:
        said = await slack.messages("D0ALICE")
        whispers = await slack.whispers("U0ALICE", GENERAL)
        texts = [*whispers, *(each["text"] for each in said)]
        return any(card["ts"].replace(".", "") in text for text in texts) or None

    await eventually(link, 30)


async def test_wrong_words_are_answered_in_one_sentence_to_one_person(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    answer = await slack.say("restroe latest")
    assert "did you mean `/vault restore`" in answer["ephemeral"]["text"]
    assert await asked(place) == []
    assert await slack.said() == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("help", "restore"),
        ("status", "prod"),
        ("backups", "vault-snapshot-20251125-020000"),
        ("runs", "run"),
        ("checklist", "of 59"),
        ("checklist 2", "Restoration"),
        ("docs", ""),
        ("run r-none2345", "no run"),
    ],
)
async def test_questions_are_answered_at_once(
    bot: asyncio.Event, slack: Slack, place: Place, line: str, words: str
) -> None:
    await put_on_board(place, "prod")
    answer = await slack.say(line)
    assert answer["ok"]
    assert words in str(answer["ephemeral"])


async def test_restore_without_words_offers_the_backups(
    bot: asyncio.Event, slack: Slack, place: Place, scribe: Scribe
) -> None:
    await put_on_board(place, "prod")
    opened = await slack.say("restore")
    [view] = await slack.views("U0ALICE")
    assert "vault-snapshot-20251125-020000" in str(view["blocks"])
    refused = await slack.submit(opened["view_id"], "U0ALICE", **field("since", "99:99"))
    assert "since" in refused["errors"]
    assert await asked(place) == []
    values = field("since", "00:00") | field("reason", "it & all")
    await slack.submit(opened["view_id"], "U0ALICE", **values)
    [run] = await asked(place)
    wish = await scribe.asked(run)
    assert wish is not None
    assert wish.channel == INCIDENT
    assert wish.ask["name"] == "vault-snapshot-20251125-020000"
    assert wish.ask["cluster"] == "prod"
    assert wish.ask["reason"] == "it & all"
    assert str(wish.ask["since"]).endswith("T00:00:00Z")
    await slack.card(run)


async def test_restore_without_words_asks_which_cluster_where_there_are_two(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    await put_on_board(place, "prod", "staging")
    answer = await slack.say("restore")
    assert "There are 2 clusters" in answer["ephemeral"]["text"]
    assert (await slack.say("restore on staging"))["view_id"]


async def test_a_dialog_of_someone_who_became_a_guest_asks_for_nothing(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    await put_on_board(place, "prod")
    opened = await slack.say("restore")
    answer = await slack.submit(opened["view_id"], "U0GUEST")
    assert answer["ok"]
    [view] = await slack.views("U0ALICE")
    assert "guests of the workspace cannot use this" in str(view["blocks"])
    assert await asked(place) == []


async def test_cancel_in_words_is_a_press(bot: asyncio.Event, slack: Slack, scribe: Scribe) -> None:
    run = await slack.ask("restore latest")
    await scribe.plan(run)
    answer = await slack.say(f"cancel {run} the wrong cluster")
    assert run in answer["ephemeral"]["text"]
    [press] = await scribe.presses(run)
    assert (press.button, press.reason) == (Button.CANCEL, "the wrong cluster")
    [event] = await scribe.answer(run)
    assert isinstance(event, Cancelled)
    missing = await slack.say("cancel r-none2345")
    assert "There is no run" in missing["ephemeral"]["text"]


async def deny(run: str, place: Place, scribe: Scribe) -> None:
    await scribe.plan(run)
    await place.press(run, Button.DENY, "bob")
    await scribe.answer(run)


async def ask_again_twice(run: str, slack: Slack) -> None:
    card = await slack.card(run, "Ask again")
    value = next(
        element["value"]
        for block in card["blocks"]
        for element in block.get("elements", [])
        if element.get("action_id") == "press:ask_again"
    )
    for _ in range(2):
        await slack.press(card, "press:ask_again", "U0BOB", value=value)


async def test_ask_again_is_a_new_run_once(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, place: Place
) -> None:
    run = await slack.ask("restore latest since 00:00 reason gone")
    await deny(run, place, scribe)
    await ask_again_twice(run, slack)
    again = [each for each in await asked(place) if each != run]
    assert len(again) == 1
    wish, first = await scribe.asked(again[0]), await scribe.asked(run)
    assert wish is not None
    assert first is not None
    assert (wish.again, wish.who.id, wish.ask) == (run, "U0BOB", first.ask)
    await slack.card(again[0])


async def test_ask_again_asks_anew_once_what_it_asked_for_before_is_over(
    bot: asyncio.Event, slack: Slack, scribe: Scribe, place: Place
) -> None:
    run = await slack.ask("restore latest reason gone")
    await deny(run, place, scribe)
    known = [run]
    for is_over in ("refused", "denied", "still waits"):
        await ask_again_twice(run, slack)
        [name] = [each for each in await asked(place) if each not in known]
        known.append(name)
        wish = await scribe.asked(name)
        assert wish is not None
        assert wish.again == run
        if is_over == "refused":
            await scribe.refuse(name, "prod is sealed")
        elif is_over == "denied":
            await deny(name, place, scribe)
        else:
            await scribe.plan(name)
    await ask_again_twice(run, slack)
    assert sorted(await asked(place)) == sorted(known)


async def test_a_persons_word_waits_for_a_worker_to_sign_it(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    answer = await slack.say("checklist attest 2.1 it is in the wiki")
    assert "noted" in answer["ephemeral"]["text"]
    connection = place.address("worker").connect()
    try:
        [wish] = await Attestations(connection, None, place.ring, None).unsigned()
    finally:
        await connection.close()
    assert (wish.item, wish.note, wish.who.id) == ("2.1", "it is in the wiki", "U0ALICE")
    assert "anyone's word" in (await slack.say("checklist attest 2.7 yes"))["ephemeral"]["text"]


async def test_a_command_survives_a_socket_that_is_refreshed(
    bot: asyncio.Event, slack: Slack, place: Place
) -> None:
    await slack.post("faults", refresh_socket=True)
    answers: list[Json] = [await slack.say("backup") for _ in range(3)]
    assert [answer["ok"] for answer in answers] == [True] * 3
    assert len(await asked(place)) == 3
