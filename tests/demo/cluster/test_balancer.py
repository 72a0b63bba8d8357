"""Clients reach the active node through the balancer, and nothing once it is in maintenance."""

import http.client
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from deploy.demo.cluster import api
from deploy.demo.cluster.local import LocalCluster
from tests.demo.cluster.asking import ask, until
from tests.demo.cluster.parts import Part, balancer_config, running

TOKEN: Final = {"Authorization": "Bearer made-up-token"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    folder = tmp_path_factory.mktemp("balanced")
    with LocalCluster.create(folder, nodes=1, shares=1, threshold=1) as made:
        yield made


@pytest.fixture
def config(cluster: LocalCluster, tmp_path: Path) -> Path:
    return balancer_config(cluster.layout, tmp_path)


@pytest.fixture
def balancer(config: Path) -> Iterator[Part]:
    with running("cluster.balancer", config.parent, str(config)) as part:
        until(lambda: state(part)["active"] == "n1")
        yield part


def state(balancer: Part) -> Any:
    status, answer = ask(f"{balancer.ready['control']}state", headers=TOKEN)
    assert status == HTTPStatus.OK
    return answer


def maintenance(balancer: Part, *, on: bool) -> Any:
    return ask(f"{balancer.ready['control']}maintenance", {"on": on}, TOKEN)[1]


def health_through(balancer: Part, cluster: LocalCluster) -> int:
    """0 where the connection is not carried."""
    return api.endpoint(balancer.ready["address"], cluster.ca_file).call("GET", "sys/health").status


def test_a_client_reaches_the_active_node_over_its_own_tls(
    balancer: Part, cluster: LocalCluster
) -> None:
    assert health_through(balancer, cluster) == HTTPStatus.OK
    assert state(balancer) == {
        "open": True,
        "active": "n1",
        "backends": [{"name": "n1", "state": "up"}],
    }


def test_maintenance_ends_open_connections_and_refuses_new_ones(
    balancer: Part, cluster: LocalCluster
) -> None:
    place = urlsplit(balancer.ready["address"])
    tls = ssl.create_default_context(cafile=str(cluster.ca_file))
    client = http.client.HTTPSConnection(place.hostname or "", place.port, timeout=5, context=tls)
    client.request("GET", "/v1/sys/health")
    assert client.getresponse().read()
    assert maintenance(balancer, on=True) == {
        "open": False,
        "active": None,
        "backends": [{"name": "n1", "state": "maintenance"}],
    }
    assert client.sock is not None
    with pytest.raises(ConnectionError):
        # Ended by a reset, or by an end of file that is not TLS's own.
        ended(client.sock)
    assert health_through(balancer, cluster) == 0
    maintenance(balancer, on=False)
    assert health_through(balancer, cluster) == HTTPStatus.OK


def ended(line: Any) -> None:
    try:
        assert line.recv(1) == b""
    except ssl.SSLError as error:
        raise ConnectionError from error
    raise ConnectionError


def test_maintenance_survives_a_restart_of_the_balancer(
    config: Path, cluster: LocalCluster
) -> None:
    with running("cluster.balancer", config.parent, str(config)) as first:
        maintenance(first, on=True)
        first.process.kill()
    with running("cluster.balancer", config.parent, str(config)) as second:
        assert state(second)["open"] is False
        assert health_through(second, cluster) == 0


def test_without_an_active_node_a_client_is_carried_nowhere(
    balancer: Part, cluster: LocalCluster
) -> None:
    cluster.kill("n1")
    try:
        until(lambda: state(balancer)["active"] is None)
        assert state(balancer)["open"] is True
        assert state(balancer)["backends"] == [{"name": "n1", "state": "down"}]
        assert health_through(balancer, cluster) == 0
    finally:
        cluster.start("n1")
        cluster.unseal_all()
    until(lambda: state(balancer)["active"] == "n1")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer another"}])
def test_only_the_holder_of_the_token_may_switch(balancer: Part, headers: dict[str, str]) -> None:
    for path, body in (("state", None), ("maintenance", {"on": True})):
        status, _ = ask(f"{balancer.ready['control']}{path}", body, headers)
        assert status == HTTPStatus.UNAUTHORIZED
    assert state(balancer)["open"] is True
