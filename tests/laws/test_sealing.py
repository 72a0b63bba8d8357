"""Containment goes as far as it can, and opening again never skips what was not proven."""

import pytest

from jobs.people import Button
from jobs.runs.state import Ended, Stopped
from playbooks.cluster import seal, unseal
from playbooks.core.ask import Ask
from playbooks.core.danger import Danger
from playbooks.core.plan import NotForMe
from tests.laws.rehearsal import Rehearsal, in_toy
from tests.laws.scenes import backed_up
from tests.worlds.toy import NODES, ToyWorld


async def _sealing(toy: ToyWorld) -> Rehearsal:
    rehearsal = in_toy(toy, seal.PLAYBOOK)
    await rehearsal.plan()
    rehearsal.approve()
    toy.calls.acts.clear()
    return rehearsal


def _close(toy: ToyWorld, *nodes: str) -> None:
    for node in nodes:
        toy.machines.seal(toy.machines.node(node))


async def test_standbys_are_sealed_before_the_active_node() -> None:
    toy = await backed_up()
    toy.machines.leader_name = "n2"
    await (await _sealing(toy)).to_its_end()
    assert toy.calls.acts == ["vault.seal n1", "vault.seal n3", "vault.seal n2"]


async def test_a_new_worker_that_cannot_log_in_any_more_stops_the_last_node() -> None:
    toy = await backed_up()
    rehearsal = await _sealing(toy)
    _close(toy, "n2", "n3")  # By a worker that was killed then, and its token with it.
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("done")
    assert toy.calls.acts == ["nodes.stop n1"]


async def test_without_a_driver_it_names_the_node_that_only_a_person_can_stop() -> None:
    toy = ToyWorld(node_driver=False)
    toy.machines.silenced.add("n3")
    rehearsal = await _sealing(toy)
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    assert "n3 of prod does not answer" in run.stage.happened
    assert "stop Vault on n3 by hand" in run.stage.do
    assert [toy.machines.kind(toy.machines.node(node)) for node in ("n1", "n2")] == ["sealed"] * 2
    toy.machines.silenced.clear()
    rehearsal.press(Button.TRY_AGAIN)
    assert (await rehearsal.to_its_end()).stage == Ended("done")
    assert toy.calls.acts[-1] == "vault.seal n3"


async def test_one_node_that_refuses_does_not_keep_the_others_open() -> None:
    toy = ToyWorld(node_driver=False)
    rehearsal = await _sealing(toy)
    toy.calls.fail("vault.seal")
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    kinds = [toy.machines.kind(toy.machines.node(node)) for node in NODES]
    assert kinds.count("sealed") == 2


async def test_containment_waits_for_no_lock_no_store_and_no_login() -> None:
    toy = await backed_up()
    toy.calls.fail("backups.generations", 9)
    toy.calls.fail("vault.can_log_in", 9)
    plan = await seal.look(Ask(), toy.world())
    assert not isinstance(plan, NotForMe)
    assert seal.PLAYBOOK.holds(plan) == ()
    assert seal.PLAYBOOK.danger(plan) is Danger.DISRUPTS


async def test_what_is_sealed_already_is_not_sealed_again() -> None:
    toy = await backed_up()
    _close(toy, *NODES)
    assert "sealed already" in str(await seal.look(Ask(), toy.world()))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda _: None, "no node of prod is sealed"),
        (ToyWorld.destroy, "n1, n2 and n3 of prod do not answer"),
        (lambda toy: toy.machines.silenced.add("n2"), "n2 of prod does not answer"),
    ],
    ids=["open", "destroyed", "silent"],
)
async def test_there_is_nothing_to_unseal(spoil: object, says: str) -> None:
    toy = await backed_up()
    assert callable(spoil)
    spoil(toy)
    assert says in str(await unseal.look(Ask(), toy.world()))


async def test_empty_nodes_are_for_a_restore() -> None:
    toy = await backed_up()
    toy.destroy()
    for node in NODES:
        await toy.nodes.start_alone("prod", node)
    found = await unseal.look(Ask(), toy.world())
    assert isinstance(found, NotForMe)
    assert "restore" in found.do


async def test_a_node_that_is_gone_does_not_keep_the_others_closed() -> None:
    toy = await backed_up()
    _close(toy, "n1", "n2")
    toy.machines.silenced.add("n3")
    rehearsal = in_toy(toy, unseal.PLAYBOOK)
    await rehearsal.plan()
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("done")
    assert any("Left out" in line and "n3" in line for line in run.planned.tells)


async def test_nobody_is_asked_for_a_share_by_a_node_of_another_cluster() -> None:
    toy = await backed_up()
    _close(toy, "n1", "n2", "n3")
    rehearsal = in_toy(toy, unseal.PLAYBOOK)
    await rehearsal.plan()
    node = toy.machines.node("n2")
    assert node.data is not None
    foreign = node.data.scheme.model_copy(update={"shares": 3, "threshold": 2})
    node.data = node.data.model_copy(update={"scheme": foreign})
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    assert "n2 is not a node of prod" in run.stage.happened
    assert "share" in run.stage.true_now


async def test_one_person_alone_never_opens_what_opens_without_custodians() -> None:
    shamir, auto = await backed_up(), await backed_up(auto=True)
    for toy, danger in ((shamir, Danger.READS), (auto, Danger.DISRUPTS)):
        _close(toy, *NODES)
        plan = await unseal.look(Ask(), toy.world())
        assert not isinstance(plan, NotForMe)
        assert unseal.PLAYBOOK.danger(plan) is danger
