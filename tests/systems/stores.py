"""Real stores in a directory of the test, with a key and a signature of their own."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from obstore.store import ObjectStore

from playbooks.core.backup import Backup, KeyGeneration, Mark, SealScheme
from playbooks.core.world.backups import Associated
from playbooks.systems.backup_key import BackupKey, create_key
from playbooks.systems.backups import StoredBackups
from playbooks.systems.objects import StoredObjects, StoreSettings, open_store
from playbooks.systems.signed import Signatures

PROD: Final = Associated(cluster="prod", generation=1)
AT: Final = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def signatures(secret: bytes = b"a worker's key") -> Signatures:
    """Signatures of this test: whoever knows the secret may sign."""

    def _sign(message: bytes) -> str:
        return hmac.new(secret, message, hashlib.sha256).hexdigest()

    return Signatures(sign=_sign, check=lambda message, said: _sign(message) == said)


def key_in(place: Path) -> BackupKey:
    """A new backup key in a file of the test."""
    create_key(place / "backup.key")
    return BackupKey(place / "backup.key")


def objects_in(place: Path) -> StoredObjects:
    """A store in a directory that does not exist yet."""
    url = (place / "store").as_uri()
    return StoredObjects(open_store(StoreSettings(url=url)), url)


def backups_in(place: Path, *, store: ObjectStore | None = None) -> StoredBackups:
    """Backups with a new key, in a new local directory or the store that is given."""
    objects = objects_in(place) if store is None else StoredObjects(store, "the store")
    return StoredBackups(objects, signatures(), key_in(place))


async def in_pieces(data: bytes, size: int = 1 << 16) -> AsyncIterator[bytes]:
    """Give data as a stream."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    """Take a stream as data."""
    return b"".join([piece async for piece in pieces])


def entry(name: str = "vault-snapshot-20261125-020000", cluster: str = "prod") -> Backup:
    """A catalogue entry that no object stands behind."""
    return Backup(
        name=name,
        kind="backup",
        cluster=cluster,
        cluster_id="c0ffee",
        object_keys=(f"daily/2026-11-25/{name}.enc",),
        taken_at=AT,
        vault_version="2.7.2",
        raft_index=562,
        generation=1,
        scheme=SealScheme(shares=5, threshold=3),
        archive_bytes=10,
        archive_sha256="a" * 64,
        object_bytes=20,
        object_sha256="b" * 64,
        nonce="0" * 32,
        canaries=(Mark(path="vps/test-tenant-id/admin_ssh", hmac="c" * 64),),
    )


def generation(number: int, cluster: str = "prod") -> KeyGeneration:
    """A key generation of a cluster."""
    return KeyGeneration(
        cluster=cluster,
        cluster_id="c0ffee",
        number=number,
        scheme=SealScheme(shares=5, threshold=3),
        custodians=("erin", "frank"),
        since=AT,
    )
