"""Approvals that must not count: refused with the reason, written down, and nothing changed."""

from collections.abc import Iterator

import pytest

from jobs.people import Button, Standing, Who
from tests.attacks.evidence import Evidence, evidence
from tests.stories.demo import Demo, until
from tests.stories.people import INCIDENT, Json, shown

_BOB = Who(id="U0BOB", standing="member")
# Nobody else's press is refused to Carol, so what she is told at once is the answer to her own.
_READER = "U0CAROL"
_STANDINGS: list[tuple[Standing, str]] = [
    ("guest", "guests of the workspace cannot press anything here"),
    ("bot", "only people can press this, not apps"),
    ("stranger", "people of other organisations cannot press anything here"),
    ("other workspace", "this run belongs to another Slack workspace"),
    ("deleted", "this Slack account is deactivated"),
    ("unknown", "Slack did not say who this is"),
    ("terminal", "a terminal alone cannot prove who you are"),
]


@pytest.fixture(scope="module")
def waiting(shared_demo: Demo) -> Iterator[tuple[Demo, str, Evidence]]:
    """A restore that waits for approval, which none of these laws may let begin."""
    shared_demo.settle()
    before = evidence(shared_demo)
    run = shared_demo.people.ask("restore latest reason an attack")
    shared_demo.journals.wait(run, "planned")
    yield shared_demo, run, before
    shared_demo.journals.give_up(run)
    assert "step started" not in shared_demo.journals.kinds(run)
    assert evidence(shared_demo) == before


Waiting = tuple[Demo, str, Evidence]


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0ALICE", "whoever asked for a run cannot approve it"),
        ("U0GUEST", "guests of the workspace cannot press anything here"),
        ("U0STRANGER", "people of other organisations cannot press anything here"),
        ("U0GONE", "this Slack account is deactivated"),
        ("U0ERIN", "only an approver may press Approve"),
    ],
)
def test_who_may_not_approve_is_told_why(waiting: Waiting, user: str, why: str) -> None:
    demo, run, _ = waiting
    before = len(demo.journals.events(run))
    assert not demo.people.press(run, "press:approve", user).get("view_id")
    refused = demo.journals.wait_longer(run, before)
    assert (refused["kind"], refused["why"]) == ("refused", why)
    assert refused["press"]["account"] == user
    if user in {"U0ALICE", "U0GUEST"}:  # The others do not see this channel.
        until(lambda: any(why in each for each in demo.people.whispers(user)), 20, "the reason")


@pytest.mark.parametrize(("standing", "why"), _STANDINGS)
def test_a_worker_believes_no_bot_that_lets_them_through(
    waiting: Waiting, standing: Standing, why: str
) -> None:
    """The bot passes on what Slack says; the worker refuses even where the bot did not."""
    demo, run, _ = waiting
    press = demo.journals.press(run, Button.APPROVE, Who(id="U0DAVE", standing=standing))
    answer = demo.journals.answer(run, press)
    assert answer["kind"] == "refused"
    assert why in answer["why"]


@pytest.mark.parametrize("button", [Button.APPROVE, Button.DENY, Button.CANCEL])
@pytest.mark.parametrize("digest", ["0" * 64, "", "nonsense"])
def test_a_press_on_another_plan_counts_for_nothing(
    waiting: Waiting, button: Button, digest: str
) -> None:
    demo, run, _ = waiting
    answer = demo.journals.answer(run, demo.journals.press(run, button, _BOB, digest))
    assert answer["kind"] == "refused"
    assert "belongs to another plan" in answer["why"]


@pytest.mark.parametrize("value", ["", "nonsense", "r-aaaaaaaa", "../..:" + "0" * 64, "x" * 1999])
def test_a_forged_value_is_answered_and_goes_nowhere(waiting: Waiting, value: str) -> None:
    demo, run, _ = waiting
    before = demo.journals.pressed(run)
    answer = demo.people.press(run, "press:approve", _READER, value=value)
    assert "too old" in shown(answer["ephemeral"])
    assert demo.journals.pressed(run) == before


def test_a_plan_is_not_approved_with_the_button_of_another(waiting: Waiting) -> None:
    demo, run, _ = waiting
    other = demo.people.ask("restore latest reason a second plan")
    demo.journals.wait(other, "planned")
    digest = demo.journals.state(other).planned.digest
    assert digest != demo.journals.state(run).planned.digest
    before = demo.journals.pressed(run), demo.journals.pressed(other)
    mixed = demo.people.press(run, "press:approve", _READER, value=f"{run}:{digest}")
    assert "belongs to another plan" in shown(mixed["ephemeral"])
    moved = demo.people.press(run, "press:approve", _READER, value=f"{other}:{digest}")
    assert "too old" in shown(moved["ephemeral"])
    assert (demo.journals.pressed(run), demo.journals.pressed(other)) == before
    demo.journals.give_up(other)


def test_a_button_below_another_message_counts_for_nothing(waiting: Waiting) -> None:
    demo, run, _ = waiting
    digest = demo.journals.state(run).planned.digest
    forged: Json = {"action_id": "press:approve", "block_id": "b", "value": f"{run}:{digest}"}
    line = demo.people.thread(run)[0]
    before = demo.journals.pressed(run)
    for ts in (line["ts"], demo.people.post("look at this", _READER)["ts"]):
        answer = demo.people.press_on(ts, forged, _READER, INCIDENT)
        assert "too old" in shown(answer["ephemeral"])
    assert demo.journals.pressed(run) == before


def test_one_person_counts_once_however_often_the_envelope_comes(waiting: Waiting) -> None:
    demo, run, _ = waiting
    assert demo.people.approve(run, "U0BOB")["ok"]
    demo.journals.wait(run, "approved")
    before = demo.journals.pressed(run)
    for _ in range(3):
        assert demo.people.faults(redeliver_last=True)["redelivered"]
    assert demo.journals.pressed(run) == before
    known = len(demo.journals.events(run))
    assert demo.people.approve(run, "U0BOB")["ok"]
    refused = demo.journals.wait_longer(run, known)
    assert refused["why"] == "you have approved this already, and one person counts once"
    assert demo.journals.kinds(run).count("approved") == 1
