"""Whoever has the bot's Redis, a bell's key or a looker's own key begins nothing by schedule."""

from datetime import timedelta
from typing import Any

import pytest

from jobs.people import Who
from jobs.records.journal import History
from jobs.records.lease import held
from jobs.runs.events import Event, Ordered, Planned, PlanRefused, Signed
from jobs.runs.planning import digest_of, plan_run
from jobs.runs.requests import Asked
from jobs.runs.state import Run, Stopped
from jobs.work.workshop import opened
from playbooks.core.danger import Danger
from tests.jobs.nightly import DUE
from tests.jobs.orders.yard import RUN, Yard, arguments
from tests.jobs.toys import TOY, ToyPlan
from tests.jobs.work.hands import ALL

SCHEDULE = Who(id="nightly", standing="schedule")


async def forge(yard: Yard, run: str, **fields: Any) -> None:
    """Put a request as the bot's Redis user can, saying that a schedule asked."""
    (yard.place.folder / "work" / run).mkdir(exist_ok=True)
    ask = arguments(yard.place, run=run, cluster="toy")
    shape = {"id": f"q-{run}", "run": run, "word": "toy", "ask": ask, "who": SCHEDULE}
    shape |= {"channel": None, "at": yard.at, **fields}
    assert await yard.place.put(Asked.model_validate(shape))


@pytest.mark.parametrize("at", [DUE - timedelta(hours=1), DUE + timedelta(seconds=5)])
async def test_a_request_in_a_schedules_name_is_refused(yard: Yard, at: Any) -> None:
    """Even while the order is due: it has a run of its own, and this is none."""
    yard.at = at
    await forge(yard, "r-forged")
    await yard.look("r-forged")
    [refused] = await yard.events("r-forged")
    assert isinstance(refused, PlanRefused)
    assert "not what standing order nightly asks for" in refused.reasons[0]
    assert yard.place.effects("r-forged") == []


async def test_a_request_of_an_order_that_nobody_configured_is_refused(yard: Yard) -> None:
    await forge(yard, "r-forged", who=Who(id="hourly", standing="schedule"))
    await yard.look("r-forged")
    [refused] = await yard.events("r-forged")
    assert "there is no standing order hourly" in str(refused)


async def test_a_forged_request_under_an_orders_run_changes_nothing_of_it(yard: Yard) -> None:
    """Neither is it read, nor does it take the place of the true one."""
    yard.at = DUE - timedelta(hours=1)
    await forge(yard, RUN, ask=arguments(yard.place, run="r-forged", danger="destroys"))
    await yard.look()
    assert await yard.events() == ()
    yard.at = DUE
    assert (await yard.begin())[-1] == "finished"
    planned, *_ = await yard.events()
    assert isinstance(planned, Planned)
    assert planned.ask["run"] == "nightly"
    assert yard.effects() == ALL
    await yard.begin()
    assert yard.effects() == ALL


async def test_a_person_who_asks_under_an_orders_run_gets_the_order_or_nothing(yard: Yard) -> None:
    yard.at = DUE - timedelta(hours=1)
    await forge(yard, RUN, who=Who(id="U0ALICE", standing="member"))
    await yard.look()
    assert await yard.events() == ()


@pytest.mark.parametrize("run", ["order-nightly-20261125", "order-nightly-20261127"])
async def test_the_run_of_another_day_does_not_begin_today(yard: Yard, run: str) -> None:
    await yard.look(run)
    assert await yard.events(run) == ()


@pytest.mark.parametrize("run", ["order-hourly-20261126", "order-nightly-20261332", "order--1"])
async def test_a_run_of_no_order_does_not_begin(yard: Yard, run: str) -> None:
    await yard.look(run)
    assert await yard.events(run) == ()


async def lie(yard: Yard, run: str = RUN, **fields: Any) -> None:
    """Write a plan with a looker's own key, which says other things than the configuration."""
    shop = yard.shop("look")
    asked = yard.order.asked(DUE.date(), yard.at).model_copy(update={"run": run})
    plan = ToyPlan(
        cluster="toy",
        place=str(yard.place.folder / "work"),
        run="nightly",
        danger=Danger.READS,
        waits=False,
        breaks=False,
        pause=0,
    )
    planned = plan_run(TOY, plan, asked, yard.people, shop.rules).model_copy(update=fields)
    digest = digest_of(planned.requester, planned.reason, TOY, planned.plan)
    await _write(yard, run, planned.model_copy(update={"digest": digest}))


