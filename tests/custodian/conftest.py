"""A cluster of one node for the tests of one file, sealed anew for each that wants it so."""

from collections.abc import Iterator

import pytest

from deploy.demo.cluster.local import LocalCluster


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with LocalCluster.create(tmp_path_factory.mktemp("prod"), nodes=1) as cluster:
        yield cluster


@pytest.fixture
def sealed(opened: LocalCluster) -> LocalCluster:
    opened.kill("n1")
    opened.start("n1")
    opened.wait_until(lambda: opened.health("n1").kind == "sealed", "n1 is sealed")
    return opened
