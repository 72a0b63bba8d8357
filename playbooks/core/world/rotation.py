"""A rotation of unseal key shares, which lives in the memory of the node that was active."""

from typing import Literal, TypeAlias

from playbooks.core.backup import SealScheme
from playbooks.core.values import Count, Fingerprint, Frozen

Product: TypeAlias = Literal["OpenBao", "HashiCorp Vault"]


class Rotation(Frozen):
    """How far a rotation is: first the old shares are given, then the new ones are proved."""

    nonce: str
    scheme: SealScheme  # Of the shares that come out of it.
    fingerprints: tuple[Fingerprint, ...]  # Of the keys they are encrypted with, in order.
    verified: bool  # The new shares count only once enough of them were proved.
    required: Count  # How many old shares it takes.
    given: Count = 0
    proving: bool = False  # All old shares are given; the new ones exist.
    proved: Count = 0


class Rotating(Frozen):
    """What a cluster answers about rotations; the server is told by what it has, not by name."""

    product: Product
    now: Rotation | None  # None: no rotation is under way on the node that is active.
