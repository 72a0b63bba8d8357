"""A running cluster is restored from a backup, and from the copy that went before it."""

import pytest

from tests.stories.demo import Demo, until
from tests.stories.people import picked, typed


@pytest.fixture(scope="module")
def restored(shared_demo: Demo) -> str:
    """The newest backup, chosen in the dialog that `/vault restore` opens, and loaded."""
    demo = shared_demo
    demo.settle()
    opened = demo.people.say("restore")
    view = demo.people.view(opened["view_id"])
    options = next(block for block in view["blocks"] if block["block_id"] == "backup")["element"][
        "options"
    ]
    assert "loses" in options[0]["text"]["text"]
    before = demo.journals.asked()
    sent = demo.people.submit(
        opened["view_id"],
        "U0ALICE",
        **picked("backup", options[-1]["value"]),
        **typed("reason", "a bad deploy"),
        **typed("since", ""),
    )
    assert sent["ok"], sent
    [run] = until(lambda: demo.journals.asked() - before, 10, "the run")
    planned = demo.journals.wait(run, "planned")
    assert planned["plan"]["backup"]["name"] == options[-1]["value"]
    demo.approve(run, "U0CAROL", "U0DAVE")
    assert demo.carry_through(run) == "done"
    return str(run)


def test_a_backup_is_loaded_into_the_running_cluster(demo: Demo, restored: str) -> None:
    state = demo.journals.state(restored)
    assert state.planned.playbook == "restore_backup"
    assert state.planned.reason == "a bad deploy"
    assert [step.status for step in state.steps] == ["done"] * 11
    steps = [step.says for step in state.planned.steps]
    assert steps.index("Cut clients off from prod") < next(
        place for place, step in enumerate(steps) if step.startswith("Load the backup")
    )


def test_the_plan_tells_what_comes_back_to_life(demo: Demo, restored: str) -> None:
    tells = " ".join(demo.journals.state(restored).planned.tells)
    assert "Comes back to life: old values of" in tells
    assert "every token and policy of that time, also those revoked since" in tells
    assert "Clients that reach the nodes without the balancer are not cut off" in tells


def test_the_writer_lost_what_came_after_the_backup(demo: Demo, restored: str) -> None:
    ended = demo.journals.state(restored).ended_at
    assert ended is not None

    def noticed() -> bool:
        lost = demo.world.state()["writer"]["lost"]
        started = demo.journals.state(restored).started_at
        return bool(lost) and started is not None and lost["noticed_at"] > f"{started:%FT%T}"

    until(noticed, 20, "the loss")


def test_the_copy_leads_back_to_what_there_was(demo: Demo, restored: str) -> None:
    """What a restore replaced is restored by name, and `latest` never means it."""
    copy = str(demo.journals.state(restored).planned.plan["copy_name"])
    run = demo.people.ask(f"restore {copy} reason the backup was the wrong one")
    planned = demo.journals.wait(run, "planned")
    assert planned["plan"]["backup"]["kind"] == "copy"
    last = demo.world.state()["writer"]["last_number"]
    demo.approve(run)
    assert demo.carry_through(run) == "done"
    until(demo.serves, 20, "a cluster that serves")
    assert demo.world.state()["writer"]["last_number"] >= last
    newest = demo.people.ask("restore latest")
    assert demo.journals.wait(newest, "planned")["plan"]["backup"]["kind"] == "backup"
    demo.journals.give_up(newest)
