"""What is told once, and to whom."""

from typing import Final

import pytest

from bot.due import Say, Scene, Tell, Whisper, dues
from jobs.people import Button, Who
from jobs.runs.decisions import decide
from jobs.runs.events import GlassBroken, Refused
from jobs.runs.lifecycle import replay
from jobs.runs.requests import Asked, Press
from jobs.runs.state import Run
from tests.bot.scribe import DIGEST, planned
from tests.jobs.bench import PEOPLE, member, now

SCENE: Final = Scene(
    channel="C0INCIDENT", link=None, posted_at=now(), asked_in="C0INCIDENT", done=frozenset()
)
ASKED: Final = Asked(
    id="ask-1",
    run="run-1",
    word="restore",
    ask={},
    who=member("alice"),
    channel="C0INCIDENT",
    at=now(),
)


@pytest.mark.parametrize(
    ("who", "accounts"),
    [
        (member("carol").model_copy(update={"standing": "guest"}), ["U0CAROL"]),
        (Who(id="U0NOBODY", standing="member"), ["U0NOBODY"]),
        (Who(id="bob-unix", standing="terminal"), []),
        (Who(id="root", standing="terminal"), []),
    ],
)
def test_only_who_pressed_in_slack_is_told_there_why_it_did_not_count(
    who: Who, accounts: list[str]
) -> None:
    plan = planned(ASKED, needs=2)
    run = replay([plan])
    assert isinstance(run, Run)
    press = Press(
        id="press-1", run="run-1", button=Button.UNDO, digest=DIGEST, who=who, reason="", at=now()
    )
    refused = decide(run, press, PEOPLE, now())
    assert isinstance(refused, Refused)
    found = dues((plan, refused), SCENE, PEOPLE, now())
    assert [due.what.user for due in found if isinstance(due.what, Whisper)] == accounts


def test_everyone_who_was_skipped_is_told_in_the_channel_and_written_to() -> None:
    plan = planned(ASKED, needs=2).model_copy(update={"break_glass": True})
    run = replay([plan])
    assert isinstance(run, Run)
    press = Press(
        id="press-1",
        run="run-1",
        button=Button.BREAK_GLASS,
        digest=DIGEST,
        who=member("bob"),
        reason="it burns",
        confirms=plan.cluster,
        at=now(),
    )
    broken = decide(run, press, PEOPLE, now())
    assert isinstance(broken, GlassBroken)
    found = dues((plan, broken), SCENE, PEOPLE, now())
    told = {due.what.user for due in found if isinstance(due.what, Tell)}
    [said] = [due.what for due in found if isinstance(due.what, Say) and due.what.broadcast]
    assert "broke the glass and starts the run alone: it burns. Not asked: carol" in str(said)
    everyone = {PEOPLE.accounts(name)[0] for name in PEOPLE.approvers if name != "bob"}
    assert told == everyone
    assert everyone
