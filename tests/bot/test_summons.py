"""Everybody reads whom to call when a run waits for custodians; phones are for approvers alone."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.app import Tokens as BotTokens
from bot.app import serve as serve_bot
from bot.blocks.run import CardContext, card
from bot.due import Tell, dues
from bot.terminal.console import Size
from bot.terminal.view import Seen, draw
from deploy.books import all_playbooks
from deploy.demo.workspace.credentials import Tokens
from deploy.demo.workspace.site import RunningSite
from jobs.incidents.report import Enclosed, write
from jobs.people import People, Person
from jobs.runs.events import Event, Finished, StepDone, StepStarted, Waits
from jobs.runs.lifecycle import replay
from jobs.runs.state import Run
from playbooks.core.step import WaitUntil
from tests.bot.installation import SETTINGS, given
from tests.bot.people import Json, Slack, eventually
from tests.bot.scribe import STEPS, Scribe, planned
from tests.bot.test_due import ASKED, SCENE
from tests.jobs.bench import PEOPLE, Place, now

PHONES: Final = ("+49 30 5550111", "+49 30 5550112")
PLAYBOOKS: Final = all_playbooks()
KNOWN: Final = People(
    persons=(
        *PEOPLE.persons,
        Person(id="erin", name="Erin", slack=("U0ERIN",), phone=PHONES[0]),
        Person(id="frank", name="Frank", slack=("U0FRANK",), phone=PHONES[1]),
        Person(id="grace", name="Grace"),
    ),
    approvers=PEOPLE.approvers,
    custodians={"prod": ("erin", "frank", "grace")},
)


def ceremonies() -> Iterator[str]:
    """Every step of every playbook in which a run waits for custodians."""
    for book in PLAYBOOKS.values():
        for step in book.steps:
            if isinstance(step, WaitUntil) and "call the custodians" in step.otherwise:
                yield step.says


CEREMONIES: Final = sorted({*ceremonies()})
UNSEAL: Final = next(says for says in CEREMONIES if "unsealed every node" in says)


def _events(step: str, *later: Event) -> tuple[Event, ...]:
    plan = planned(ASKED, needs=0)
    steps = (plan.steps[0].model_copy(update={"says": step}), *plan.steps[1:])
    return (plan.model_copy(update={"steps": steps}), *later)


def _waits(step: str, says: str) -> Waits:
    return Waits(at=now(), step=step, since=ASKED.at + timedelta(seconds=1), says=says)


def _told(events: tuple[Event, ...]) -> dict[str, str]:
    """What is said to one person alone, by their account."""
    found = [due.what for due in dues(events, SCENE, KNOWN, now())]
    return {each.user: each.message.text for each in found if isinstance(each, Tell)}


def _run(events: tuple[Event, ...]) -> Run:
    run = replay(events)
    assert isinstance(run, Run)
    return run


def test_every_ceremony_is_known_as_one() -> None:
    books = {"unseal", "rotate_shares", "restore_backup", "rebuild_from_backup"}
    assert books <= PLAYBOOKS.keys()
    assert len(CEREMONIES) >= 5
    assert all("custodian" in says for says in CEREMONIES)


@pytest.mark.parametrize("step", CEREMONIES)
def test_each_approver_is_told_once_a_wait_whom_to_call_and_how(step: str) -> None:
    first = _events(step, _waits(step, "0 of 3 custodians"))
    told = _told(first)
    assert told.keys() == {"U0BOB", "U0CAROL"}
    for says in told.values():
        assert "Erin, +49 30 5550111; Frank, +49 30 5550112; Grace, no phone is known" in says
        assert ("custodian unseal" in says) == ("unseal" in step)
        assert ("custodian rotate-shares" in says) == ("share" in step)
    more = (*first, _waits(step, "1 of 3 custodians"))
    keys = [{due.key for due in dues(each, SCENE, KNOWN, now())} for each in (first, more)]
    assert {key for key in keys[0] if "custodians" in key} == {
        key for key in keys[1] if "custodians" in key
    }


@pytest.mark.parametrize("step", CEREMONIES)
def test_everybody_reads_whom_to_call_and_nobody_else_a_phone(step: str) -> None:
    events = _events(step, _waits(step, "2 of 3 custodians"))
    run = _run(events)
    drawn = json.dumps(card(run, CardContext(now(), KNOWN)).blocks)
    assert "2 of 3 custodians" in drawn
    assert "Whom to call next* <@U0ERIN>, <@U0FRANK>, Grace. Each runs" in drawn
    lines = draw(Seen(run.id, run), KNOWN, now(), Size(columns=100, rows=40))
    terminal = " ".join(line.text for line in lines)
    assert "Whom to call next: Erin, Frank, Grace" in terminal
    public = [due.what for due in dues(events, SCENE, KNOWN, now())]
    said = str([each for each in public if not isinstance(each, Tell)])
    report = write(run, events, Enclosed(KNOWN, (), (0, 59), "ab" * 32))
    for where in (drawn, terminal, said, report):
        assert not any(phone in where for phone in PHONES)


def test_a_wait_that_is_over_calls_nobody() -> None:
    over = StepDone(at=now(), step=UNSEAL, already=False)
    events = _events(UNSEAL, _waits(UNSEAL, "2 of 3 custodians"), over)
    assert _told(events) == {}
    assert "Whom to call" not in str(card(_run(events), CardContext(now(), KNOWN)).blocks)


def test_a_wait_for_something_else_calls_nobody() -> None:
    step = "Wait until every node is a voter"
    events = _events(step, _waits(step, "2 of 3 nodes vote"))
    assert _told(events) == {}
    assert "Whom to call" not in str(card(_run(events), CardContext(now(), KNOWN)).blocks)


async def test_no_phone_reaches_slack_but_in_an_approvers_own_messages(
    place: Place, slack: Slack, scribe: Scribe, site: RunningSite, tokens: Tokens
) -> None:
    hands = BotTokens(bot=tokens.bot, app=tokens.app, api_url=f"{site.url}/api/")
    stop = asyncio.Event()
    known = replace(given(place, "bot"), people=KNOWN)
    serving = asyncio.create_task(serve_bot(SETTINGS, hands, known, stop))
    try:
        await _ceremony(slack, scribe)
    finally:
        stop.set()
        await serving
    holding = [call for call in (await slack.get("log"))["log"] if _holds_phone(call["body"])]
    assert {call["method"] for call in holding} == {"chat.postMessage"}
    assert {call["body"]["channel"] for call in holding} == {"U0BOB", "U0CAROL"}
    assert len(holding) == 2


async def _ceremony(slack: Slack, scribe: Scribe) -> None:
    async def connected() -> bool | None:
        return await slack.connections() > 0 or None

    await eventually(connected)
    run = await slack.ask("restore latest")
    asked = await scribe.asked(run)
    assert asked is not None
    plan = planned(asked, needs=0)
    steps = (plan.steps[0].model_copy(update={"says": UNSEAL}), *plan.steps[1:])
    await scribe.write(run, plan.model_copy(update={"steps": steps}))
    await scribe.write(run, _waits(UNSEAL, "0 of 3 custodians"), _waits(UNSEAL, "2 of 3 so far"))
    await slack.card(run, "Whom to call next", "<@U0ERIN>", "2 of 3 so far")

    async def told() -> bool | None:
        said = [call["body"] for call in await slack.calls("chat.postMessage")]
        return len([body for body in said if _holds_phone(body)]) == 2 or None

    await eventually(told)
    await scribe.write(run, StepDone(at=now(), step=UNSEAL, already=False))
    for step in STEPS[1:]:
        await scribe.write(run, StepStarted(at=now(), step=step, again=False))
        await scribe.write(run, StepDone(at=now(), step=step, already=False))
    await scribe.write(run, Finished(at=now(), outcome="done"))
    card = await slack.card(run)
    await slack.thread_line(card, "all steps are done")
    for user in ("U0ALICE", "U0ERIN"):
        assert (await slack.say(f"run {run}", user))["ok"]


def _holds_phone(body: Json) -> bool:
    return any(phone in json.dumps(body) for phone in PHONES)
