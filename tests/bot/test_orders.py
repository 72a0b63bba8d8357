"""A run by standing order: its card says on whose word it goes, and nobody is called for it."""

import asyncio
from datetime import timedelta
from typing import Final

from bot.blocks.run import CardContext, card
from bot.due import Scene, Tell, dues
from jobs.incidents.report import Enclosed, write
from jobs.people import Button
from jobs.runs.decisions import decide
from jobs.runs.events import (
    Event,
    Finished,
    Ordered,
    OrderVoid,
    Planned,
    PlanRefused,
    Refused,
    Signed,
)
from jobs.runs.lifecycle import replay
from jobs.runs.requests import Press
from jobs.runs.state import Run
from tests.bot.blocks.examples import PEOPLE
from tests.bot.blocks.test_run import words
from tests.bot.people import Slack
from tests.bot.scribe import Scribe, planned
from tests.jobs.bench import member, now
from tests.jobs.nightly import DUE, NIGHTLY

ORDER: Final = NIGHTLY.model_copy(
    update={
        "playbook": "restore_backup",
        "word": "restore",
        "does": "Restores",
        "in_charge": "alice",
    }
)


def plan() -> Planned:
    return planned(ORDER.asked(DUE.date(), DUE), needs=2).model_copy(update={"requester": "alice"})


def ordered() -> Ordered:
    return Ordered(
        at=DUE,
        order="nightly",
        digest=plan().digest,
        text=ORDER.statement(2).text(),
        signatures=(Signed(by="bob", signature="-"), Signed(by="carol", signature="-")),
    )


def run_of(*events: Event) -> Run:
    run = replay(events)
    assert isinstance(run, Run)
    return run


def shown(*events: Event) -> str:
    state = replay(events)
    assert state is not None
    return "\n".join(words(card(state, CardContext(now=DUE, people=PEOPLE)).blocks))


def scene() -> Scene:
    return Scene(channel="C0", link=None, posted_at=DUE, asked_in=None, done=frozenset())


def test_its_card_says_by_which_order_and_who_signed_until_when() -> None:
    says = shown(plan(), ordered())
    for part in (
        "*By standing order* `nightly` · *In charge* <@U0ALICE>",
        "Order approved by <@U0BOB> and <@U0CAROL> until the end of 2027-03-31",
    ):
        assert part in says
    assert "Asked by" not in says


def test_nobody_is_called_to_approve_it_or_offered_to() -> None:
    assert not [due for due in dues((plan(),), scene(), PEOPLE, DUE) if isinstance(due.what, Tell)]
    assert "Approve…" not in shown(plan())
    press = Press(
        id="press-1",
        run=plan().run,
        button=Button.APPROVE,
        digest=plan().digest,
        who=member("bob"),
        at=DUE,
    )
    assert isinstance(decide(run_of(plan()), press, PEOPLE, DUE), Refused)


def test_an_order_that_came_to_nothing_is_told_aloud() -> None:
    void = OrderVoid(at=DUE, order="nightly", why="it was changed")
    refused = PlanRefused(
        at=DUE,
        run=plan().run,
        word="backup",
        who=plan().who,
        channel=None,
        reasons=("standing order nightly is void: 0 of 1 signatures count",),
    )
    for events in ((plan(), void), (refused,)):
        lines = dues(events, scene(), PEOPLE, DUE)
        assert [due.key for due in lines if getattr(due.what, "broadcast", False)]
    assert "It was time for `backup` by standing order `nightly`" in shown(refused)


def test_its_report_names_order_and_signers() -> None:
    done = Finished(at=DUE + timedelta(seconds=9), outcome="left")
    run = run_of(plan(), ordered())
    text = write(run, (plan(), ordered(), done), Enclosed(PEOPLE, (), (0, 0), "h" * 64))
    flat = " ".join(text.split())
    assert "| By standing order | nightly |" in flat
    assert "| Approved by | Bob and Carol until the end of 2027-03-31 |" in flat


async def test_a_run_by_order_has_a_card_that_is_not_pinned(
    bot: asyncio.Event, slack: Slack, scribe: Scribe
) -> None:
    """Nobody typed it, so nothing of it is in the inbox; and a channel has room for 100 pins."""
    event = plan().model_copy(update={"at": now()})
    await scribe.write(event.run, event)
    await scribe.write(event.run, ordered().model_copy(update={"at": now()}))
    card = await slack.card(event.run, "Order approved by")
    await slack.thread_line(card, "Standing order nightly is in force")
    assert "pinned_to" not in await slack.card(event.run, "By standing order")