async def _write(yard: Yard, run: str, event: Event) -> None:
    async with opened(yard.shop("look")) as records:
        history = History(run)
        await records.journal.append(history, records.journal.seal(history, event, 0), 0)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"at": DUE - timedelta(seconds=1)}, id="before its time"),
        pytest.param({"at": DUE - timedelta(days=1)}, id="of yesterday"),
        pytest.param({"ask": {"run": "other"}}, id="another wish"),
        pytest.param({"word": "another"}, id="another word"),
        pytest.param({"who": Who(id="hourly", standing="schedule")}, id="another order"),
        pytest.param({"again": "run-1"}, id="as if pressed"),
        pytest.param({"channel": "C0INCIDENT"}, id="as if typed"),
        pytest.param({"cluster": "prod"}, id="another cluster"),
        pytest.param({"danger": Danger.DESTROYS}, id="more harm"),
        pytest.param({"requester": "alice"}, id="another in charge"),
        pytest.param({"needs": 2}, id="other people needed"),
    ],
)
async def test_a_plan_that_is_not_the_orders_own_is_void(yard: Yard, fields: Any) -> None:
    await lie(yard, **fields)
    await yard.act()
    assert await yard.place.kinds(RUN) == ["planned", "order void"]
    assert yard.effects() == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"needs": 0}, id="as if nobody had to sign"),
        pytest.param({"tells": ("all is well",)}, id="told otherwise"),
        pytest.param({"expires_at": DUE + timedelta(days=9)}, id="for longer"),
    ],
)
async def test_a_plan_that_tells_other_things_than_the_worker_finds_never_acts(
    yard: Yard, fields: Any
) -> None:
    await lie(yard, **fields)
    await yard.act()
    assert yard.effects() == []
    stage = (await yard.place.state(RUN)).stage
    assert isinstance(stage, Stopped)
    assert ("no standing order was in force" in stage.happened) == ("needs" in fields)


async def test_an_order_that_nobody_asked_the_worker_about_is_no_approval(yard: Yard) -> None:
    """Whoever forges a worker's very event still meets the configuration at the next step."""
    yard.order = yard.order.model_copy(update={"signatures": ()})
    await lie(yard)
    shop = yard.shop("act")
    planned = (await yard.place.state(RUN)).planned
    given = Ordered(
        at=yard.at,
        order="nightly",
        digest=planned.digest,
        text=yard.text(),
        signatures=(Signed(by="bob", signature="nonsense"),),
    )
    async with (
        opened(shop) as records,
        held(records.connection, shop.redis, f"lease:{RUN}", "a thief") as lease,
    ):
        assert lease is not None
        history = await records.journal.read(RUN)
        entry = records.journal.seal(history, given, lease.epoch)
        await records.journal.append(history, entry, lease.epoch)
    await yard.act()
    state = await yard.place.state(RUN)
    assert isinstance(state, Run)
    assert isinstance(state.stage, Stopped)
    assert "0 of 1 signatures count" in state.stage.happened
    assert yard.effects() == []


async def test_a_plan_that_is_dated_ahead_waits_for_its_time(yard: Yard) -> None:
    yard.at = DUE
    await lie(yard)
    yard.at = DUE - timedelta(seconds=2)
    await yard.act()
    assert await yard.place.kinds(RUN) == ["planned"]
    yard.at = DUE
    await yard.act()
    assert (await yard.place.kinds(RUN))[-1] == "finished"


async def test_a_plan_that_is_an_hour_old_is_void(yard: Yard) -> None:
    await yard.look()
    yard.at += timedelta(minutes=61)
    await yard.act()
    assert await yard.place.kinds(RUN) == ["planned", "order void"]
    assert "is not due" in (await yard.place.state(RUN)).reason
