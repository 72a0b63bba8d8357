"""What a Vault cluster does, for the stand-in and a real one of three nodes."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.snapshot.archive import ArchiveCheck, checked
from tests.contracts.sites import NODES, Site, eventually, pieces, real_site, toy_site
from tests.systems.real_clusters import CANARIES, RealCluster

SCHEME = SealScheme(shares=5, threshold=3)


@pytest.fixture(params=["stand-in", pytest.param("real", marks=pytest.mark.cluster)])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    if request.param == "stand-in":
        yield toy_site()
        return
    cluster: RealCluster = request.getfixturevalue("cluster")
    async for real in real_site(cluster):
        yield real


async def test_one_node_is_active_and_the_others_stand_by(site: Site) -> None:
    # On a busy machine a node may not answer within the two seconds it has.
    await eventually(lambda: _all_serve(site))
    states = [await site.vault.state("prod", node) for node in NODES]
    assert {state.scheme for state in states} == {SCHEME}
    assert {state.shares_given for state in states} == {0}
    assert len({state.cluster_id for state in states}) == 1
    assert all(state.version for state in states)


async def test_this_process_can_log_in(site: Site) -> None:
    assert await site.vault.can_log_in("prod")
    assert await site.looker.can_log_in("prod")


async def test_a_nonce_reaches_every_node(site: Site) -> None:
    await site.vault.write_nonce("prod", "0123")
    assert await site.vault.nonce("prod", await site.active()) == "0123"
    for node in NODES:
        await eventually(partial(_has_nonce, site, node, "0123"))


async def _all_serve(site: Site) -> bool:
    return sorted(await site.kinds()) == ["active", "standby", "standby"]


async def _has_nonce(site: Site, node: str, nonce: str) -> bool:
    return await site.vault.nonce("prod", node) == nonce


async def test_marks_are_the_same_on_every_node_and_change_with_the_secret(site: Site) -> None:
    active = await site.active()
    before = await site.vault.marks("prod", active)
    assert [mark.path for mark in before] == list(CANARIES)
    for node in NODES:
        assert await site.vault.marks("prod", node) == before
    await site.write(CANARIES[1], "another value")
    after = await site.vault.marks("prod", active)
    assert [mark.hmac == old.hmac for mark, old in zip(after, before, strict=True)] == [
        True,
        False,
        True,
    ]


async def test_every_node_comes_to_vote(site: Site) -> None:
    await eventually(site.everyone_votes)


async def test_changes_name_what_was_written_since_and_no_nonce(site: Site) -> None:
    before = site.now()
    await site.write("dkim/changed.example/s1", "x")
    await site.vault.write_nonce("prod", "4567")
    changes = await site.looker.changes_since("prod", before)
    assert (changes.count, changes.first) == (1, ("dkim/changed.example/s1",))
    assert (await site.looker.changes_since("prod", site.now())).count == 0


async def test_a_snapshot_is_a_whole_archive(site: Site) -> None:
    check = ArchiveCheck()
    stream = site.vault.snapshot("prod", await site.active())
    pieces = [piece async for piece in checked(stream, check)]
    assert check.finish().archive_bytes == sum(len(piece) for piece in pieces)
    assert check.finish().raft_index > 0


async def test_a_standby_gives_no_snapshot(site: Site) -> None:
    with pytest.raises(Trouble, match="not the active node"):
        async for _ in site.vault.snapshot("prod", await site.standby()):
            pass


async def test_a_load_brings_back_what_the_snapshot_held_on_every_node(site: Site) -> None:
    await site.vault.write_nonce("prod", "aaaa")
    marks = await site.vault.marks("prod", await site.active())
    snapshot = await site.snapshot()
    await site.vault.write_nonce("prod", "bbbb")
    await site.write(CANARIES[0], "lost")
    await site.vault.load("prod", await site.active(), pieces(*snapshot))
    for node in NODES:
        await eventually(partial(_has_nonce, site, node, "aaaa"))
        assert await site.vault.marks("prod", node) == marks
    assert await site.vault.can_log_in("prod")
    await eventually(site.everyone_votes)


async def test_a_load_into_a_standby_is_refused_and_changes_nothing(site: Site) -> None:
    snapshot = await site.snapshot()
    await site.vault.write_nonce("prod", "cccc")
    with pytest.raises(Trouble, match="not the active node"):
        await site.vault.load("prod", await site.standby(), pieces(*snapshot))
    assert sorted(await site.kinds()) == ["active", "standby", "standby"]
    assert await site.vault.nonce("prod", await site.active()) == "cccc"


async def test_an_archive_that_breaks_off_changes_nothing(site: Site) -> None:
    whole = b"".join(await site.snapshot())
    await site.vault.write_nonce("prod", "dddd")

    async def _breaks() -> AsyncIterator[bytes]:
        yield whole[: len(whole) // 2]
        raise Trouble("The object is cut off", left="nothing", do="try again")

    with pytest.raises(Trouble, match="The object is cut off"):
        await site.vault.load("prod", await site.active(), _breaks())
    assert await site.vault.nonce("prod", await site.active()) == "dddd"


async def test_a_node_that_serves_is_never_filled_as_an_empty_one(site: Site) -> None:
    snapshot = await site.snapshot()
    for node in NODES:
        with pytest.raises(Trouble, match="not an empty node"):
            await site.vault.load_into_empty("prod", node, pieces(*snapshot), SCHEME)
    assert sorted(await site.kinds()) == ["active", "standby", "standby"]


async def test_a_stopped_node_is_silent_and_a_restarted_one_sealed_until_unsealed(
    site: Site,
) -> None:
    node = await site.standby()
    await site.nodes.stop("prod", node)
    began = asyncio.get_running_loop().time()
    assert (await site.vault.state("prod", node)).kind == "silent"
    assert asyncio.get_running_loop().time() - began < 3
    await site.nodes.start("prod", node)
    await eventually(partial(_is, site, node, "sealed"))
    state = await site.vault.state("prod", node)
    assert (state.scheme, state.shares_given, state.cluster_id) == (SCHEME, 0, None)
    with pytest.raises(Trouble, match="sealed"):
        await site.vault.nonce("prod", node)
    await site.unseal(node)
    await eventually(partial(_is, site, node, "standby"))
    await eventually(site.everyone_votes)


async def _is(site: Site, node: str, kind: str) -> bool:
    return (await site.vault.state("prod", node)).kind == kind


async def test_a_destroyed_cluster_comes_back_from_a_snapshot(site: Site) -> None:
    await site.vault.write_nonce("prod", "eeee")
    marks = await site.vault.marks("prod", await site.active())
    snapshot = await site.snapshot()
    for node in NODES:
        await site.nodes.stop("prod", node)
        await site.nodes.wipe("prod", node)
    first, *others = NODES
    await site.nodes.start_alone("prod", first)
    await eventually(partial(_is, site, first, "uninitialised"))
    await site.vault.load_into_empty("prod", first, pieces(*snapshot), SCHEME)
    state = await site.vault.state("prod", first)
    assert state.kind == "sealed"
    # The seal of before lives on in the process, so it takes no share until it is restarted.
    assert state.scheme != SCHEME
    await site.nodes.stop("prod", first)
    await site.nodes.start_alone("prod", first)
    await eventually(partial(_is, site, first, "sealed"))
    assert (await site.vault.state("prod", first)).scheme == SCHEME
    await site.unseal(first)
    await eventually(partial(_is, site, first, "active"))
    assert await site.vault.can_log_in("prod")
    for node in others:
        await site.nodes.start("prod", node)
        await eventually(partial(_is, site, node, "sealed"))
        await site.unseal(node)
    for node in NODES:
        await eventually(partial(_has_nonce, site, node, "eeee"))
        assert await site.vault.marks("prod", node) == marks
    await eventually(site.everyone_votes)
