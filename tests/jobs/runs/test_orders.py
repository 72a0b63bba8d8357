"""Where a run may stand on an order, told from events alone; and what an order's text covers."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import pytest

from jobs.runs.events import Answered, Approved, Ordered, OrderVoid, Planned, Signed
from jobs.runs.lifecycle import Impossible, after
from jobs.runs.orders import StandingOrder, order_run
from jobs.runs.proofs import ProofKind
from jobs.runs.state import Ended, Run, Running
from playbooks.core.danger import Danger
from playbooks.core.statement import read_statement
from tests.jobs.nightly import DUE, NIGHTLY
from tests.jobs.runs.moments import PLANNED

ORDER: Final = NIGHTLY.model_copy(
    update={
        "playbook": PLANNED.playbook,
        "word": PLANNED.word,
        "does": "Does it",
        "cluster": PLANNED.cluster,
        "in_charge": "alice",
    }
)
WHO: Final = ORDER.asked(DUE.date(), DUE).who
PLAN: Final = PLANNED.model_copy(
    update={"who": WHO, "requester": "alice", "run": ORDER.run_on(DUE.date()), "at": DUE}
)
BOTH: Final = (Signed(by="bob", signature="-"), Signed(by="carol", signature="-"))


def ordered(**fields: Any) -> Ordered:
    given = Ordered(
        at=DUE,
        order="nightly",
        digest=PLAN.digest,
        text=ORDER.statement(2).text(),
        signatures=BOTH,
    )
    return given.model_copy(update=fields)


def begun(planned: Planned = PLAN) -> Run:
    run = after(None, planned)
    assert isinstance(run, Run)
    return run


def test_a_run_starts_on_its_own_order() -> None:
    run = after(begun(), ordered())
    assert isinstance(run, Run)
    assert run.stage == Running()
    assert run.ordered == ordered()


OTHERS: Final[dict[str, dict[str, Any]]] = {
    "another order": {"order": "hourly"},
    "another plan": {"digest": "e" * 64},
    "one of two": {"signatures": BOTH[:1]},
    "one person twice": {"signatures": (BOTH[0], BOTH[0])},
    "who is in charge": {"signatures": (BOTH[0], Signed(by="alice", signature="-"))},
    "no text": {"text": "bob and carol approve it"},
    "a text cut off": {"text": ORDER.statement(2).text()[:-30]},
    "after its last day": {"at": ORDER.expires_at},
    "the text of another order": {
        "text": ORDER.model_copy(update={"name": "hourly"}).statement(2).text()
    },
    "the text for another cluster": {
        "text": ORDER.model_copy(update={"cluster": "dev"}).statement(2).text()
    },
    "the text for another playbook": {
        "text": ORDER.model_copy(update={"playbook": "seal"}).statement(2).text()
    },
    "the text of another in charge": {
        "text": ORDER.model_copy(update={"in_charge": "dave"}).statement(2).text()
    },
}


@pytest.mark.parametrize("fields", OTHERS.values(), ids=OTHERS)
def test_a_record_in_which_it_starts_on_anything_else_is_no_record(fields: dict[str, Any]) -> None:
    with pytest.raises(Impossible):
        after(begun(), ordered(**fields))


def test_a_run_that_people_asked_for_starts_on_no_order() -> None:
    with pytest.raises(Impossible):
        after(begun(PLAN.model_copy(update={"who": PLANNED.who})), ordered())


def test_a_run_by_order_starts_on_no_approval_by_hand() -> None:
    press = Answered(id="press-1", by="bob", account="U0BOB")
    given = Approved(at=DUE, press=press, digest=PLAN.digest, proof=ProofKind.SIGNATURE)
    with pytest.raises(Impossible):
        after(begun(), given)


def test_a_void_order_ends_its_run_before_the_first_step_and_never_later() -> None:
    void = OrderVoid(at=DUE, order="nightly", why="it was changed")
    run = after(begun(), void)
    assert isinstance(run, Run)
    assert (run.stage, run.reason) == (Ended("void"), "it was changed")
    for state, event in (
        (after(begun(), ordered()), void),
        (begun(), void.model_copy(update={"order": "hourly"})),
        (begun(PLANNED), void),
    ):
        with pytest.raises(Impossible):
            after(state, event)


CHANGES: Final[dict[str, Any]] = {
    "name": "hourly",
    "playbook": "seal",
    "word": "seal",
    "does": "Does something else",
    "cluster": "dev",
    "arguments": {"speed": 1},
    "daily": time(3),
    "until": date(2027, 4, 30),
    "reason": "none",
    "in_charge": "dave",
    "danger": Danger.DISRUPTS,
}


def test_every_field_is_in_what_is_signed() -> None:
    assert set(CHANGES) == set(StandingOrder.model_fields) - {"signatures"}
    text = ORDER.statement(1).text()
    for name, value in CHANGES.items():
        changed = ORDER.model_copy(update={name: value})
        assert changed.statement(1).text() != text, name
    assert ORDER.statement(2).text() != text


@pytest.mark.parametrize(("one", "other"), [("a b", "a  b"), ("it's", "it`s"), ("1", 1)])
def test_what_one_line_shows_alike_is_not_signed_alike(one: object, other: object) -> None:
    texts = {
        ORDER.model_copy(update={"arguments": {"x": value}}).statement(1).text()
        for value in (one, other)
    }
    assert len(texts) == 2


def test_an_order_is_a_text_that_people_can_sign_and_that_ends_with_its_last_day() -> None:
    read = read_statement(ORDER.statement(2).text())
    assert read.kind == "standing order"
    assert read.expires_at() == datetime(2027, 4, 1, tzinfo=UTC)


def test_the_name_of_a_run_says_its_order_and_its_day() -> None:
    for name in ("nightly", "a-b", "order-x", "n.1_2-20261126"):
        order = ORDER.model_copy(update={"name": name})
        assert order_run(order.run_on(DUE.date())) == (name, DUE.date())
    for run in ("run-1", "r-abcdef", "order-nightly", "order-nightly-20261399", "order-20261126"):
        assert order_run(run) is None


def test_it_is_due_from_its_time_until_midnight() -> None:
    for at, run in (
        (DUE - timedelta(seconds=1), None),
        (DUE, "order-nightly-20261126"),
        (DUE + timedelta(hours=22, seconds=-1), "order-nightly-20261126"),
        (DUE + timedelta(hours=22), None),
    ):
        assert ORDER.due_run(at) == run
