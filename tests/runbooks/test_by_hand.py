"""Every page is followed once by people, block by block, on a real cluster, and nobody else."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from playbooks.core.backup import Backup
from playbooks.core.world.world import World
from playbooks.runbook.parts import Pasted, parts
from playbooks.runbook.shell import addresses, operating
from playbooks.runbook.site import ANY, HAProxy
from playbooks.steps.by_hand import clients
from tests.contracts.balancers import haproxy
from tests.runbooks.conftest import People
from tests.runbooks.following import follow
from tests.systems.real_clusters import RealCluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


def printed(people: People, name: str, *more: str) -> str:
    """Print a page as a person does."""
    words = [str(Path(sys.executable).parent / "vault-responder"), "runbook", name, *more]
    environment = {"VAULT_RESPONDER_CONFIG": str(people.installation.house.config)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def _newest(world: World) -> Backup:
    return next(each for each in await world.backups.all("prod") if each.kind == "backup")


async def _holds(people: People, backup: Backup) -> None:
    """What the canaries' marks say, on every node, and clients are let in again."""
    async with people.installation.world() as world:
        for node in people.installation.cluster.names:
            assert await world.vault.nonce("prod", node) == backup.nonce
            assert await world.vault.marks("prod", node) == backup.canaries
        voters = (await world.vault.raft("prod")).voters
        assert len(voters) == len(people.installation.cluster.names)
        assert (await world.balancer.state("prod")).open


async def test_a_backup_taken_by_hand_is_one_for_the_bot_too(people: People) -> None:
    page = printed(people, "take_backup", "--cluster", "prod")
    follow(page, people.person(), people.custodians())
    async with people.installation.world() as world:
        backup = await _newest(world)
        assert len(backup.canaries) == 3
        assert await world.backups.holds("prod", backup.object_keys[0])


def _at_a_terminal(people: People, *commands: str) -> str:
    config = f"export VAULT_RESPONDER_CONFIG={people.installation.house.config}"
    with people.person() as terminal:
        terminal.paste(config)
        return "".join(terminal.paste(f"{command} || echo refused") for command in commands)


async def test_a_decrypted_backup_is_never_shown_or_stored(people: People) -> None:
    async with people.installation.world() as world:
        backup = await _newest(world)
    said = _at_a_terminal(
        people,
        f"vault-responder backup-file open {backup.name}",
        f"vault-responder backup-file open {backup.name} | wc -c",
        f"echo nonsense | vault-responder backup-file seal {backup.name} --nonce 1",
        "echo nonsense | vault-responder backup-file seal vault-copy-20260101-000000 --nonce 1",
        "vault-responder backup-file enter vault-copy-20260101-000000",
        "vault-responder backup-file open vault-copy-20260101-000000 | wc -c",
    )
    assert "A decrypted backup is not for a terminal" in said
    assert f"\n{backup.archive_bytes}\n" in said
    assert f"There is a backup {backup.name} already" in said
    assert "is no archive but something else" in said
    assert said.count("There is no backup named vault-copy-20260101-000000") == 2
    async with people.installation.world() as world:
        assert await world.backups.all("prod") == (backup,)


async def test_a_restore_by_hand_brings_the_backup_to_every_node(people: People) -> None:
    async with people.installation.world() as world:
        backup = await _newest(world)
        await world.vault.write_nonce("prod", "written after the backup")
    page = printed(people, "restore_backup", "--cluster", "prod")
    assert f"BACKUP={backup.name}\n" in page
    follow(page, people.person(), people.custodians())
    await _holds(people, backup)
    async with people.installation.world() as world:
        kinds = [each.kind for each in await world.backups.all("prod")]
        assert kinds == ["copy", "backup"]


async def test_a_cluster_sealed_by_hand_is_opened_by_hand(people: People) -> None:
    cluster = people.installation.cluster
    follow(printed(people, "seal", "--cluster", "prod"), people.person(), people.custodians())
    assert {node.state for node in cluster.state()} == {"sealed"}
    cluster.stop(cluster.names[0])
    follow(printed(people, "unseal", "--cluster", "prod"), people.person(), people.custodians())
    assert cluster.serves()


async def test_shares_rotated_by_hand_open_the_backup_of_after(people: People) -> None:
    before = [person.secret for person in people.custodians()]
    page = printed(people, "rotate_shares", "--cluster", "prod")
    follow(
        page,
        people.person(),
        people.custodians(),
        leaving_out=("forget a rotation", "have unsealed what was sealed"),
    )
    after = [person.secret for person in people.custodians()]
    assert not set(before) & set(after)
    async with people.installation.world() as world:
        generations = [each.generation for each in await world.backups.all("prod")]
        assert generations[:2] == [2, 1]


async def test_a_rebuild_by_hand_needs_nothing_but_the_backup_and_the_custodians(
    people: People,
) -> None:
    async with people.installation.world() as world:
        backup = await _newest(world)
    people.installation.cluster.destroy()
    page = printed(people, "rebuild_from_backup", "--cluster", "prod")
    follow(
        page, people.person(), people.custodians(), leaving_out=("Keep a copy", "Wipe every node")
    )
    await _holds(people, backup)


async def test_haproxy_is_closed_and_opened_by_hand_as_well(people: People, tmp_path: Path) -> None:
    local = people.installation.cluster
    with haproxy(RealCluster(local, tmp_path), tmp_path) as front, people.person() as terminal:
        site = replace(
            ANY,
            nodes=tuple(zip(local.names, local.addresses, strict=True)),
            ca_file=str(local.ca_file),
            balancer_address=f"https://127.0.0.1:{front.port}",
            balancer=HAProxy(str(tmp_path / "haproxy.sock"), "vault"),
        )
        for commands in (addresses(site), operating(site), "wait_for is balancer active"):
            terminal.paste(commands)
        terminal.paste(part_of(clients.CUT_OFF))
        assert (await front.balancer.state("prod")).closed
        terminal.paste(part_of(clients.LET_BACK))
        assert (await front.balancer.state("prod")).open


def part_of(text: str) -> str:
    """The one block of a text."""
    (block,) = [part.commands for part in parts(text) if isinstance(part, Pasted)]
    return block
