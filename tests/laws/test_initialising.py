"""A cluster that is known is initialised anew only while it is rebuilt, on nodes proven empty."""

from typing import Final

import pytest

from jobs.people import Button
from jobs.runs.state import Stopped
from playbooks.backups import rebuild_from_backup, restore_backup
from playbooks.cluster import unseal
from playbooks.core.ask import Ask
from playbooks.core.plan import NotForMe
from playbooks.core.trouble import Trouble
from playbooks.steps.restoring import RestoreAsk
from tests.check.files import ROOT
from tests.laws.rehearsal import in_toy
from tests.laws.scenes import backed_up
from tests.worlds.toy import NODES, ToyWorld

FOLDERS: Final = ("bot", "jobs", "playbooks", "deploy")


def _files_that_say(text: str) -> set[str]:
    """The product's own files; the demo makes clusters of its own."""
    return {
        str(file.relative_to(ROOT))
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*.py")
        if text in file.read_text(encoding="utf-8") and "demo" not in file.parts
    }


def test_one_file_initialises_and_one_playbook_asks_for_it() -> None:
    assert _files_that_say("sys/init") == {"playbooks/systems/vault/empty_nodes.py"}
    assert _files_that_say(".initialize(") == set()  # As the client library calls it.
    assert _files_that_say("fill_empty_node(") == {
        "playbooks/systems/vault/empty_nodes.py",
        "playbooks/systems/vault/vault.py",
    }
    assert _files_that_say("vault.load_into_empty(") == {"playbooks/backups/rebuild_from_backup.py"}


@pytest.mark.parametrize("empty", [NODES[:1], NODES[:2]], ids=["one", "two"])
async def test_no_playbook_initialises_a_node_while_another_one_holds_data(
    empty: tuple[str, ...],
) -> None:
    toy = await backed_up()
    for node in empty:
        await toy.nodes.stop("prod", node)
        await toy.nodes.wipe("prod", node)
        await toy.nodes.start_alone("prod", node)
    world = toy.world()
    looks = (
        await rebuild_from_backup.look(RestoreAsk(), world),
        await restore_backup.look(RestoreAsk(), world),
        await unseal.look(Ask(), world),
    )
    assert all(isinstance(found, NotForMe) for found in looks), looks


async def test_the_first_node_alone_is_not_initialised_anew_once_it_holds_a_cluster() -> None:
    """Somebody rebuilt it by hand while the run stood still; the others are empty as planned."""
    toy = await backed_up()
    toy.destroy()
    rehearsal = in_toy(toy, rebuild_from_backup.PLAYBOOK)
    await rehearsal.plan()
    rehearsal.approve()
    toy.calls.fail("vault.load_into_empty")
    assert isinstance((await rehearsal.to_its_end()).stage, Stopped)
    by_hand = ToyWorld().machines.node(NODES[0])
    toy.machines.nodes[NODES[0]] = by_hand
    rehearsal.press(Button.TRY_AGAIN)
    run = await rehearsal.to_its_end()
    assert isinstance(run.stage, Stopped)
    assert "n1 holds data that this run did not put there" in run.stage.happened
    assert by_hand.data is not None


async def test_a_cluster_whose_keys_are_known_is_not_initialised_where_no_backup_is_left() -> None:
    """Of keys alone nobody can rebuild it, and nothing else initialises."""
    toy = await backed_up()
    toy.backups.entries.clear()
    toy.destroy()
    with pytest.raises(Trouble, match="has no backup"):
        await rebuild_from_backup.look(RestoreAsk(), toy.world())
    for look in (restore_backup.look(RestoreAsk(), toy.world()), unseal.look(Ask(), toy.world())):
        assert isinstance(await look, NotForMe)
    assert not any(call.startswith("vault.load_into_empty") for call in toy.calls.acts)
