"""What people decide on a run: deny it, let it expire, ask again, cancel it halfway, undo."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.people import Button, Who
from tests.stories.demo import Demo, until
from tests.stories.people import shown, typed

_BOB = Who(id="U0BOB", standing="member")


def test_deny_needs_a_reason_and_ends_the_run(demo: Demo) -> None:
    run = demo.people.ask("restore latest")
    opened = demo.people.press(run, "press:deny", "U0CAROL")
    empty = demo.people.submit(opened["view_id"], "U0CAROL", **typed("reason", " "))
    assert "reason" in empty["errors"]
    sent = demo.people.submit(opened["view_id"], "U0CAROL", **typed("reason", "n3 comes back"))
    assert sent["ok"]
    denied = demo.journals.wait(run, "cancelled")
    assert (denied["press"]["by"], denied["reason"]) == ("carol", "n3 comes back")
    card = until(lambda: demo.people.card_with(run, "denied"), 20, "the denied card")
    assert "n3 comes back" in shown(card)
    assert demo.people.buttons(run) == ["press:ask_again"]
    assert demo.serves()


def test_an_expired_plan_is_asked_for_again_with_a_new_look(demo: Demo) -> None:
    with _plans_expire_after(demo, seconds=6):
        run = demo.people.ask("restore latest reason somebody will approve it")
        demo.journals.wait(run, "planned")
        stale = demo.people.press(run, "press:approve", "U0BOB")
        demo.journals.wait(run, "expired")
    late = demo.people.submit(stale["view_id"], "U0BOB")
    assert late["ok"]
    refused = demo.journals.wait(run, "refused")
    assert refused["why"] == "this run has ended"
    answer = demo.people.press(run, "press:ask_again", "U0ALICE")
    again = shown(answer["ephemeral"]).split("`")[1]
    twice = demo.people.press(run, "press:ask_again", "U0ALICE")
    assert shown(twice["ephemeral"]).split("`")[1] == again
    planned = demo.journals.wait(again, "planned")
    old = demo.journals.state(run).planned
    assert planned["again"] == run
    assert planned["reason"] == old.reason
    assert planned["digest"] != old.digest
    assert len(demo.people.cards(run)) == 1
    until(lambda: len(demo.people.cards(again)) == 1, 20, "a card of its own")
    demo.journals.give_up(again)


def test_a_run_cancelled_between_two_steps_lets_clients_back_on_undo(demo: Demo) -> None:
    run = demo.people.ask("restore latest")
    digest = demo.journals.wait(run, "planned")["digest"]
    with demo.approving(run):
        demo.journals.wait(run, "step started", "Cut clients off")
        demo.journals.press(run, Button.CANCEL, _BOB, digest)
    cancelled = demo.journals.wait(run, "cancelled")
    assert cancelled["press"]["by"] == "bob"
    begun = [each["step"] for each in demo.journals.events(run) if each["kind"] == "step started"]
    assert not any(step.startswith("Load") for step in begun)
    assert demo.world.state()["balancer"]["open"] is False
    demo.people.press(run, "press:undo", "U0CAROL")
    finished = demo.journals.wait(run, "finished")
    assert finished["outcome"] == "undone"
    until(demo.serves, 20, "clients that are back")
    until(lambda: demo.people.buttons(run) == ["press:ask_again"], 20, "the last card")


@contextmanager
def _plans_expire_after(demo: Demo, seconds: int) -> Iterator[None]:
    """Have the looker read another configuration for a while; it reads it when it starts."""
    written = demo.house.config.read_text(encoding="utf-8")
    short = written.replace("[approval]", f"[approval]\nexpires_after = {seconds}")
    assert short != written
    try:
        demo.house.config.write_text(short, encoding="utf-8")
        _start_again(demo)
        yield
    finally:
        demo.house.config.write_text(written, encoding="utf-8")
        _start_again(demo)


def _start_again(demo: Demo) -> None:
    """End the looker in good order; the demo starts it again."""
    pid = demo.pid("looker")
    os.kill(pid, signal.SIGTERM)
    until(lambda: demo.pid("looker") != pid, 15, "another looker")
