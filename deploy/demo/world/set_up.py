"""The demo's cluster from nothing to filled, once; afterwards it is started as it is."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.demo.cluster.layout import Shape
from deploy.demo.cluster.local import LocalCluster
from deploy.demo.cluster.seed import LoginKeys, seed
from deploy.demo.world.parts import writer_key


def set_up(root: Path, worker: str, looker: str, shape: Shape) -> LocalCluster:
    """Make the cluster in `root`/cluster, or start the one that is there.

    `worker` and `looker` are public keys as PEM. The root token is revoked at the end and was never
    written, so a cluster whose filling was interrupted is made anew.
    """
    directory = root / "cluster"
    cluster = LocalCluster.of_shape(directory, shape)
    if cluster.root_token is None and not _filled(directory).exists():
        cluster.close()
        shutil.rmtree(directory)
        cluster = LocalCluster.of_shape(directory, shape)
    if cluster.root_token is not None:
        try:
            keys = LoginKeys(worker=worker, looker=looker, writer=new_writer_key(root))
            asyncio.run(seed(cluster, keys, datetime.now(UTC)))
            cluster.wait_for_voters()
            cluster.revoke_root_token()
            _filled(directory).touch()
        except BaseException:
            cluster.close()
            raise
    return cluster


def new_writer_key(root: Path) -> str:
    """Write the writer's private key where it looks for it; return the public one as PEM."""
    key = Ed25519PrivateKey.generate()
    file = writer_key(root)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()


def _filled(directory: Path) -> Path:
    return directory / "filled"
