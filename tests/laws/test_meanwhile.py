"""What people or machines do while a run stands still is noticed before anything is destroyed."""

from typing import Final

import pytest

from jobs.people import Button
from jobs.runs.state import Run, Stopped
from tests.laws.rehearsal import Rehearsal
from tests.laws.scenes import SCENES
from tests.worlds.toy import ToyWorld

RESTORE: Final = next(scene for scene in SCENES if scene.name == "restore_backup")
REPLACE: Final = next(scene for scene in SCENES if scene.name == "rebuild, other keys")
REBUILD: Final = next(scene for scene in SCENES if scene.name == "rebuild, empty")


async def _again(rehearsal: Rehearsal) -> Run:
    rehearsal.press(Button.TRY_AGAIN)
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped), run.stage
    return run


def _another_cluster(toy: ToyWorld) -> ToyWorld:
    """Somebody built a cluster by hand on the same nodes."""
    other = ToyWorld()
    for node in other.machines.nodes.values():
        assert node.data is not None
        node.data = node.data.model_copy(update={"cluster_id": "made-by-hand"})
    toy.machines.nodes.update(other.machines.nodes)
    return other


async def test_nothing_is_loaded_while_clients_reach_the_cluster_again() -> None:
    toy, rehearsal = await RESTORE.begin()
    toy.calls.fail("vault.load")
    await rehearsal.to_its_end()
    await toy.balancer.let_back("prod")
    run = await _again(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "Clients reach prod again" in run.stage.happened
    assert not any(act.startswith("vault.load") for act in toy.calls.acts)


async def test_nothing_is_loaded_over_data_that_is_in_no_copy() -> None:
    toy, rehearsal = await RESTORE.begin()
    toy.calls.fail("vault.load")
    await rehearsal.to_its_end()
    await toy.vault.write_nonce("prod", "f" * 32)
    run = await _again(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "has changed since vault-copy-" in run.stage.happened
    assert not any(act.startswith("vault.load") for act in toy.calls.acts)


async def test_a_cluster_that_took_the_planned_ones_place_is_not_wiped() -> None:
    toy, rehearsal = await REPLACE.begin()
    other = _another_cluster(toy)
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    assert all(node.data for node in other.machines.nodes.values())
    assert toy.calls.acts == []


async def test_a_wipe_that_is_tried_again_spares_what_was_built_meanwhile() -> None:
    toy, rehearsal = await REPLACE.begin()
    toy.calls.fail("nodes.wipe")
    await rehearsal.to_its_end()
    other = _another_cluster(toy)
    run = await _again(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "did not put there" in run.stage.happened
    assert all(node.data for node in other.machines.nodes.values())


@pytest.mark.parametrize("spared", ["n2", "n3"])
async def test_a_first_node_is_not_filled_while_another_one_holds_data(spared: str) -> None:
    toy, rehearsal = await REBUILD.begin()
    toy.calls.fail("vault.load_into_empty")
    await rehearsal.to_its_end()
    toy.machines.nodes[spared] = ToyWorld().machines.node(spared)
    run = await _again(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert spared in run.stage.happened
    assert toy.machines.node(spared).data is not None
