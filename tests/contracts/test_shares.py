"""How a cluster is sealed and how its shares are rotated, for the stand-in and a real one."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.world.rotation import Rotation
from tests.contracts.sites import NODES, Site, eventually, real_site, toy_site
from tests.systems.real_clusters import RealCluster

SCHEME = SealScheme(shares=5, threshold=3)
CUSTODIANS = ("erin", "frank", "grace", "heidi", "ivan")


@pytest.fixture(params=["stand-in", pytest.param("real", marks=pytest.mark.cluster)])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    if request.param == "stand-in":
        yield toy_site()
        return
    cluster: RealCluster = request.getfixturevalue("cluster")
    async for real in real_site(cluster):
        await eventually(partial(_serves, real))
        yield real
        await real.unseal(*NODES)  # A test that failed must not fail those after it.


async def _begun(site: Site) -> Rotation:
    keys = tuple(key.key for key in site.keys)
    await site.vault.start_rotation("prod", await site.active(), keys, 3)
    return await _under_way(site)


async def _under_way(site: Site) -> Rotation:
    told = await site.looker.rotating("prod")
    assert told.now is not None
    return told.now


async def _serves(site: Site) -> bool:
    return sorted(await site.kinds()) == ["active", "standby", "standby"]


async def _is(site: Site, node: str, kind: str) -> bool:
    return (await site.vault.state("prod", node)).kind == kind


async def test_sealing_a_standby_closes_it_alone(site: Site) -> None:
    node = await site.standby()
    for _ in range(2):
        await site.vault.seal("prod", node)
        await eventually(partial(_is, site, node, "sealed"))
    assert "active" in await site.kinds()
    assert (await site.nodes.state("prod", node)).running
    await site.unseal(node)
    await eventually(site.everyone_votes)


async def test_one_login_seals_every_node_standbys_first(site: Site) -> None:
    active = await site.active()
    for node in (*(node for node in NODES if node != active), active):
        await site.vault.seal("prod", node)
    for node in NODES:
        await eventually(partial(_is, site, node, "sealed"))
    with pytest.raises(Trouble, match="active"):
        await site.vault.write_nonce("prod", "too late")
    await site.unseal(*NODES)
    await eventually(site.everyone_votes)


async def test_no_rotation_is_under_way_in_a_quiet_cluster(site: Site) -> None:
    told = await site.looker.rotating("prod")
    assert (told.product, told.now) == ("OpenBao", None)
    with pytest.raises(Trouble, match="not under way"):
        await site.vault.cancel_rotation("prod", "5b1c")


async def test_a_rotation_tells_how_far_it_is_and_ends_with_new_shares(site: Site) -> None:
    before = await site.vault.shares_mark("prod")
    begun = await _begun(site)
    assert begun == Rotation(
        nonce=begun.nonce,
        scheme=SCHEME,
        fingerprints=tuple(key.fingerprint for key in site.keys),
        verified=True,
        required=3,
    )
    with pytest.raises(Trouble, match="under way already"):
        await _begun(site)
    for number, custodian in enumerate(CUSTODIANS[:3], 1):
        await site.give(custodian, begun.nonce)
        told = await _under_way(site)
        assert (told.given, told.proving) == ((number, False) if number < 3 else (0, True))
    assert (await _under_way(site)).nonce == begun.nonce
    assert await site.vault.shares_mark("prod") == before
    for number, custodian in enumerate(CUSTODIANS[2:], 1):
        await site.prove(custodian, begun.nonce)
        if number < 3:
            assert (await _under_way(site)).proved == number
    assert (await site.vault.rotating("prod")).now is None
    after = await site.vault.shares_mark("prod")
    assert after != before
    node = await site.standby()
    await site.vault.seal("prod", node)
    await site.unseal(node)
    await eventually(partial(_is, site, node, "standby"))
    assert await site.vault.shares_mark("prod") == after


async def test_a_rotation_that_is_cancelled_at_its_very_end_changes_no_share(site: Site) -> None:
    before = await site.vault.shares_mark("prod")
    begun = await _begun(site)
    for custodian in CUSTODIANS[:3]:
        await site.give(custodian, begun.nonce)
    for custodian in CUSTODIANS[:2]:
        await site.prove(custodian, begun.nonce)
    with pytest.raises(Trouble, match="not under way"):
        await site.vault.cancel_rotation("prod", "5b1c")
    await site.vault.cancel_rotation("prod", begun.nonce)
    assert (await site.vault.rotating("prod")).now is None
    assert await site.vault.shares_mark("prod") == before
    node = await site.standby()
    await site.vault.seal("prod", node)
    await site.unseal(node)
    await eventually(partial(_is, site, node, "standby"))


async def test_only_the_active_node_begins_one_and_a_node_that_is_sealed_forgets_it(
    site: Site,
) -> None:
    keys = tuple(key.key for key in site.keys)
    with pytest.raises(Trouble, match="not the active node"):
        await site.vault.start_rotation("prod", await site.standby(), keys, 3)
    await _begun(site)
    led = await site.active()
    await site.vault.seal("prod", led)
    await eventually(partial(_nothing_is_under_way, site))
    assert await site.active() != led
    await site.unseal(led)
    await eventually(site.everyone_votes)


async def _nothing_is_under_way(site: Site) -> bool:
    return (await site.vault.rotating("prod")).now is None
