"""One real cluster for all suites of this package."""

from collections.abc import Iterator

import pytest

from tests.systems.real_clusters import RealCluster, real_cluster


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    with real_cluster(tmp_path_factory.mktemp("real")) as started:
        yield started
