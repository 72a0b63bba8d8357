"""The same words from a shell: asked, told and followed, never approved."""

import asyncio
import io
from contextlib import redirect_stdout

import pytest

from bot import terminal
from jobs.people import Button, Who, why_not
from jobs.runs.events import Finished, StepDone, StepFailed, StepStarted
from playbooks.core.trouble import Trouble
from tests.bot.installation import given
from tests.bot.people import eventually
from tests.bot.scribe import STEPS, Scribe
from tests.jobs.bench import PEOPLE, Place, now


async def run(place: Place, words: str, seed: str = "1") -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out):
        code = await terminal.main(words, given(place, "terminal"), "alice", seed)
    return code, out.getvalue()


async def the_run(place: Place) -> str:
    connection = place.address("bot").connect()

    async def look() -> str | None:
        lines = await connection.newest_lines("asked", 1)
        return lines[0][1]["run"] if lines else None

    try:
        return await eventually(look)
    finally:
        await connection.close()


@pytest.mark.parametrize("words", ["help", "status", "runs", "checklist", "docs"])
async def test_questions_are_answered_as_plain_text(place: Place, words: str) -> None:
    code, said = await run(place, words)
    assert code == 0
    assert said.strip()
    assert "<@" not in said
    assert "*" not in said


async def test_wrong_words_are_the_same_trouble(place: Place) -> None:
    with pytest.raises(Trouble, match="did you mean"):
        await run(place, "restroe")


async def test_a_run_that_needs_nobody_is_followed_to_its_end(place: Place, scribe: Scribe) -> None:
    following = asyncio.create_task(run(place, "backup reason before the upgrade"))
    name = await the_run(place)
    asked = await scribe.asked(name)
    assert asked is not None
    assert asked.channel is None
    assert asked.who == Who(id="alice", standing="terminal")
    await scribe.plan(name, needs=0)
    for step in STEPS:
        await scribe.write(name, StepStarted(at=now(), step=step, again=False))
        await scribe.write(name, StepDone(at=now(), step=step, already=False))
    await scribe.write(name, Finished(at=now(), outcome="done"))
    code, said = await following
    assert code == 0
    assert [step for step in STEPS if step in said] == list(STEPS)
    assert "All steps are done" in said


async def test_a_run_that_needs_approval_is_left_to_slack(place: Place, scribe: Scribe) -> None:
    following = asyncio.create_task(run(place, "restore latest"))
    await scribe.plan(await the_run(place))
    code, said = await following
    assert code == 0
    assert "a terminal cannot approve" in said


async def test_a_run_that_stops_ends_with_one(place: Place, scribe: Scribe) -> None:
    following = asyncio.create_task(run(place, "backup"))
    name = await the_run(place)
    await scribe.plan(name, needs=0)
    failed = StepFailed(at=now(), step=STEPS[0], happened="It burnt", left="so", do="pour water")
    await scribe.write(name, failed)
    code, said = await following
    assert code == 1
    assert "pour water" in said


async def test_a_plan_that_was_refused_ends_with_one(place: Place, scribe: Scribe) -> None:
    following = asyncio.create_task(run(place, "restore latest"))
    await scribe.refuse(await the_run(place), "prod is sealed")
    code, said = await following
    assert code == 1
    assert "prod is sealed" in said


async def test_whoever_asked_at_a_terminal_can_cancel_there(place: Place, scribe: Scribe) -> None:
    asking = asyncio.create_task(run(place, "restore latest"))
    name = await the_run(place)
    await scribe.plan(name)
    await asking
    cancelling = asyncio.create_task(run(place, f"cancel {name} no", "2"))

    async def pressed() -> bool | None:
        return bool(await scribe.presses(name)) or None

    await eventually(pressed)
    await scribe.answer(name)
    code, said = await cancelling
    assert code == 1
    assert "cancelled the run: no" in said


async def test_a_terminal_can_never_approve(place: Place, scribe: Scribe) -> None:
    for button in (Button.APPROVE, Button.DENY, Button.UNDO, Button.LEAVE):
        assert why_not(PEOPLE, Who(id="bob", standing="terminal"), "slack:U1", button)
    with pytest.raises(Trouble, match="cannot prove who you are"):
        await run(place, "checklist attest 2.1 I saw it")
