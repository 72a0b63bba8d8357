"""A local cluster is made once, starts again as it was, and keeps no root token."""

from pathlib import Path

from deploy.demo.cluster.layout import Shape
from deploy.demo.cluster.local import LocalCluster


def create(directory: Path) -> LocalCluster:
    return LocalCluster.create(directory, nodes=1, shares=1, threshold=1)


def test_a_cluster_that_is_started_again_is_opened_with_the_custodians_shares(
    tmp_path: Path,
) -> None:
    with create(tmp_path) as cluster:
        token, keys, before = cluster.root_token, cluster.keys, cluster.addresses
        assert cluster.health("n1").kind == "active"
    with create(tmp_path) as again:
        assert (again.keys, again.root_token, again.addresses) == (keys, None, before)
        assert again.health("n1").kind == "active"
        assert again.endpoint("n1").call("GET", "sys/mounts", token=token).status == 200


def test_the_root_token_is_in_no_file_and_a_share_only_in_its_custodians(tmp_path: Path) -> None:
    with create(tmp_path) as cluster:
        assert cluster.root_token is not None
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert [f for f in files if cluster.root_token.encode() in f.read_bytes()] == []
        holders = [f for f in files if cluster.keys[0].encode() in f.read_bytes()]
        assert holders == [tmp_path / "custodians" / "erin" / "share"]
        assert holders[0].stat().st_mode & 0o777 == 0o600


def test_a_revoked_root_token_opens_nothing(tmp_path: Path) -> None:
    with create(tmp_path) as cluster:
        token = cluster.root_token
        cluster.revoke_root_token()
        assert cluster.endpoint("n1").call("GET", "sys/mounts", token=token).status == 403


def test_a_destroyed_cluster_stays_destroyed_and_its_shares_stay(tmp_path: Path) -> None:
    with create(tmp_path) as cluster:
        keys = cluster.keys
        cluster.destroy()
    with create(tmp_path) as again:
        (node,) = again.state()
        assert (node.process, node.data, node.state) == ("stopped", False, "silent")
        assert again.keys == keys


def test_a_cluster_whose_making_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    with create(tmp_path) as cluster:
        keys = cluster.keys
    # As if the process had died between Vault's answer and the write of the shares.
    (tmp_path / "custodians" / "erin" / "share").unlink()
    with create(tmp_path) as again:
        assert again.keys != keys
        assert again.root_token is not None
        assert again.health("n1").kind == "active"


def test_a_static_seal_opens_the_node_without_custodians(tmp_path: Path) -> None:
    shape = Shape(nodes=1, seal="static", disable_standby_reads=True)
    with LocalCluster.of_shape(tmp_path, shape) as cluster:
        assert len(cluster.keys) == 5
        cluster.kill("n1")
        cluster.start("n1")
        cluster.wait_until(lambda: cluster.active() == "n1", "n1 opened itself")
