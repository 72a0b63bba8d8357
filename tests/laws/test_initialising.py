"""A cluster that is known is initialised anew only while it is rebuilt, on nodes proven empty."""

from typing import Final

import pytest

from playbooks.backups import rebuild_from_backup, restore_backup
from playbooks.cluster import unseal
from playbooks.core.ask import Ask
from playbooks.core.plan import NotForMe
from playbooks.steps.restoring import RestoreAsk
from tests.check.files import ROOT
from tests.laws.scenes import backed_up
from tests.worlds.toy import NODES

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
    assert _files_that_say('"sys/init"') == {"playbooks/systems/vault/empty_nodes.py"}
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
