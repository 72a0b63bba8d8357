"""An order that is not signed by enough, or was changed since, begins nothing and holds nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from jobs.people import Remit
from jobs.runs.events import PlanRefused
from jobs.runs.state import Ended, Running, Stopped
from playbooks.core.danger import Danger
from tests.jobs.bench import PEOPLE
from tests.jobs.nightly import DUE
from tests.jobs.orders.yard import RUN, Yard
from tests.ssh import make_ssh_key

Spoil = Callable[[Yard], None]


def changed(**fields: object) -> Spoil:
    def change(yard: Yard) -> None:
        yard.order = yard.order.model_copy(update=fields)

    return change


def signed_by(*names: str) -> Spoil:
    def sign(yard: Yard) -> None:
        yard.order = yard.signed_by(*names)

    return sign


def with_another_argument(yard: Yard) -> None:
    arguments = {**yard.order.arguments, "pause": 0.001}
    yard.order = yard.order.model_copy(update={"arguments": arguments})


def without_its_approver(yard: Yard) -> None:
    yard.people = PEOPLE.model_copy(update={"approvers": ("carol",)})


def with_a_remit_of_others(yard: Yard) -> None:
    others = Remit(approvers=("carol", "alice"), clusters=("toy",))
    yard.people = PEOPLE.model_copy(update={"remits": (others,)})


def without_the_key(yard: Yard) -> None:
    yard.allowed = yard.allowed.replace(yard.keys["bob"].allowed, "")


# What holds a run up at its beginning, and while it waits.
CHANGES = {
    "its reason": (changed(reason="a fresh one every other day"), "another text"),
    "its time": (changed(daily=time(1, 59)), "another text"),
    "its last day": (changed(until=date(2027, 4, 30)), "another text"),
    "who is in charge": (changed(in_charge="alice"), "another text"),
    "its arguments": (with_another_argument, "another text"),
    "what it may do": (changed(danger=Danger.DISRUPTS), "another text"),
    "no approver any more": (without_its_approver, "bob may not approve it"),
    "others approve there": (with_a_remit_of_others, "bob may not approve it"),
    "a key taken away": (without_the_key, "with a key that counts not"),
}
UNSIGNED = {
    "by nobody": (signed_by(), "0 of 1 signatures count"),
    "by who is in charge": (signed_by("carol"), "carol may not approve it"),
    "by somebody who may not": (signed_by("alice"), "alice may not approve it"),
    "by a stranger": (signed_by("dave"), "dave may not approve it"),
    "with nonsense": (changed(signatures=("nonsense",)), "another text"),
}


@pytest.mark.parametrize(("spoil", "why"), [*CHANGES.values(), *UNSIGNED.values()])
async def test_what_is_changed_or_not_signed_begins_nothing(
    yard: Yard, spoil: Spoil, why: str
) -> None:
    spoil(yard)
    assert await yard.begin() == ["plan refused"]
    [refused] = await yard.events()
    assert isinstance(refused, PlanRefused)
    assert why in refused.reasons[0]
    assert "standing order nightly is void" in refused.reasons[0]
    assert yard.effects() == []


@pytest.mark.parametrize(("spoil", "why"), [*CHANGES.values(), *UNSIGNED.values()])
async def test_a_worker_believes_its_own_configuration_alone(
    yard: Yard, spoil: Spoil, why: str
) -> None:
    """The looker's is as it was, or the looker is somebody else's."""
    await yard.look()
    spoil(yard)
    await yard.act()
    assert await yard.place.kinds(RUN) == ["planned", "order void"]
    state = await yard.place.state(RUN)
    assert state.stage == Ended("void")
    assert why in state.reason or "is not what standing order nightly asks for" in state.reason
    assert yard.effects() == []


@pytest.mark.parametrize(("spoil", "why"), [*CHANGES.values(), *UNSIGNED.values()])
async def test_what_is_changed_stops_a_run_in_waiting(yard: Yard, spoil: Spoil, why: str) -> None:
    yard.order = yard.order.model_copy(
        update={"arguments": {**yard.order.arguments, "waits": True}}
    )
    yard.order = yard.signed_by("bob")
    await yard.begin()
    assert isinstance((await yard.place.state(RUN)).stage, Running)
    before = yard.effects()
    spoil(yard)
    await yard.act()
    stage = (await yard.place.state(RUN)).stage
    assert isinstance(stage, Stopped)
    assert "The approval of this run does not hold: standing order nightly" in stage.happened
    assert why in stage.happened or "was changed" in stage.happened
    assert yard.effects() == before


async def test_its_last_day_may_pass_while_it_waits(yard: Yard) -> None:
    until = DUE.date()
    waits = {**yard.order.arguments, "waits": True}
    yard.order = yard.order.model_copy(update={"until": until, "arguments": waits})
    yard.order = yard.signed_by("bob")
    yard.at = DUE + timedelta(hours=21, minutes=59, seconds=59)
    await yard.begin()
    yard.at += timedelta(seconds=3)
    await yard.act()
    assert isinstance((await yard.place.state(RUN)).stage, Running)


async def test_its_last_day_is_the_last(yard: Yard) -> None:
    yard.order = yard.order.model_copy(update={"until": DUE.date() - timedelta(days=1)})
    yard.order = yard.signed_by("bob")
    assert await yard.begin() == ["plan refused"]
    [refused] = await yard.events()
    assert "its last day was 2026-11-25" in str(refused)


async def test_nobody_signs_for_more_than_a_year(yard: Yard) -> None:
    yard.order = yard.order.model_copy(update={"until": DUE.date() + timedelta(days=366)})
    yard.order = yard.signed_by("bob")
    assert await yard.begin() == ["plan refused"]
    [refused] = await yard.events()
    assert "more than a year away" in str(refused)


async def test_a_plan_that_does_more_harm_than_was_signed_is_refused(yard: Yard) -> None:
    arguments = {**yard.order.arguments, "danger": Danger.DISRUPTS}
    yard.order = yard.order.model_copy(update={"arguments": arguments})
    yard.order = yard.signed_by("bob")
    assert await yard.begin() == []
    yard.at += timedelta(minutes=10)
    assert await yard.begin() == ["plan refused"]
    assert "this plan disrupts, and standing order nightly" in str(await yard.events())


async def test_what_destroys_something_never_runs_by_schedule(yard: Yard) -> None:
    """Even where it was signed."""
    arguments = {**yard.order.arguments, "danger": Danger.DESTROYS}
    update = {"arguments": arguments, "danger": Danger.DESTROYS}
    yard.order = yard.order.model_copy(update=update)
    yard.order = yard.signed_by("bob")
    assert await yard.begin() == ["plan refused"]
    assert "what destroys something never runs by schedule" in str(await yard.events())


async def test_an_order_that_is_taken_out_begins_nothing_and_stops_what_waits(yard: Yard) -> None:
    await yard.look()
    yard.orders = ()
    await yard.act()
    assert (await yard.place.state(RUN)).reason == (
        "there is no standing order nightly in the configuration"
    )
    yard.orders, yard.at = None, yard.at + timedelta(days=1)
    yard.order = yard.order.model_copy(
        update={"arguments": {**yard.order.arguments, "waits": True}}
    )
    yard.order = yard.signed_by("bob")
    tomorrow = yard.order.run_on(yard.at.date())
    await yard.look(tomorrow)
    await yard.act(tomorrow)
    yard.orders = ()
    await yard.act(tomorrow)
    stage = (await yard.place.state(tomorrow)).stage
    assert isinstance(stage, Stopped)
    assert "standing order nightly is not in the configuration any more" in stage.happened


async def test_a_run_in_waiting_does_not_go_on_by_an_order_that_was_signed_anew(yard: Yard) -> None:
    yard.order = yard.order.model_copy(
        update={"arguments": {**yard.order.arguments, "waits": True}}
    )
    yard.order = yard.signed_by("bob")
    await yard.begin()
    yard.order = yard.order.model_copy(update={"until": date(2027, 4, 30)})
    yard.order = yard.signed_by("bob")
    await yard.act()
    stage = (await yard.place.state(RUN)).stage
    assert isinstance(stage, Stopped)
    assert "standing order nightly was changed" in stage.happened


@pytest.mark.parametrize(
    ("signers", "ends"),
    [
        (("bob", "bob"), "plan refused"),
        (("bob", "bob-too"), "plan refused"),
        (("bob", "carol"), "plan refused"),
        (("bob", "alice"), "finished"),
    ],
)
async def test_persons_count_and_not_their_signatures_or_keys(
    yard: Yard, tmp_path: Path, signers: tuple[str, ...], ends: str
) -> None:
    another = yard.keys["bob-too"] = replace(make_ssh_key(tmp_path, "bob-too"), person="bob")
    yard.allowed += another.allowed
    yard.needs = 2
    yard.people = PEOPLE.model_copy(update={"approvers": ("alice", "bob", "carol")})
    yard.order = yard.signed_by(*signers)
    assert (await yard.begin())[-1] == ends
