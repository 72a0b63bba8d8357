"""An order that enough people signed runs at its time, and its record proves on whose word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jobs.people import Button
from jobs.records.endorsements import endorsements
from jobs.records.signers import read_allowed_signers
from jobs.runs.events import Ordered, Planned
from jobs.runs.state import Ended, Run
from playbooks.backups import take_backup
from playbooks.core.danger import Danger
from tests.jobs.nightly import DUE
from tests.jobs.orders.yard import RUN, Yard
from tests.jobs.toys import TOY
from tests.jobs.work.hands import ALL
from tests.worlds.toy import ToyWorld


async def test_an_order_runs_at_its_time_and_not_before(yard: Yard) -> None:
    yard.at = DUE - timedelta(seconds=1)
    await yard.look()
    assert await yard.events() == ()
    yard.at = DUE
    kinds = await yard.begin()
    assert kinds[:2] == ["planned", "ordered"]
    assert kinds[-1] == "finished"
    assert yard.effects() == ALL


async def test_a_run_by_order_says_who_is_in_charge_and_who_signed(yard: Yard) -> None:
    await yard.begin()
    planned, ordered = (await yard.events())[:2]
    assert isinstance(planned, Planned)
    assert isinstance(ordered, Ordered)
    assert (planned.standing_order, planned.requester, planned.reason) == (
        "nightly",
        "carol",
        "a fresh one every day",
    )
    assert ordered.text == yard.text()
    assert [signed.by for signed in ordered.signatures] == ["bob"]


async def test_the_record_proves_the_order_offline(yard: Yard) -> None:
    await yard.begin()
    history = await yard.place.history(RUN)
    [given] = endorsements(history)
    signers = read_allowed_signers(yard.allowed, "a test")
    assert (given.by, given.text) == ("bob", yard.text())
    assert given.holds(signers)
    without = read_allowed_signers(yard.allowed.replace(yard.keys["bob"].allowed, ""), "a test")
    assert not given.holds(without)


def backs_up(yard: Yard) -> None:
    """Have the order take a real backup of the stand-in cluster."""
    book = take_backup.PLAYBOOK
    named = {"playbook": book.name, "word": book.word, "does": book.about}
    yard.order = yard.order.model_copy(update={**named, "cluster": "prod", "arguments": {}})
    yard.order = yard.signed_by("bob")


async def test_a_backup_is_taken_every_day_by_order(yard: Yard) -> None:
    backs_up(yard)
    for day in range(3):
        yard.at = DUE + timedelta(days=day, seconds=3)
        run = yard.order.run_on(yard.at.date())
        await yard.look(run)
        await yard.act(run)
        state = await yard.place.state(run)
        assert isinstance(state, Run)
        assert state.stage == Ended("done")
    assert len(yard.toy.backups.entries) == 3


async def test_a_cluster_that_does_not_answer_at_once_is_asked_for_ten_minutes(yard: Yard) -> None:
    backs_up(yard)
    whole, yard.toy = yard.toy, ToyWorld()
    yard.toy.destroy()
    for yard.at in (DUE, DUE + timedelta(minutes=9)):
        assert await yard.begin() == []
    well, yard.toy = yard.toy, whole
    assert (await yard.begin())[-1] == "finished"
    yard.toy = well
    for yard.at, kinds in (
        (DUE + timedelta(days=1, minutes=9), []),
        (DUE + timedelta(days=1, minutes=11), ["plan refused"]),
    ):
        tomorrow = yard.order.run_on(yard.at.date())
        await yard.look(tomorrow)
        assert await yard.place.kinds(tomorrow) == kinds


async def test_nobody_approves_a_run_that_an_order_is_to_approve(yard: Yard) -> None:
    await yard.look()
    await yard.place.press(RUN, Button.APPROVE, "bob")
    yard.orders = ()
    await yard.act()
    state = await yard.place.state(RUN)
    assert state.stage == Ended("void")
    assert "stands on its standing order alone" in state.refusals[0].why
    assert yard.effects() == []


async def test_an_approver_ends_a_run_by_order_as_any_other(yard: Yard) -> None:
    await yard.look()
    await yard.place.press(RUN, Button.DENY, "bob")
    await yard.act()
    assert (await yard.place.state(RUN)).stage == Ended("denied")
    assert yard.effects() == []


@pytest.mark.parametrize("danger", [Danger.READS, Danger.DISRUPTS])
async def test_a_plan_needs_at_least_one_who_signed(yard: Yard, danger: Danger) -> None:
    """Even where people could have it without any approval."""
    arguments = {**yard.order.arguments, "danger": danger}
    yard.order = yard.order.model_copy(update={"arguments": arguments, "danger": danger})
    yard.order = yard.signed_by("bob")
    kinds = await yard.begin()
    assert kinds[-1] == "finished"
    assert (await yard.place.state(RUN)).planned.needs == 1


async def test_an_order_names_one_of_the_playbooks_that_share_a_word(yard: Yard) -> None:
    yard.books = (replace(TOY, name="toy_too"), TOY)
    assert (await yard.begin())[-1] == "finished"
    assert (await yard.place.state(RUN)).planned.playbook == "toy"
