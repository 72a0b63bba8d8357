"""Clusters are found by name, and each has its own balancer and store or none at all."""

from pathlib import Path

import pytest

from playbooks.core.trouble import Trouble
from playbooks.systems.balancers import Balancers
from playbooks.systems.clusters import ConfiguredClusters
from playbooks.systems.stores import Stores
from tests.systems.stores import PROD, backups_in, entry, in_pieces, joined
from tests.worlds.toy import ToyWorld

KEY = "copies/vault-copy-20261125-020000.enc"


def test_without_a_name_the_only_cluster_is_meant() -> None:
    prod = ToyWorld().cluster
    assert ConfiguredClusters({"prod": prod}).named(None) == prod
    two = ConfiguredClusters({"prod": prod, "eu": prod.model_copy(update={"name": "eu"})})
    assert two.named("eu").name == "eu"
    with pytest.raises(Trouble, match=r"more than one cluster; .* one of: eu, prod"):
        two.named(None)
    with pytest.raises(Trouble, match=r"no cluster staging; .* say one of: eu, prod"):
        two.named("staging")


async def test_each_cluster_has_the_balancer_of_its_own() -> None:
    toy = ToyWorld()
    balancers = Balancers({"prod": toy.balancer})
    await balancers.cut_off("prod")
    assert not (await balancers.state("prod")).open
    assert await balancers.refuses("prod")
    await balancers.let_back("prod")
    assert (await balancers.state("prod")).open
    with pytest.raises(Trouble, match="No balancer is configured for eu"):
        await balancers.cut_off("eu")


async def test_each_cluster_has_the_store_of_its_own(tmp_path: Path) -> None:
    stores = Stores({"prod": backups_in(tmp_path / "prod"), "eu": backups_in(tmp_path / "eu")})
    sealed = await stores.seal(KEY, PROD, in_pieces(b"archive"))
    assert await stores.fingerprint("prod", KEY) == sealed
    assert await joined(stores.open(KEY, PROD)) == b"archive"
    assert not await stores.holds("eu", KEY)
    await stores.duplicate("prod", KEY, "monthly/x.enc")
    assert await stores.holds("prod", "monthly/x.enc")
    await stores.enter(entry())
    assert await stores.find("prod", entry().name) == entry()
    assert (await stores.all("eu"), await stores.generations("eu")) == ((), ())
    await stores.keep_draft(entry())
    assert await stores.draft("eu", entry().name) is None
    with pytest.raises(Trouble, match="No store is configured for staging"):
        await stores.all("staging")
