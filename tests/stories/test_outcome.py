"""The outcome: a destroyed cluster is asked for in Slack, and comes back proven."""

import pytest

from tests.stories.demo import Demo, until
from tests.stories.people import Json, shown

_WHY = "n1 to n3 are gone"


@pytest.fixture(scope="module")
def story(shared_demo: Demo) -> tuple[Demo, str]:
    """Destroy, ask, approve, unseal, done: the run that the laws below look at."""
    shared_demo.settle()
    shared_demo.world.destroy()
    until(lambda: set(shared_demo.world.nodes().values()) == {"silent"}, 10, "the silence")
    run = shared_demo.people.ask(f"restore latest reason {_WHY}")
    shared_demo.journals.wait(run, "planned")
    refused = shared_demo.people.press(run, "press:approve", "U0ALICE")
    assert not refused.get("view_id"), "whoever asked could approve"
    shared_demo.approve(run, "U0BOB", "U0CAROL")
    assert shared_demo.carry_through(run) == "done"
    return shared_demo, run


def test_a_destroyed_cluster_serves_again_with_its_clients(story: tuple[Demo, str]) -> None:
    demo, _ = story
    until(demo.serves, 20, "a cluster that serves")
    assert set(demo.world.nodes().values()) == {"active", "standby"}


def test_two_others_approve_and_the_requester_counts_for_nothing(story: tuple[Demo, str]) -> None:
    demo, run = story
    approved = [event for event in demo.journals.events(run) if event["kind"] == "approved"]
    [refused] = [event for event in demo.journals.events(run) if event["kind"] == "refused"]
    assert [event["press"]["by"] for event in approved] == ["bob", "carol"]
    assert refused["press"]["by"] == "alice"
    assert refused["why"] == "whoever asked for a run cannot approve it"


def test_every_step_is_done_in_order_and_signed(story: tuple[Demo, str]) -> None:
    demo, run = story
    state = demo.journals.state(run)
    assert [step.status for step in state.steps] == ["done"] * 11
    done = [event["step"] for event in demo.journals.events(run) if event["kind"] == "step done"]
    assert done == [step.says for step in state.planned.steps]
    assert "Read the canary secrets back on every node" in done


def test_the_clock_stops_well_inside_the_objective(story: tuple[Demo, str]) -> None:
    demo, run = story
    card = until(
        lambda: demo.people.card_with(run, ":white_check_mark: Rebuild"), 20, "the green card"
    )
    assert "*RTO*" in shown(card)
    assert "of 6 h (under 1 %), met" in shown(card)
    assert "of 24 h (under 1 %), met" in shown(card)
    assert demo.people.buttons(run) == []


def test_the_report_tells_the_whole_story(story: tuple[Demo, str]) -> None:
    demo, run = story
    report = until(lambda: demo.people.report(run), 30, "the report")
    planned = demo.journals.state(run).planned
    for part in (
        "# Rebuild from backup on prod",
        "Alice",
        _WHY,
        "Bob at",
        "Carol at",
        "pressed Approve, which did not count",
        "RTO",
        "RPO",
        "## What is left to do",
        "Read the canary secrets back on every node",
        planned.digest,
        demo.journals.verified(run).head,
    ):
        assert part in report
    for step in planned.steps:
        assert step.says in report


def test_the_checklist_shows_what_the_run_proved(story: tuple[Demo, str]) -> None:
    demo, run = story
    said = until(lambda: demo.people.said(run, "outcome"), 30, "the outcome")
    assert "2.7" in said
    assert "of 59" in said
    assert run in demo.people.told(f"run {run}")


def test_the_thread_tells_each_event_once(story: tuple[Demo, str]) -> None:
    demo, run = story
    until(lambda: "outcome" in demo.people.keys(run), 30, "the outcome")
    keys = demo.people.keys(run)
    assert sorted(set(keys)) == sorted(keys)
    assert {key for key in keys if key.startswith("line-")} == demo.journals.lines(run)


def test_the_writer_sees_what_was_lost_and_no_more(story: tuple[Demo, str]) -> None:
    """Everything after the backup is gone, and everything until then is there."""
    demo, run = story

    def noticed() -> Json | None:
        lost: Json | None = demo.world.state()["writer"]["lost"]
        return lost

    lost = until(noticed, 20, "the loss")
    assert 0 < lost["first"] <= lost["last"]
    writer = demo.world.state()["writer"]
    assert writer["in_cluster"] >= lost["last"] or writer["in_cluster"] >= lost["first"]
    told = " ".join(demo.journals.state(run).planned.tells)
    assert "Lost: everything written after" in told
