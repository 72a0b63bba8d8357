"""A world that is not as planned stops a run before it changes anything."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import pytest

from jobs.people import Button
from jobs.runs.planning import plan_run
from jobs.runs.state import Ended, Run, Stopped
from jobs.work.orders import request_of
from playbooks.backups import rebuild_from_backup, restore_backup
from tests.laws.rehearsal import PEOPLE, RULES
from tests.laws.scenes import SCENES, Scene, backed_up
from tests.worlds.toy import ToyWorld

RESTORE: Final = next(scene for scene in SCENES if scene.name == "restore_backup")
REBUILD: Final = next(scene for scene in SCENES if scene.name == "rebuild, empty")


def _only_object(toy: ToyWorld) -> str:
    (key,) = (key for key in toy.backups.objects if key.startswith("daily/"))
    return key


def _cut(toy: ToyWorld, keep: int) -> None:
    key = _only_object(toy)
    toy.backups.objects[key] = toy.backups.objects[key][:keep]


def _flip(toy: ToyWorld) -> None:
    key = _only_object(toy)
    whole = bytearray(toy.backups.objects[key])
    whole[len(whole) // 2] ^= 1
    toy.backups.objects[key] = bytes(whole)


async def _run_after(scene: Scene, spoil: Callable[[ToyWorld], None]) -> tuple[ToyWorld, Run]:
    toy, rehearsal = await scene.begin()
    spoil(toy)
    return toy, await rehearsal.to_its_end()


@pytest.mark.parametrize("scene", [RESTORE, REBUILD], ids=lambda scene: scene.name)
@pytest.mark.parametrize("twentieth", range(20))
async def test_a_truncated_backup_never_reaches_the_cluster(scene: Scene, twentieth: int) -> None:
    toy = await scene.before()
    size = len(toy.backups.objects[_only_object(toy)])
    toy, run = await _run_after(scene, lambda toy: _cut(toy, size * twentieth // 20))
    assert isinstance(run.stage, Stopped)
    assert toy.calls.acts == []


@pytest.mark.parametrize("scene", [RESTORE, REBUILD], ids=lambda scene: scene.name)
async def test_an_altered_backup_never_reaches_the_cluster(scene: Scene) -> None:
    toy, run = await _run_after(scene, _flip)
    assert isinstance(run.stage, Stopped)
    assert toy.calls.acts == []


@pytest.mark.parametrize("scene", [RESTORE, REBUILD], ids=lambda scene: scene.name)
async def test_a_backup_under_another_ones_name_never_reaches_the_cluster(scene: Scene) -> None:
    """A taken-over looker plans an old object under the name and time that approvers read."""
    toy, rehearsal = await scene.begin()
    [known] = await toy.backups.all("prod")
    later = known.taken_at + timedelta(hours=1)
    true = known.model_copy(update={"name": "vault-snapshot-20261125-162200", "taken_at": later})
    toy.backups.entries = {**toy.backups.entries, ("prod", true.name): true}
    planned = rehearsal.state().planned
    lie = {**planned.plan, "backup": {**known.model_dump(mode="json"), "name": true.name}}
    plan = rehearsal.book.plan.model_validate(lie)
    rehearsal.events = [plan_run(rehearsal.book, plan, request_of(planned), PEOPLE, RULES)]
    rehearsal.pressed = []
    rehearsal.approve()
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    assert "says something else of vault-snapshot-20261125-162200" in run.stage.happened
    assert toy.calls.acts == []


async def test_a_cluster_that_got_new_keys_meanwhile_is_not_restored() -> None:
    toy, run = await _run_after(RESTORE, lambda toy: toy.rotate_shares())
    assert isinstance(run.stage, Stopped)
    assert toy.calls.acts == []


async def test_a_node_that_got_data_meanwhile_is_never_wiped() -> None:
    def somebody_rebuilt(toy: ToyWorld) -> None:
        other = ToyWorld()
        toy.machines.nodes.update(other.machines.nodes)

    toy, run = await _run_after(REBUILD, somebody_rebuilt)
    assert isinstance(run.stage, Stopped)
    assert toy.calls.acts == []


async def test_a_cluster_rebuilt_by_hand_while_the_run_stood_still_is_never_wiped() -> None:
    toy, rehearsal = await REBUILD.begin()
    toy.calls.fail("vault.load_into_empty")
    stopped = await rehearsal.to_its_end()
    assert isinstance(stopped.stage, Stopped)
    other = ToyWorld()
    toy.machines.nodes.update(other.machines.nodes)
    rehearsal.press(Button.TRY_AGAIN)
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    assert "holds data that this run did not put there" in run.stage.happened
    assert all(node.data for node in other.machines.nodes.values())


async def test_wrong_canaries_keep_clients_cut_off() -> None:
    toy, rehearsal = await RESTORE.begin()
    [(key, entry)] = toy.backups.entries.items()
    planned = rehearsal.state().planned
    spoiled = toy.backups.entries[key] = entry.model_copy(update={"canaries": entry.canaries[:-1]})
    plan = {**planned.plan, "backup": spoiled.model_dump(mode="json")}
    rehearsal.events[0] = planned.model_copy(update={"plan": plan})
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    assert "canary secrets" in run.stage.happened
    assert not (await toy.balancer.state("prod")).open


async def test_undo_lets_clients_back_where_nothing_was_loaded() -> None:
    toy, rehearsal = await RESTORE.begin()
    toy.calls.fail("vault.snapshot")
    stopped = await rehearsal.to_its_end()
    assert isinstance(stopped.stage, Stopped)
    assert not (await toy.balancer.state("prod")).open
    rehearsal.press(Button.UNDO)
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("undone")
    assert (await toy.balancer.state("prod")).open


async def test_undo_is_refused_after_the_load_and_says_how_to_go_back() -> None:
    toy, rehearsal = await RESTORE.begin()
    toy.calls.fail("vault.can_log_in")
    await rehearsal.to_its_end()
    rehearsal.press(Button.UNDO)
    run = await rehearsal.to_its_end()
    assert "/vault restore vault-copy-" in run.refusals[-1].why
    assert not (await toy.balancer.state("prod")).open


async def test_undo_lets_clients_back_where_vault_refused_the_load() -> None:
    toy, rehearsal = await RESTORE.begin()
    toy.calls.fail("vault.load")
    await rehearsal.to_its_end()
    rehearsal.press(Button.UNDO)
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("undone")
    assert (await toy.balancer.state("prod")).open


async def test_clients_are_not_back_while_a_node_is_left_in_maintenance() -> None:
    toy, rehearsal = await RESTORE.begin()
    toy.calls.fail("balancer.let_back")
    stopped = await rehearsal.to_its_end()
    assert isinstance(stopped.stage, Stopped)
    toy.balancer.maintenance = {"n2", "n3"}  # A worker died after the first node.
    rehearsal.press(Button.TRY_AGAIN)
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("done")
    assert toy.balancer.maintenance == set()


async def test_clients_are_not_cut_off_while_a_node_is_left_out_of_maintenance() -> None:
    toy, rehearsal = await REBUILD.begin()
    toy.balancer.maintenance = {"n2", "n3"}  # And nothing answers through n1 just now.
    await rehearsal.to_its_end()
    assert toy.calls.acts.count("balancer.cut_off prod") == 1


LookCase = tuple[str, Callable[[ToyWorld], None], str | None, str]
CASES: Final[tuple[LookCase, ...]] = (
    ("serves", lambda _: None, "restore_backup", ""),
    ("destroyed", ToyWorld.destroy, "rebuild_from_backup", ""),
    ("other keys", ToyWorld.rotate_shares, "rebuild_from_backup", ""),
    ("one node down", lambda toy: toy.kill("n3"), None, "n3 of prod does not serve"),
    ("stopped with data", lambda toy: toy.kill("n1", "n2", "n3"), None, "still hold data"),
    ("silenced", lambda toy: toy.machines.silenced.update({"n1", "n2", "n3"}), None, "hold data"),
)


@pytest.mark.parametrize(
    ("spoil", "planned", "says"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
async def test_exactly_one_playbook_of_the_word_restore_plans(
    spoil: Callable[[ToyWorld], None], planned: str | None, says: str
) -> None:
    toy = await backed_up()
    spoil(toy)
    looks = {
        book.name: await _look(book.look, toy)
        for book in (restore_backup.PLAYBOOK, rebuild_from_backup.PLAYBOOK)
    }
    plans = [name for name, look in looks.items() if look is None]
    assert plans == ([planned] if planned else [])
    if planned is None:
        assert all(says in str(why) for why in looks.values()), looks


async def test_sealed_nodes_are_unsealed_before_anything_is_restored() -> None:
    toy = await backed_up()
    toy.kill("n2")
    await toy.nodes.start("prod", "n2")
    for book in (restore_backup.PLAYBOOK, rebuild_from_backup.PLAYBOOK):
        assert "n2 of prod is sealed" in str(await _look(book.look, toy))


async def _look(look: Callable[..., Awaitable[object]], toy: ToyWorld) -> str | None:
    """Why this look gives no plan; None if it gives one."""
    ask = restore_backup.PLAYBOOK.ask.read((), restore_backup.PLAYBOOK.ask())
    found = await look(ask, toy.world())
    return getattr(found, "why", None)
