"""The stand-in for a rotation of unseal key shares, as a node remembers it."""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from playbooks.core.backup import SealScheme
from playbooks.core.values import Name
from playbooks.core.world.clusters import CustodianKey
from playbooks.core.world.rotation import Rotation

_KEY_OF: Final = "key of "


def key_of(custodian: Name) -> CustodianKey:
    """The public key of a custodian of the stand-in world."""
    digest = hashlib.sha1(custodian.encode(), usedforsecurity=False).hexdigest()
    return CustodianKey(custodian=custodian, fingerprint=digest, key=f"{_KEY_OF}{custodian}")


@dataclass
class ToyRotation:
    """It lies in the memory of one node, which takes it up again whenever it leads."""

    nonce: str
    keys: tuple[str, ...]
    scheme: SealScheme
    required: int
    old: int  # The key generation that it replaces.
    given: set[str] = field(default_factory=set)
    proved: set[str] = field(default_factory=set)

    @property
    def custodians(self) -> tuple[str, ...]:
        """Who gets a new share, in order."""
        return tuple(key.removeprefix(_KEY_OF) for key in self.keys)

    @property
    def proving(self) -> bool:
        return len(self.given) >= self.required

    def told(self) -> Rotation:
        """What the active node answers about it."""
        return Rotation(
            nonce=self.nonce,
            scheme=self.scheme,
            fingerprints=tuple(key_of(custodian).fingerprint for custodian in self.custodians),
            verified=True,
            required=self.required,
            given=0 if self.proving else len(self.given),
            proving=self.proving,
            proved=len(self.proved),
        )
