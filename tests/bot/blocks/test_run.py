"""The card shows what a person at the screen must know at each stage, and offers what helps."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks.modals import approve_modal, deny_modal
from bot.blocks.pointer import Pointer, action_id, button_of, pointer_to, read_pointer
from bot.blocks.run import CardContext, card
from jobs.people import Button
from jobs.runs.state import Run
from tests.bot.blocks.examples import ASKED_AT, PEOPLE, Journal, approved, longest, restore, stages

CONTEXT = CardContext(now=ASKED_AT + timedelta(minutes=4), people=PEOPLE)


def buttons(run: Run) -> list[dict[str, Any]]:
    return [
        element
        for block in card(run, CONTEXT).blocks
        if block["type"] == "actions"
        for element in _list(block["elements"])
    ]


def _list(value: Any) -> list[dict[str, Any]]:
    assert isinstance(value, list)
    return value


def words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for part in value.values():
            yield from words(part)
    elif isinstance(value, list):
        for part in value:
            yield from words(part)


def shown(run: Run) -> str:
    return "\n".join(words(card(run, CONTEXT).blocks))


OFFERED = {
    "asked": ["Approve…", "Deny…", "Cancel"],
    "one approval": ["Approve…", "Deny…", "Cancel", "Withdraw"],
    "running": ["Cancel"],
    "waits": ["Cancel"],
    "stopped": ["Try again", "Undo…", "Leave"],
    "broke": ["Try again", "Undo…", "Leave"],
    "tried again": ["Cancel"],
    "cancelled halfway": ["Undo…", "Leave"],
    "undoing": ["Cancel"],
    "undone": ["Ask again"],
    "left": ["Ask again"],
    "denied": ["Ask again"],
    "expired": ["Ask again"],
    "done": [],
}


@pytest.mark.parametrize("stage", stages())
def test_a_card_offers_what_its_stage_allows(stage: str) -> None:
    labels = [each["text"]["text"] for each in buttons(stages()[stage].run())]
    assert labels == OFFERED[stage]


def test_nothing_is_offered_to_undo_where_nothing_was_changed() -> None:
    run = approved().fail("It is torn", "nothing was changed", "pick another").run()
    assert [each["text"]["text"] for each in buttons(run)] == ["Try again", "Leave"]


def test_a_button_carries_a_pointer_and_nothing_else() -> None:
    run = Journal(restore()).run()
    for each in buttons(run):
        assert each["value"] == f"{run.id}:{run.planned.digest}"
        assert read_pointer(each["value"]) == pointer_to(run)
        assert button_of(each["action_id"]) is not None


@pytest.mark.parametrize("button", Button)
def test_each_button_is_found_again_by_its_action(button: Button) -> None:
    assert button_of(action_id(button)) is button


@pytest.mark.parametrize("value", ["", "r-1", "r-1:", ":" + "a" * 64, "r-1:" + "A" * 64, "r 1:x"])
def test_a_forged_value_is_no_pointer(value: str) -> None:
    assert read_pointer(value) is None
    assert read_pointer(f"r-1:{'a' * 64}") == Pointer("r-1", "a" * 64)


@pytest.mark.parametrize("stage", ["running", "stopped", "cancelled halfway"])
def test_what_cannot_be_taken_back_asks_first(stage: str) -> None:
    for each in buttons(stages()[stage].run()):
        assert each["confirm"]["text"]["text"]


def test_an_approver_sees_what_is_lost_and_which_steps_have_no_way_back() -> None:
    text = shown(Journal(restore()).run())
    for tell in restore().tells:
        assert tell in text
    assert "After “Let clients back to prod”, no way back: what clients write from here on" in text
    assert "up to 13 h 26 min of writes lost, of 24 h (55 %)" in text
    assert "16 min of 6 h (4 %)" in text


def test_approvals_are_counted_and_named() -> None:
    assert "0 of 2 approvals · expires" in shown(Journal(restore()).run())
    assert "Approved by <@U0BOB> · 1 of 2 approvals" in shown(stages()["one approval"].run())


def test_a_stop_says_first_what_happened_and_what_to_do() -> None:
    blocks = card(stages()["stopped"].run(), CONTEXT).blocks
    text = "\n".join(words(blocks[1]))
    assert "Vault on n1 refused the snapshot (HTTP 400)" in text
    assert "clients are cut off" in text
    assert "press Undo to let clients back" in text


def test_a_wait_shows_what_it_waits_for() -> None:
    assert "2 of 3 custodians" in shown(stages()["waits"].run())
    assert "2 of 3 custodians" in card(stages()["waits"].run(), CONTEXT).text


def test_the_marks_of_steps_come_with_words() -> None:
    text = shown(stages()["done"].run())
    assert "11 of 11 steps done" in text
    assert ":fast_forward: 7. Bring every node of prod to the backup · was so already" in text
    assert "began" not in text


def test_a_long_list_folds_what_is_done_and_keeps_what_is_in_hand() -> None:
    run = Journal(longest()).approve("bob", "carol").do(40).start().run()
    text = shown(run)
    assert "Steps 1 to 40 are done" in text
    assert ":hourglass_flowing_sand: 41. " in text
    assert "steps more" in text


def test_the_same_run_at_the_same_time_gives_the_same_card() -> None:
    run = stages()["running"].run()
    assert card(run, CONTEXT) == card(run, CONTEXT)


def test_every_change_gives_every_block_a_new_name() -> None:
    before = card(Journal(restore()).run(), CONTEXT)
    after = card(stages()["one approval"].run(), CONTEXT)
    names = {block["block_id"] for block in before.blocks}
    assert names.isdisjoint(block["block_id"] for block in after.blocks)


def test_a_note_and_the_way_to_the_thread_are_shown() -> None:
    context = CardContext(CONTEXT.now, PEOPLE, "https://x.example/p1?a=1&b=2", "moved")
    text = "\n".join(words(card(stages()["running"].run(), context).blocks))
    assert "<https://x.example/p1?a=1&amp;b=2|Log in the thread> · moved" in text


def test_the_dialog_of_approve_repeats_the_whole_plan() -> None:
    run = stages()["one approval"].run()
    view = approve_modal(run, PEOPLE, CONTEXT.now)
    text = "\n".join(words(view["blocks"]))
    planned = restore()
    for said in (*planned.tells, *(step.says for step in planned.steps)):
        assert said in text
    assert "13 h 26 min" in text
    assert planned.reason in text
    assert "<@U0ALICE>" in text
    assert "to go back: ask for `/vault restore copy-20261125-152200`" in text
    assert planned.digest[:12] in text
    assert view["private_metadata"] == str(pointer_to(run))


def test_a_deny_needs_its_reason() -> None:
    view = deny_modal(Journal(restore()).run())
    inputs = [block for block in _list(view["blocks"]) if block["type"] == "input"]
    assert [block["optional"] for block in inputs] == [False]


def test_the_dialog_of_approve_leaves_room_for_a_signature() -> None:
    view = approve_modal(Journal(longest()).run(), PEOPLE, CONTEXT.now)
    assert len(_list(view["blocks"])) <= 95
