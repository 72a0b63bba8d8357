"""A backup as the catalogue knows it, and the keys that open it."""

from typing import Literal

from playbooks.core.values import Count, Digest, Fingerprint, Frozen, Moment, Name, Version


class SealScheme(Frozen):
    """How a cluster is opened: by `threshold` of `shares` custodians, or by itself."""

    kind: Literal["shamir", "auto"] = "shamir"
    shares: Count
    threshold: Count


class KeyGeneration(Frozen):
    """The unseal keys of a cluster, counted from 1; a rotation of the shares makes the next one."""

    cluster: Name
    cluster_id: str
    number: Count
    scheme: SealScheme
    custodians: tuple[Name, ...]
    since: Moment
    shares_mark: Digest | None = None  # None: not known, or the cluster opens itself.

    def opens_as(self, other: "KeyGeneration") -> bool:
        """Say if these are the other one's keys, as far as both tell."""
        told = (self.cluster_id, self.scheme, self.custodians)
        marks = {self.shares_mark, other.shares_mark} - {None}
        return told == (other.cluster_id, other.scheme, other.custodians) and len(marks) < 2  # noqa: PLR2004 -- one mark, or none


class RotationNote(Frozen):
    """Which rotation of the shares a run has begun: Vault names it, and forgets it in the end.

    It is kept before the rotation is begun, again with its nonce, and once it is settled. Until
    then the node that led remembers it, and takes it up whenever it leads again; there even new
    shares of an older rotation count. A node that is restarted or sealed forgets.
    """

    cluster: Name
    mark: Name  # Chosen in the run's plan.
    fingerprints: tuple[Fingerprint, ...]
    shares_mark: Digest  # Of the shares before it.
    leader: Name
    nonce: str | None = None  # None: nobody has seen it begin yet.
    settled: bool = False


class Mark(Frozen):
    """What a canary secret held, as an HMAC under a key that only workers have."""

    path: str
    hmac: Digest


class Backup(Frozen):
    """One catalogue entry. It exists only if the object was read back and compared."""

    name: Name
    kind: Literal["backup", "copy"]  # A copy is what a restore found; it is never "latest".
    cluster: Name
    cluster_id: str
    object_keys: tuple[str, ...]  # The first is the one that is read.
    taken_at: Moment
    vault_version: Version
    raft_index: Count
    generation: Count  # 0: no record says which keys those were.
    scheme: SealScheme
    archive_bytes: Count
    archive_sha256: Digest
    object_bytes: Count
    object_sha256: Digest
    nonce: str
    canaries: tuple[Mark, ...]
    shares_mark: Digest | None = None  # Of the archive itself. None: as in KeyGeneration.
