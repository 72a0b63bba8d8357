"""A rotation of the shares comes to its end, is cancelled cleanly, or says what became of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from jobs.people import Button
from jobs.runs.state import Ended, Run, Running, Stopped
from playbooks.compromise import rotate_shares
from playbooks.core.ask import Ask
from playbooks.core.plan import NotForMe
from playbooks.core.trouble import Trouble
from tests.laws.rehearsal import Rehearsal, in_toy
from tests.laws.scenes import backed_up, nobody_comes
from tests.worlds.rotation import key_of
from tests.worlds.toy import CUSTODIANS, ToyWorld
from tests.worlds.vault import mark_of


async def _waiting(toy: ToyWorld) -> Rehearsal:
    """A run that has begun its rotation and waits for the first custodian."""
    rehearsal = in_toy(toy, rotate_shares.PLAYBOOK)
    await rehearsal.plan()
    rehearsal.approve()
    await _carry(rehearsal)
    return rehearsal


async def _carry(rehearsal: Rehearsal) -> Run:
    return await rehearsal.carry()


def _note(run: Run) -> str:
    return next(step.note for step in run.steps if step.status == "waits")


def _nonce(toy: ToyWorld) -> str:
    leader = toy.machines.leader()
    assert leader is not None
    assert leader.rotation is not None
    return leader.rotation.nonce


async def test_the_card_names_the_rotation_and_counts_the_custodians() -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    nonce = _nonce(toy)
    said = [_note(rehearsal.state())]
    for _ in range(5):
        toy.ceremony.step()
        said.append(_note(await _carry(rehearsal)))
    assert said == [
        f"Rotation {nonce}: 0 of 3 custodians gave their share",
        f"Rotation {nonce}: 1 of 3 custodians gave their share",
        f"Rotation {nonce}: 2 of 3 custodians gave their share",
        f"Rotation {nonce}: 0 of 3 proved the new share",
        f"Rotation {nonce}: 1 of 3 proved the new share",
        f"Rotation {nonce}: 2 of 3 proved the new share",
    ]
    toy.ceremony.step()
    assert (await _carry(rehearsal)).stage == Ended("done")


@pytest.mark.parametrize("steps", range(6))
async def test_a_ceremony_that_ends_early_is_cancelled_and_the_old_shares_count(steps: int) -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    for _ in range(steps):
        toy.ceremony.step()
    await _carry(rehearsal)
    rehearsal.press(Button.CANCEL, "UALICE")
    assert isinstance((await _carry(rehearsal)).stage, Stopped)
    rehearsal.press(Button.UNDO)
    rehearsal.meanwhile = nobody_comes
    run = await rehearsal.to_its_end()
    assert run.stage == Ended("undone"), run.stage
    leader = toy.machines.leader()
    assert leader is not None
    assert leader.rotation is None
    assert await toy.vault.shares_mark("prod") == mark_of(1)
    assert [known.number for known in toy.backups.known] == [1]
    assert all(note.settled for note in toy.backups.kept_notes.values())


async def test_nobody_comes_within_the_hour_and_the_run_says_how_to_go_on() -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    toy.clock += rotate_shares.PLAYBOOK.steps[-6].within  # type: ignore[union-attr]  # a wait
    run = await _carry(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "Undo: that cancels the rotation" in run.stage.do
    rehearsal.press(Button.TRY_AGAIN)
    assert (await rehearsal.to_its_end()).stage == Ended("done")


@pytest.mark.parametrize("steps", [1, 4])
async def test_a_rotation_that_broke_off_says_so_at_once_and_the_next_run_clears_it(
    steps: int,
) -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    for _ in range(steps):
        toy.ceremony.step()
    toy.machines.leader_name = "n2"
    run = await _carry(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "broke off" in run.stage.happened
    assert "n1 led then and takes it up if it leads again" in run.stage.true_now
    rehearsal.press(Button.UNDO)
    assert (await rehearsal.to_its_end()).stage == Ended("undone")
    assert toy.machines.node("n1").rotation is not None
    after = await _waiting(toy)
    assert toy.machines.node("n1").rotation is None
    assert (await after.to_its_end()).stage == Ended("done")
    assert await toy.vault.shares_mark("prod") == mark_of(2)


async def test_no_node_is_sealed_to_forget_while_another_one_is_down() -> None:
    toy = await backed_up()
    await _waiting(toy)
    toy.clock += timedelta(hours=2)
    toy.machines.leader_name = "n2"
    rehearsal = in_toy(toy, rotate_shares.PLAYBOOK)
    rehearsal.meanwhile = nobody_comes
    await rehearsal.plan()
    rehearsal.approve()
    toy.calls.fail("backups.seal")
    assert isinstance((await _carry(rehearsal)).stage, Stopped)
    toy.kill("n3")
    rehearsal.press(Button.TRY_AGAIN)
    run = await _carry(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "n3 do not serve" in run.stage.happened
    assert not any(act.startswith("vault.seal") for act in toy.calls.acts)


async def test_custodians_who_were_faster_than_a_dead_worker_lose_nothing() -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    for _ in range(6):
        toy.ceremony.step()
    assert (await _carry(rehearsal)).stage == Ended("done")
    assert [known.number for known in toy.backups.known] == [1, 2]


async def test_what_is_complete_cannot_be_undone_and_is_adopted_instead() -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    for _ in range(6):
        toy.ceremony.step()
    rehearsal.press(Button.CANCEL, "UALICE")
    await _carry(rehearsal)
    rehearsal.press(Button.UNDO)
    run = await _carry(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "is complete" in run.stage.happened
    assert "adopt prod" in run.stage.do
    again = in_toy(toy, rotate_shares.PLAYBOOK)
    await again.plan()
    again.approve()
    found = await _carry(again)
    assert isinstance(found.stage, Stopped)
    assert "changed, and that is recorded nowhere" in found.stage.happened


async def test_a_rotation_of_somebody_else_is_refused_and_never_cancelled() -> None:
    toy = await backed_up()
    keys = tuple(key_of(custodian).key for custodian in CUSTODIANS)
    await toy.vault.start_rotation("prod", "n1", keys, 3)
    refused = await rotate_shares.look(Ask(), toy.world())
    assert "no run of this bot began it" in str(refused)
    assert _nonce(toy) in str(refused)


async def test_a_rotation_that_somebody_began_meanwhile_is_never_taken_over() -> None:
    toy = await backed_up()
    rehearsal = in_toy(toy, rotate_shares.PLAYBOOK)
    await rehearsal.plan()
    rehearsal.approve()
    toy.calls.fail("backups.seal")
    await _carry(rehearsal)
    keys = tuple(key_of(custodian).key for custodian in CUSTODIANS)
    await toy.vault.start_rotation("prod", "n1", keys, 3)
    rehearsal.press(Button.TRY_AGAIN)
    run = await _carry(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "somebody else began it" in run.stage.happened
    rehearsal.press(Button.UNDO)
    assert (await rehearsal.to_its_end()).stage == Ended("undone")
    assert _nonce(toy)  # It lives on.


async def test_a_rotation_that_took_the_place_of_ours_is_neither_counted_nor_cancelled() -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    toy.machines.leader_name = "n2"
    keys = tuple(key_of(custodian).key for custodian in CUSTODIANS)
    await toy.vault.start_rotation("prod", "n2", keys, 3)
    for _ in range(4):
        toy.ceremony.step()
    run = await _carry(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert "broke off" in run.stage.happened
    rehearsal.press(Button.UNDO)
    rehearsal.meanwhile = nobody_comes
    assert (await rehearsal.to_its_end()).stage == Ended("undone")
    assert _nonce(toy)  # It lives on.


@pytest.mark.parametrize("begun", [False, True], ids=["before the first step", "after a backup"])
async def test_keys_that_were_changed_after_approval_get_no_share(begun: bool) -> None:  # noqa: FBT001 -- a case
    toy = await backed_up()
    rehearsal = in_toy(toy, rotate_shares.PLAYBOOK)
    await rehearsal.plan()
    rehearsal.approve()
    if begun:
        toy.calls.fail("backups.enter")
        await _carry(rehearsal)
        rehearsal.press(Button.TRY_AGAIN)
    custodians = (*CUSTODIANS[:4], "mallory")
    toy.clusters.cluster = toy.cluster.model_copy(update={"custodians": custodians})
    run = await _carry(rehearsal)
    assert isinstance(run.stage, Stopped)
    assert toy.vault.rotations == 0


def _version(version: str) -> Callable[[ToyWorld], None]:
    def spoil(toy: ToyWorld) -> None:
        toy.vault.version = version

    return spoil


def _custodians(*names: str) -> Callable[[ToyWorld], None]:
    def spoil(toy: ToyWorld) -> None:
        toy.clusters.cluster = toy.cluster.model_copy(update={"custodians": names})

    return spoil


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_version("2.4.0"), "loses all of them"),
        (_version("2.5.1"), "loses all of them"),
        (_custodians("erin", "frank"), "5 shares, and 2 custodians"),
        (_custodians("erin", "erin", "grace", "heidi", "ivan"), "same OpenPGP key"),
        (lambda toy: toy.kill("n3"), "n3 of prod does not serve"),
        (lambda toy: toy.backups.known.clear(), "does not know the keys"),
    ],
    ids=["2.4.0", "2.5.1", "two custodians", "one key twice", "a node down", "never adopted"],
)
async def test_what_stands_in_the_way_is_said(spoil: Callable[[ToyWorld], None], says: str) -> None:
    toy = await backed_up()
    spoil(toy)
    found = await rotate_shares.look(Ask(), toy.world())
    assert isinstance(found, NotForMe)
    assert says in found.why


@pytest.mark.parametrize("version", ["2.3.9", "2.5.2", "2.7.2", "2.10.0"])
async def test_versions_that_keep_shares_are_not_refused(version: str) -> None:
    toy = await backed_up()
    toy.vault.version = version
    assert not isinstance(await rotate_shares.look(Ask(), toy.world()), NotForMe)


async def test_the_version_of_another_product_does_not_count() -> None:
    toy = await backed_up()
    toy.vault.version, toy.vault.product = "2.4.0", "HashiCorp Vault"
    assert not isinstance(await rotate_shares.look(Ask(), toy.world()), NotForMe)


async def test_recovery_keys_are_not_covered() -> None:
    toy = await backed_up(auto=True)
    assert "recovery keys" in str(await rotate_shares.look(Ask(), toy.world()))


async def test_missing_keys_are_named_with_their_owners() -> None:
    toy = await backed_up()
    toy.clusters.without_key |= {"frank", "ivan"}
    with pytest.raises(Trouble, match="frank, ivan"):
        await rotate_shares.look(Ask(), toy.world())


async def test_old_backups_say_which_shares_open_them() -> None:
    toy = await backed_up()
    rehearsal = await _waiting(toy)
    assert (await rehearsal.to_its_end()).stage == Ended("done")
    before, after = sorted(
        (entry for entry in await toy.backups.all("prod")), key=lambda entry: entry.generation
    )[-2:]
    assert (before.generation, after.generation) == (1, 2)
    assert not isinstance(rehearsal.state().stage, Running)
