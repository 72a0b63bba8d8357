"""A real node on a bad line, with the wrong certificate, under other keys, or opening itself."""

import asyncio
import io
import json
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.snapshot.archive import ArchiveCheck, checked
from playbooks.systems.vault.calls import Call
from tests.contracts.sites import eventually, pieces
from tests.systems.cut_lines import line_to
from tests.systems.real_clusters import RealCluster, real_cluster
from tests.systems.stores import PROD, backups_in, in_pieces, joined

pytestmark = pytest.mark.cluster
KEY = "daily/2026-11-25/vault-snapshot-20261125-020000.enc"


async def _snapshot(cluster: RealCluster) -> bytes:
    vault = cluster.vault()
    whole = await joined(vault.snapshot("prod", "n1"))
    await vault.close()
    return whole


@dataclass(frozen=True)
class Gone:
    """What is left of a cluster whose keys are gone too."""

    snapshot: bytes
    ca_file: Path


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Gone:
    with real_cluster(tmp_path_factory.mktemp("foreign"), nodes=1) as gone:
        return Gone(asyncio.run(_snapshot(gone)), gone.local.ca_file)


@pytest.fixture(scope="module")
def node(foreign: Gone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """One node, which is enough for all that goes wrong on the way to it."""
    with real_cluster(tmp_path_factory.mktemp("node"), nodes=1) as started:
        yield started


async def test_a_token_that_is_given_up_counts_no_more(node: RealCluster) -> None:
    vault = node.vault()
    access = vault._clusters["prod"]
    assert await vault.can_log_in("prod")
    token = await access.login.token()
    look = Call("get", "auth/token/lookup-self", token=token)
    assert (await access.ask("n1", look)).status_code == HTTPStatus.OK
    assert await vault.can_log_in("prod")
    assert (await access.ask("n1", look)).status_code == HTTPStatus.FORBIDDEN
    await vault.close()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
async def test_a_snapshot_whose_connection_is_cut_is_trouble_and_leaves_no_object(
    node: RealCluster, share: float, tmp_path: Path
) -> None:
    whole = await _snapshot(node)
    backups = backups_in(tmp_path)
    async with line_to(node.local.addresses[0]) as line:
        vault = node.vault(nodes={"n1": line.address})
        assert await vault.can_log_in("prod")
        # Health, seal status and the headers come first, about 8 kB with all of TLS.
        line.cut_after = 8_000 + int(share * len(whole))
        with pytest.raises(Trouble, match=r"broke off after \d+ bytes|drops connections"):
            await backups.seal(KEY, PROD, checked(vault.snapshot("prod", "n1"), ArchiveCheck()))
        line.cut_after = None
        await vault.close()
    assert not await backups.holds("prod", KEY)


async def test_leaving_a_snapshot_early_closes_its_connection(node: RealCluster) -> None:
    async with line_to(node.local.addresses[0]) as line:
        vault = node.vault(nodes={"n1": line.address})
        assert await vault.can_log_in("prod")
        before = line.open
        stream = vault.snapshot("prod", "n1")
        async with aclosing(stream):
            async for _ in stream:
                break

        async def _closed() -> bool:
            return line.open <= before

        await eventually(_closed)
        await vault.close()


async def test_a_load_whose_connection_is_cut_changes_nothing(node: RealCluster) -> None:
    whole = await _snapshot(node)
    async with line_to(node.local.addresses[0]) as line:
        vault = node.vault(nodes={"n1": line.address})
        await vault.write_nonce("prod", "before")
        closed = line.closed

        async def _cut() -> AsyncIterator[bytes]:
            yield whole[:100_000]
            closed.set()
            line.cut_after = 0
            yield whole[100_000:150_000]
            raise Trouble("The line is cut", left="nothing", do="try again")

        with pytest.raises(Trouble):
            await vault.load("prod", "n1", _cut())
        line.cut_after = None
        assert await vault.nonce("prod", "n1") == "before"
        await vault.close()


async def test_a_node_with_a_certificate_of_another_ca_gets_nothing(
    node: RealCluster, foreign: Gone
) -> None:
    vault = node.vault(ca_file=foreign.ca_file)
    assert (await vault.state("prod", "n1")).kind == "silent"
    with pytest.raises(Trouble, match="No node of prod is active"):
        await vault.nonce("prod", "n1")
    with pytest.raises(Trouble, match=r"not one that .*ca.pem vouches for"):
        vault._clusters["prod"].calls.ask("n1", Call("get", "sys/health"))


async def test_a_snapshot_under_other_keys_is_refused_and_changes_nothing(
    node: RealCluster, foreign: Gone
) -> None:
    vault = node.vault()
    await vault.write_nonce("prod", "mine")
    with pytest.raises(Trouble, match="taken under other unseal keys"):
        await vault.load("prod", "n1", in_pieces(foreign.snapshot))
    assert await vault.nonce("prod", "n1") == "mine"
    await vault.close()


async def test_a_damaged_snapshot_is_refused_and_changes_nothing(node: RealCluster) -> None:
    vault = node.vault()
    whole = await _snapshot(node)
    await vault.write_nonce("prod", "mine")
    for broken in (b"", b"hello", whole[: len(whole) // 2]):
        with pytest.raises(Trouble, match="refused"):
            await vault.load("prod", "n1", pieces(broken))
    assert (await vault.nonce("prod", "n1"), await vault.can_log_in("prod")) == ("mine", True)
    await vault.close()


async def test_a_looker_gets_no_snapshot_no_canary_and_no_nonce(node: RealCluster) -> None:
    looker = node.vault("looker")
    with pytest.raises(Trouble, match="does not let the role looker use sys/storage/raft/snapshot"):
        await joined(looker.snapshot("prod", "n1"))
    with pytest.raises(Trouble, match="holds no backup key"):
        await looker.marks("prod", "n1")
    with pytest.raises(Trouble, match="does not let the role looker use vps/data"):
        await looker.nonce("prod", "n1")
    assert (await looker.raft("prod")).voters == ("n1",)
    await looker.close()


async def test_a_token_is_revoked_at_the_end(node: RealCluster) -> None:
    vault = node.vault()
    assert await vault.can_log_in("prod")
    token = await vault._clusters["prod"].login.token()
    assert _looks_itself_up(node, token) == 200
    await vault.close()
    assert _looks_itself_up(node, token) == 403


def _looks_itself_up(node: RealCluster, token: str) -> int:
    return node.local.endpoint("n1").call("GET", "auth/token/lookup-self", token=token).status


def _keys_in(whole: bytes) -> dict[str, object]:
    with tarfile.open(fileobj=io.BytesIO(whole), mode="r:gz") as tar:
        member = tar.extractfile("meta.json")
        assert member is not None
        return dict(json.loads(member.read()))


async def test_a_whole_snapshot_is_read_as_vault_wrote_it(node: RealCluster) -> None:
    whole = await _snapshot(node)
    check = ArchiveCheck()
    check.feed(whole)
    facts, meta = check.finish(), _keys_in(whole)
    assert (facts.raft_index, facts.raft_term) == (meta["Index"], meta["Term"])


async def test_a_node_that_opens_itself_is_filled_and_serves_without_anyone(
    tmp_path: Path,
) -> None:
    with real_cluster(tmp_path, nodes=1, seal="static") as cluster:
        vault, nodes = cluster.vault(), cluster.nodes()
        state = await vault.state("prod", "n1")
        scheme = SealScheme(kind="auto", shares=5, threshold=3)
        assert state.scheme == scheme
        await vault.write_nonce("prod", "kept")
        marks = await vault.marks("prod", "n1")
        whole = await joined(vault.snapshot("prod", "n1"))
        await nodes.stop("prod", "n1")
        await nodes.wipe("prod", "n1")
        await nodes.start_alone("prod", "n1")
        with pytest.raises(Trouble, match="another kind of seal"):
            await vault.load_into_empty(
                "prod", "n1", pieces(whole), SealScheme(shares=5, threshold=3)
            )
        await vault.load_into_empty("prod", "n1", pieces(whole), scheme)
        assert (await vault.state("prod", "n1")).scheme == scheme
        assert await vault.nonce("prod", "n1") == "kept"
        assert await vault.marks("prod", "n1") == marks
        await vault.close()
