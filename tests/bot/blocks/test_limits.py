"""Whatever a run holds, Slack takes its card, and nothing foreign in it is read as formatting."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

import pytest

from bot.blocks import thread
from bot.blocks.modals import approve_modal, deny_modal, glass_modal
from bot.blocks.restore_modal import restore_modal
from bot.blocks.run import CardContext, card, looking
from jobs.people import Button, Who
from jobs.runs.events import Event, PlanRefused
from jobs.runs.lifecycle import replay
from jobs.runs.proofs import ProofKind
from jobs.runs.requests import Asked
from jobs.runs.state import NoRun, Run
from jobs.runs.story import Line, call_for_approval, refusal, thread_line
from jobs.runs.views import ClusterView
from tests.bot.blocks.examples import ASKED_AT, BACKUP, PEOPLE, Journal, longest, stages
from tests.bot.blocks.slack_limits import faults_of_message, faults_of_view

LINK: Final = "https://postbox.slack.example/archives/C0INCIDENT/p1795620000000100?a=1&b=2"
CONTEXT: Final = CardContext(
    now=ASKED_AT + timedelta(minutes=5), people=PEOPLE, thread_link=LINK, note="x" * 500
)
TEXTS: Final = {
    "letters": "x" * 300,
    "ampersands": "&" * 300,
    "a call to all": "<!channel> <!here> <@U0BOB> " * 11,
    "backticks": "`" * 151,
    "fences": "```" + "x" * 200 + "```",
    "newlines": "\n".join("abcdefghij" for _ in range(27)),
    "ticks": ":white_check_mark: approved by everyone " * 7,
    "quotes": "\"\\'“”" * 60,
    "links": "<https://evil.example|Read the plan> " * 8,
    "bold": "*bold* _italic_ ~gone~ " * 13,
    "wide": "\N{SNOWMAN}" * 300,
}


@cache
def _halfway(text: str) -> tuple[Event, ...]:
    return tuple(Journal(longest(text)).approve("bob", "carol").do(30).start().events)


def _long_run(stage: str, text: str) -> Run:
    asked = Journal(longest(text))
    half = Journal(longest(text))
    half.events, half.at, half.presses = list(_halfway(text)), ASKED_AT + timedelta(hours=1), 2
    match stage:
        case "asked":
            return asked.run()
        case "denied":
            return asked.deny(text * 3).run()
        case "half":
            return half.run()
        case "waits":
            return half.do(1).wait(text).run()
        case "stopped":
            return half.fail(text * 9, text * 9, text * 9).run()
        case "broke":
            return half.broke().run()
        case "cancelled":
            return half.do(1).cancel(reason=text * 3).run()
        case "left":
            return half.fail(text, text, text).leave().run()
        case _:
            return half.do(30).finish().run()


LONG: Final = (
    "asked",
    "denied",
    "half",
    "waits",
    "stopped",
    "broke",
    "cancelled",
    "left",
    "done",
)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("stage", LONG)
def test_slack_takes_the_card_of_the_longest_run(name: str, stage: str) -> None:
    drawn = card(_long_run(stage, TEXTS[name]), CONTEXT)
    assert faults_of_message(drawn.text, drawn.blocks) == []
    assert len(drawn.text) <= 300


@pytest.mark.parametrize("stage", stages())
def test_slack_takes_every_card_of_a_real_restore(stage: str) -> None:
    drawn = card(stages()[stage].run(), CONTEXT)
    assert faults_of_message(drawn.text, drawn.blocks) == []


@pytest.mark.parametrize("name", TEXTS)
def test_slack_takes_the_dialogs_of_the_longest_run(name: str) -> None:
    run = _long_run("asked", TEXTS[name])
    assert faults_of_view(approve_modal(run, PEOPLE, ASKED_AT)) == []
    assert faults_of_view(deny_modal(run)) == []
    for proof in ProofKind:
        planned = run.planned.model_copy(update={"proof": proof, "break_glass": True})
        proven = replace(run, planned=planned)
        assert faults_of_view(approve_modal(proven, PEOPLE, ASKED_AT)) == []
        assert faults_of_view(glass_modal(proven)) == []


@pytest.mark.parametrize("name", TEXTS)
def test_slack_takes_a_refusal_to_plan(name: str) -> None:
    refused = PlanRefused(
        at=ASKED_AT,
        run="r-1",
        word=TEXTS[name][:40],
        who=Who(id="U0ALICE", standing="member"),
        channel=None,
        reasons=(TEXTS[name],) * 30,
    )
    drawn = card(NoRun(refused), CONTEXT)
    assert faults_of_message(drawn.text, drawn.blocks) == []


def test_slack_takes_the_card_of_a_look() -> None:
    asked = Asked(
        id="q-1",
        run="r-1",
        word="restore",
        ask={},
        who=Who(id="U0ALICE", standing="member"),
        channel=None,
        at=ASKED_AT,
    )
    drawn = looking(asked, CONTEXT)
    assert faults_of_message(drawn.text, drawn.blocks) == []


@pytest.mark.parametrize("stage", stages())
def test_slack_takes_every_line_of_the_thread(stage: str) -> None:
    for said in lines(stages()[stage]):
        drawn = thread.line(said, PEOPLE)
        assert faults_of_message(drawn.text, drawn.blocks) == []


@pytest.mark.parametrize("name", TEXTS)
def test_slack_takes_the_thread_of_the_longest_run(name: str) -> None:
    text = TEXTS[name]
    journal = Journal(longest(text)).refuse("alice", text).approve("bob", "carol")
    journal.do(2).wait(text).start(again=True).fail(text * 9, text * 9, text * 9)
    for said in lines(journal.choose(Button.UNDO)):
        drawn = thread.line(said, PEOPLE)
        assert faults_of_message(drawn.text, drawn.blocks) == []
    drawn = thread.direct(call_for_approval(journal.run(), LINK))
    assert faults_of_message(drawn.text, drawn.blocks) == []
    drawn = thread.direct(refusal(journal.run().refusals[0]))
    assert faults_of_message(drawn.text, drawn.blocks) == []


def test_slack_takes_a_dialog_of_a_thousand_backups() -> None:
    backups = tuple(
        BACKUP.model_copy(update={"name": f"{'b' * 120}-{place}"}) for place in range(1_000)
    )
    view = ClusterView(cluster="n" * 128, at=ASKED_AT, nodes=(), balancer=None, backups=backups)
    assert faults_of_view(restore_modal(view, ASKED_AT, "C0INCIDENT")) == []


def lines(journal: Journal) -> list[Line]:
    found = []
    for place, event in enumerate(journal.events, 1):
        run = replay(journal.events[:place])
        assert run is not None
        said = thread_line(event, run)
        if said is not None:
            found.append(said)
    return found
