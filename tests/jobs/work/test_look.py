"""Laws of the look: one plan, or all the reasons why there is none."""

import asyncio
from dataclasses import replace

import pytest

from jobs.people import Button, Who
from jobs.runs.events import Planned, PlanRefused
from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import NotForMe
from playbooks.core.trouble import Trouble
from playbooks.core.world.world import World
from tests.jobs.bench import Place
from tests.jobs.toys import TOY
from tests.jobs.work.hands import drive, look_at


async def refused(ask: Ask, world: World) -> NotForMe:
    return NotForMe(why="n1 is sealed", do="unseal it first")


async def troubled(ask: Ask, world: World) -> NotForMe:
    raise Trouble("The store is away", left="nothing was read", do="bring it back")


OTHER = replace(TOY, name="other", look=refused)
THIRD = replace(TOY, name="third", look=troubled)
TWIN = replace(TOY, name="twin")


async def reasons(place: Place, run: str = "run-1") -> tuple[str, ...]:
    [event] = (await place.history(run)).events
    assert isinstance(event, PlanRefused)
    return event.reasons


async def test_exactly_one_playbook_of_the_word_plans(place: Place) -> None:
    await place.ask("run-1", danger=Danger.DESTROYS)
    history = await look_at(place, "run-1", TOY, OTHER, THIRD)
    [event] = history.events
    assert isinstance(event, Planned)
    assert (event.playbook, event.requester, event.needs) == ("toy", "alice", 2)
    assert event.holds == ("cluster:toy",)


async def test_where_none_fits_every_reason_is_told(place: Place) -> None:
    await place.ask("run-1")
    await look_at(place, "run-1", OTHER, THIRD)
    assert await reasons(place) == (
        "other: n1 is sealed; unseal it first",
        "third: The store is away; nothing was read; bring it back.",
    )


async def test_where_two_fit_neither_plans(place: Place) -> None:
    await place.ask("run-1")
    await look_at(place, "run-1", TOY, TWIN)
    assert await reasons(place) == ("both toy and twin would do this, and nobody said which",)


async def test_an_unknown_word_is_refused(place: Place) -> None:
    await place.ask("run-1", word="dance")
    await look_at(place, "run-1")
    assert await reasons(place) == ("no playbook has the word “dance”",)


async def test_words_that_do_not_fit_are_named(place: Place) -> None:
    await place.ask("run-1", pause="long", nonsense=1)
    await look_at(place, "run-1")
    [reason] = await reasons(place)
    assert "pause" in reason
    assert "nonsense" in reason


@pytest.mark.parametrize(
    "standing", ["guest", "bot", "stranger", "other workspace", "deleted", "unknown"]
)
async def test_only_members_may_ask(place: Place, standing: str) -> None:
    asked = await place.ask("run-0")
    who = Who.model_validate({"id": "U0ALICE", "standing": standing})
    await place.put(asked.model_copy(update={"id": "e", "run": "run-1", "who": who}))
    await look_at(place, "run-1")
    [reason] = await reasons(place)
    assert reason


async def ask_at_a_terminal(place: Place, login: str, danger: Danger) -> Planned | PlanRefused:
    asked = await place.ask("run-0", danger=danger)
    who = Who(id=login, standing="terminal")
    await place.put(asked.model_copy(update={"id": "e", "run": "run-1", "who": who}))
    [event] = (await look_at(place, "run-1")).events
    assert isinstance(event, Planned | PlanRefused)
    return event


async def test_any_terminal_may_ask_for_what_needs_no_approval(place: Place) -> None:
    event = await ask_at_a_terminal(place, "root", Danger.READS)
    assert isinstance(event, Planned)
    assert event.requester == "terminal:root"


@pytest.mark.parametrize("danger", [Danger.DISRUPTS, Danger.DESTROYS])
async def test_a_terminal_of_nobody_known_asks_for_nothing_that_needs_approval(
    place: Place, danger: Danger
) -> None:
    event = await ask_at_a_terminal(place, "bob", danger)
    assert isinstance(event, PlanRefused)
    [reason] = event.reasons
    assert "`bob`" in reason
    assert "`logins`" in reason
    assert "let somebody else ask" in reason


async def test_whoever_asked_at_a_terminal_cannot_approve_it_in_slack(place: Place) -> None:
    event = await ask_at_a_terminal(place, "bob-unix", Danger.DISRUPTS)
    assert isinstance(event, Planned)
    assert event.requester == "bob"
    await place.press("run-1", Button.APPROVE, "bob")
    await drive(place, "run-1")
    assert await place.kinds("run-1") == ["planned", "refused"]


async def test_what_another_run_holds_is_not_planned_on(place: Place) -> None:
    await place.ask("run-1", danger=Danger.DISRUPTS, waits=True)
    await look_at(place, "run-1")
    await place.press("run-1", Button.APPROVE, "bob")
    await drive(place, "run-1")
    await place.ask("run-2", danger=Danger.DISRUPTS)
    await look_at(place, "run-2")
    [reason] = await reasons(place, "run-2")
    assert "Run run-1 holds cluster:toy" in reason
    # What only reads is planned all the same.
    await place.ask("run-3")
    [event] = (await look_at(place, "run-3")).events
    assert isinstance(event, Planned)


async def test_two_lookers_on_one_request_and_one_answers(place: Place) -> None:
    await place.ask("run-1")
    await asyncio.gather(*(look_at(place, "run-1") for _ in range(4)))
    assert await place.kinds("run-1") == ["planned"]


async def test_ask_again_is_for_runs_that_have_ended(place: Place) -> None:
    asked = await place.ask("run-1", danger=Danger.DESTROYS)
    await look_at(place, "run-1")
    again = asked.model_copy(update={"id": "again-1", "run": "run-2", "again": "run-1"})
    await place.put(again)
    await look_at(place, "run-2")
    [reason] = await reasons(place, "run-2")
    assert "run-1 has not ended" in reason
    await place.press("run-1", Button.DENY, "bob")
    await drive(place, "run-1")
    await place.put(again.model_copy(update={"id": "again-2", "run": "run-3"}))
    [event] = (await look_at(place, "run-3")).events
    assert isinstance(event, Planned)
    assert event.again == "run-1"
