"""The same words from a shell, and each button: a signature says who presses it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.envelope import run_id
from jobs.people import Button, Matter, Who, why_not
from jobs.runs.events import Finished, StepDone, StepFailed, StepStarted
from jobs.runs.state import Running
from jobs.runs.statement import press_statement, statement
from playbooks.core.danger import Danger
from playbooks.core.trouble import Trouble
from tests.bot.people import eventually
from tests.bot.scribe import STEPS, Scribe
from tests.bot.sitting import LOGIN, Keys, Seat
from tests.jobs.bench import PEOPLE, Place, now


@pytest.fixture
def seat(place: Place) -> Seat:
    return Seat(place)


@pytest.fixture
def keys(place: Place) -> Keys:
    return Keys(place)


@pytest.fixture
async def run(place: Place, seat: Seat, scribe: Scribe) -> str:
    """A run that Alice asked for at a terminal, and that waits for two approvals."""
    asking = asyncio.create_task(seat.say("restore latest reason the disk is gone"))
    name = await the_run(place)
    await scribe.plan(name)
    await asking
    return name


@pytest.fixture
async def worker(keys: Keys, scribe: Scribe, run: str) -> AsyncIterator[None]:
    """Answers what is pressed on the run."""

    async def work() -> None:
        while True:
            await keys.answer(scribe, run)
            await asyncio.sleep(0.05)

    working = asyncio.create_task(work())
    yield
    working.cancel()


async def the_run(place: Place) -> str:
    connection = place.address("bot").connect()

    async def look() -> str | None:
        lines = await connection.newest_lines("asked", 1)
        return lines[0][1]["run"] if lines else None

    try:
        return await eventually(look)
    finally:
        await connection.close()


async def text_of(place: Place, run: str) -> str:
    return statement((await place.state(run)).planned).text()


async def carried_out(place: Place, scribe: Scribe, run: str) -> None:
    """Carry a run out as soon as it is approved."""

    async def approved() -> bool:
        return isinstance((await place.state(run)).stage, Running)

    await eventually(approved)
    for step in STEPS:
        await scribe.write(run, StepStarted(at=now(), step=step, again=False))
        await scribe.write(run, StepDone(at=now(), step=step, already=False))
    await scribe.write(run, Finished(at=now(), outcome="done"))


async def stop(scribe: Scribe, run: str) -> None:
    """Let the first step be done and the second one fail."""
    await scribe.approve(run, "bob", "carol")
    await scribe.write(run, StepStarted(at=now(), step=STEPS[0], again=False))
    await scribe.write(run, StepDone(at=now(), step=STEPS[0], already=False))
    failed = StepFailed(at=now(), step=STEPS[1], happened="It burnt", left="so", do="pour water")
    await scribe.write(run, failed)


@pytest.mark.parametrize("words", ["help", "status", "runs", "checklist", "docs"])
async def test_questions_are_answered_as_plain_text(seat: Seat, words: str) -> None:
    code, said = await seat.say(words)
    assert code == 0
    assert said.strip()
    assert [mark for mark in ("<@", "*", "/vault ") if mark in said] == []


async def test_help_lists_the_words_that_only_a_terminal_has(seat: Seat) -> None:
    _, said = await seat.say("help")
    for word in ("approve ID", "deny ID reason", "undo ID", "break-glass ID CLUSTER", "watch ID"):
        assert word in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("restroe", "did you mean `restore`"),
        ("aprove r-1", "did you mean `approve`"),
        ("approve", "needs the id of a run"),
        ("approve r-1 now", "means nothing after"),
        ("deny r-1", "say `deny ID reason WHY`"),
        ("break-glass r-1 prod", "say `break-glass ID CLUSTER reason WHY`"),
        ("approve r-nobody", "There is no run r-nobody"),
        ("watch r-nobody", "There is no run r-nobody"),
    ],
)
async def test_wrong_words_say_what_to_type_here(seat: Seat, words: str, why: str) -> None:
    with pytest.raises(Trouble) as told:
        await seat.say(words)
    assert why in str(told.value)
    assert "/vault" not in str(told.value)


async def test_a_run_that_needs_nobody_is_followed_to_its_end(
    place: Place, seat: Seat, scribe: Scribe
) -> None:
    following = asyncio.create_task(seat.say("backup reason before the upgrade"))
    name = await the_run(place)
    asked = await scribe.asked(name)
    assert asked is not None
    assert asked.channel is None
    assert asked.who == Who(id=LOGIN, standing="terminal")
    await scribe.plan(name, needs=0)
    for step in STEPS:
        await scribe.write(name, StepStarted(at=now(), step=step, again=False))
        await scribe.write(name, StepDone(at=now(), step=step, already=False))
    await scribe.write(name, Finished(at=now(), outcome="done"))
    code, said = await following
    assert code == 0
    assert [step for step in STEPS if step in said] == list(STEPS)
    assert "all steps are done" in said


async def test_a_plan_that_was_refused_ends_with_one(
    place: Place, seat: Seat, scribe: Scribe
) -> None:
    following = asyncio.create_task(seat.say("restore latest"))
    await scribe.refuse(await the_run(place), "prod is sealed; see `/vault status`")
    code, said = await following
    assert code == 1
    assert "prod is sealed; see `status`" in said


async def test_a_run_that_stops_ends_with_one_and_says_what_to_type(
    place: Place, seat: Seat, scribe: Scribe
) -> None:
    following = asyncio.create_task(seat.say("backup"))
    name = await the_run(place)
    await scribe.plan(name, needs=0)
    await scribe.write(
        name, StepFailed(at=now(), step=STEPS[0], happened="It burnt", left="so", do="pour water")
    )
    code, said = await following
    assert code == 1
    assert "pour water" in said
    assert f"`leave {name}`" in said


async def test_two_signatures_on_a_pipe_start_the_run(
    place: Place, run: str, keys: Keys, scribe: Scribe, worker: None
) -> None:
    text = await text_of(place, run)
    pasted = keys.of("bob").sign(text) + "between them\n" + keys.of("carol").sign(text)
    root = Seat(place, login="root")
    finishing = asyncio.create_task(carried_out(place, scribe, run))
    code, said = await root.say(f"approve {run}", pasted)
    await finishing
    assert text in said
    assert "Bob signed the plan (1 of 2)" in said
    assert "Carol signed the plan (2 of 2)" in said
    assert code == 0


async def test_a_signature_that_does_not_fit_counts_for_nothing_and_ends_with_one(
    place: Place, run: str, keys: Keys, seat: Seat, worker: None
) -> None:
    text = await text_of(place, run)
    for signature in (
        keys.of("mallory").sign(text),
        keys.of("bob").sign(text.replace("prod", "test")),
        keys.of("bob").sign(text, "git"),
    ):
        code, said = await seat.say(f"approve {run}", signature)
        assert code == 1
        assert "did not count: this signature is not over the text" in said
    assert (await place.state(run)).approvals == ()


async def test_one_person_counts_once_and_the_requester_never(
    place: Place, run: str, keys: Keys, seat: Seat, worker: None
) -> None:
    signature = keys.of("bob").sign(await text_of(place, run))
    assert (await seat.say(f"approve {run}", signature))[0] == 0
    code, said = await seat.say(f"approve {run}", signature)
    assert code == 1
    assert "one person counts once" in said
    assert len((await place.state(run)).approvals) == 1


async def test_nothing_is_pressed_without_a_signature(
    place: Place, run: str, seat: Seat, scribe: Scribe
) -> None:
    for words in (f"approve {run}", f"deny {run} reason no", f"undo {run}", f"leave {run}"):
        with pytest.raises(Trouble, match="No signature was given"):
            await seat.say(words)
    with pytest.raises(Trouble, match="it ends too early"):
        await seat.say(f"approve {run}", "-----BEGIN SSH SIGNATURE-----\nabc\n")
    assert await scribe.presses(run) == ()


async def test_a_signed_press_counts_only_while_the_run_stands_where_it_stood(
    place: Place, run: str, keys: Keys, seat: Seat, scribe: Scribe
) -> None:
    await stop(scribe, run)
    stands = await place.state(run)
    signature = keys.of("bob").sign(press_statement(stands, Button.UNDO, "").text())
    leaving = keys.of("bob").sign(press_statement(stands, Button.LEAVE, "").text())
    undoing = asyncio.create_task(seat.say(f"undo {run}", signature, until="it ends"))
    await eventually(lambda: _pressed(scribe, run, 3))
    await keys.answer(scribe, run)
    assert "undo" in str((await place.state(run)).stage).lower()
    undoing.cancel()
    pressing = asyncio.create_task(seat.say(f"leave {run}", leaving, until="it ends"))
    await eventually(lambda: _pressed(scribe, run, 4))
    await keys.answer(scribe, run)
    assert (await place.history(run)).events[-1].kind == "refused"
    pressing.cancel()


async def _pressed(scribe: Scribe, run: str, count: int) -> bool:
    return len(await scribe.presses(run)) >= count


async def test_whoever_asked_at_a_terminal_can_cancel_there_by_login(
    run: str, seat: Seat, scribe: Scribe, worker: None
) -> None:
    code, said = await seat.say(f"cancel {run} wrong cluster")
    assert code == 1
    assert "cancelled the run: wrong cluster" in said


async def test_a_deny_that_an_approver_signed_ends_the_run(
    place: Place, run: str, keys: Keys, seat: Seat, worker: None
) -> None:
    stands = await place.state(run)
    signature = keys.of("carol").sign(press_statement(stands, Button.DENY, "not tonight").text())
    code, said = await seat.say(f"deny {run} reason not tonight", signature)
    assert code == 1
    assert "Carol denied the plan: not tonight" in said


async def test_ask_again_is_a_new_run_of_the_same_words(
    place: Place, run: str, seat: Seat, scribe: Scribe, worker: None
) -> None:
    await seat.say(f"cancel {run}")
    asking = asyncio.create_task(seat.say(f"ask-again {run}"))
    name = run_id(f"terminal\n{LOGIN}\n{LOGIN} {seat.count + 1}")

    async def asked_again() -> bool:
        asked = await scribe.asked(name)
        return asked is not None and asked.again == run and asked.ask["name"] is None

    await eventually(asked_again)
    await scribe.plan(name)
    assert (await asking)[0] == 0


async def test_a_reason_with_escapes_is_shown_without_them(
    place: Place, run: str, keys: Keys, seat: Seat, worker: None
) -> None:
    code, said = await seat.say(f"cancel {run} \x1b[2Jgone\x07")
    assert code == 1
    assert "\x1b" not in said
    assert "\x07" not in said


async def test_a_login_alone_never_approves(seat: Seat) -> None:
    matter = Matter(requester="slack:U1", cluster="prod", danger=Danger.DESTROYS)
    for button in (Button.APPROVE, Button.DENY, Button.UNDO, Button.LEAVE):
        assert why_not(PEOPLE, Who(id="bob", standing="terminal"), matter, button)
    with pytest.raises(Trouble, match="cannot prove who you are"):
        await seat.say("checklist attest 2.1 I saw it")
