"""Who may press what, and when: one table for the rights, one for the stages."""

from typing import Final

import pytest

from jobs.people import RIGHTS, Button, Role, Standing, Who
from jobs.runs.decisions import decide
from jobs.runs.events import Refused, Withdrawn
from jobs.runs.lifecycle import replay
from jobs.runs.state import AwaitsApproval, Run
from tests.jobs.runs.moments import LATER, OVER, PLANNED, STAGES
from tests.jobs.runs.room import PEOPLE, press

# Account -> the roles it has towards Alice's run.
ACCOUNTS: Final[dict[str, set[Role]]] = {
    "UALICE": {"requester", "member"},
    "UDAVE": {"approver", "member"},
    "UEVE": {"member"},
}
# What a press would do at each stage, were it by somebody with the right to it.
WAITING: Final = {Button.APPROVE, Button.DENY, Button.CANCEL}
STOPPED: Final = {Button.TRY_AGAIN, Button.UNDO, Button.LEAVE}
MAKES_SENSE: Final[dict[str, set[Button]]] = {
    "awaits approval": WAITING,
    "one approval": WAITING - {Button.APPROVE},  # It is Dave's.
    "running": {Button.CANCEL},
    "in the middle of an act": {Button.CANCEL},
    "between two steps": {Button.CANCEL},
    "every step is done": {Button.CANCEL},
    "stopped": STOPPED,
    "stopped by a bug": STOPPED,
    "cancelled halfway": STOPPED - {Button.TRY_AGAIN},
    "undoing": {Button.CANCEL},
    "in the middle of an undo": {Button.CANCEL},
    "all is taken back": {Button.CANCEL},
    **{stage: set() for stage in OVER},
}
# Withdraw is about one's own approval, whatever has become of the account; see below.
BUTTONS: Final = [button for button in Button if button is not Button.WITHDRAW]
NOBODY: Final[tuple[Standing, ...]] = (
    "guest",
    "bot",
    "stranger",
    "other workspace",
    "deleted",
    "unknown",
)


def at(stage: str) -> Run:
    run = replay(STAGES[stage])
    assert isinstance(run, Run)
    return run


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("stage", STAGES)
def test_a_press_counts_only_with_the_right_to_it_and_at_its_time(
    stage: str, button: Button, account: str
) -> None:
    run = at(stage)
    answer = decide(run, press(PLANNED, button, account), PEOPLE, LATER)
    may = bool(ACCOUNTS[account] & RIGHTS[button]) and button in MAKES_SENSE[stage]
    assert isinstance(answer, Refused) is not may
    assert isinstance(replay([*STAGES[stage], answer]), Run)


@pytest.mark.parametrize("standing", NOBODY)
@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("account", ACCOUNTS)
def test_no_guest_app_or_stranger_presses_anything_even_as_an_approver(
    account: str, button: Button, standing: Standing
) -> None:
    for stage in STAGES:
        who = Who(id=account, standing=standing)
        answer = decide(at(stage), press(PLANNED, button, account, who=who), PEOPLE, LATER)
        assert isinstance(answer, Refused)


@pytest.mark.parametrize("standing", ["member", *NOBODY])
def test_only_whoever_approved_withdraws_and_nothing_else_is_left_to_an_account_that_is_gone(
    standing: Standing,
) -> None:
    run = at("one approval")
    for account in ("UALICE", "UBOB", "UEVE"):
        who = Who(id=account, standing=standing)
        answer = decide(run, press(PLANNED, Button.WITHDRAW, account, who=who), PEOPLE, LATER)
        assert isinstance(answer, Refused)
    who = Who(id="UDAVE", standing=standing)
    withdrawn = decide(run, press(PLANNED, Button.WITHDRAW, "UDAVE", who=who), PEOPLE, LATER)
    assert isinstance(withdrawn, Withdrawn)
    waits = replay([*STAGES["one approval"], withdrawn])
    assert isinstance(waits, Run)
    assert isinstance(waits.stage, AwaitsApproval)
    assert waits.approvals == ()


def test_a_terminal_cancels_what_it_asked_for_and_approves_nothing() -> None:
    asked = PLANNED.model_copy(update={"requester": "terminal:root"})
    run = replay([asked])
    assert isinstance(run, Run)
    who = Who(id="root", standing="terminal")
    refused = decide(run, press(asked, Button.APPROVE, who=who), PEOPLE, LATER)
    assert isinstance(refused, Refused)
    assert not isinstance(decide(run, press(asked, Button.CANCEL, who=who), PEOPLE, LATER), Refused)


def test_a_terminal_that_is_called_like_an_approver_is_none() -> None:
    for login in ("bob", "UBOB", "terminal:bob"):
        who = Who(id=login, standing="terminal")
        for button in (Button.APPROVE, Button.DENY, Button.UNDO, Button.LEAVE):
            answer = decide(at("stopped"), press(PLANNED, button, who=who), PEOPLE, LATER)
            assert isinstance(answer, Refused)


@pytest.mark.parametrize("button", [button for button in Button if button is not Button.ASK_AGAIN])
def test_a_button_of_another_plan_is_refused(button: Button) -> None:
    for stage in STAGES:
        if stage not in OVER:
            old = press(PLANNED, button, "UDAVE", digest="0" * 64)
            answer = decide(at(stage), old, PEOPLE, LATER)
            assert isinstance(answer, Refused)
            assert "another plan" in answer.why


def test_ask_again_never_carries_a_run_on() -> None:
    for stage in STAGES:
        answer = decide(at(stage), press(PLANNED, Button.ASK_AGAIN, "UDAVE"), PEOPLE, LATER)
        assert isinstance(answer, Refused)
