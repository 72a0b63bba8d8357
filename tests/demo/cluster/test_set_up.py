"""The demo's cluster is filled once; only a whole filling counts."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.demo.cluster.layout import Shape
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.world.parts import writer_key
from deploy.demo.world.set_up import set_up

ONE_NODE = Shape(nodes=1, shares=1, threshold=1)


@pytest.fixture(scope="module")
def public_key() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def start(root: Path, public_key: str) -> LocalCluster:
    return set_up(root, worker=public_key, looker=public_key, shape=ONE_NODE)


def test_a_filled_cluster_is_started_as_it_is_and_has_no_root_token(
    tmp_path: Path, public_key: str
) -> None:
    with start(tmp_path, public_key) as cluster:
        assert cluster.root_token is None
        keys, login = cluster.keys, writer_key(tmp_path).read_bytes()
        assert writer_key(tmp_path).stat().st_mode & 0o077 == 0
    with start(tmp_path, public_key) as again:
        assert again.keys == keys
        assert writer_key(tmp_path).read_bytes() == login


def test_a_cluster_whose_filling_was_interrupted_is_made_anew(
    tmp_path: Path, public_key: str
) -> None:
    # As if the process had died before the first secret: nobody has the root token any more.
    with LocalCluster.of_shape(tmp_path / "cluster", ONE_NODE) as half_made:
        keys = half_made.keys
    with start(tmp_path, public_key) as cluster:
        assert cluster.keys != keys
        assert cluster.active() == "n1"
