"""What stands behind a press: a click, a code, or a signature that only one person can make."""

from enum import StrEnum

from playbooks.core.values import Frozen


class ProofKind(StrEnum):
    """Ordered from the weakest to the strongest."""

    CLICK = "click"  # As good as Slack and the bot that passes it on.
    TOTP = "totp"  # Shows that a device is at hand; not bound to what it approves.
    SIGNATURE = "signature"  # Made on the approver's machine, over the plan's text.

    def is_at_least(self, other: "ProofKind") -> bool:
        """Say if this proves as much as the other."""
        order = tuple(ProofKind)
        return order.index(self) >= order.index(other)


class Proof(Frozen):
    """What a worker found when it checked what came with a press."""

    kind: ProofKind = ProofKind.CLICK
    person: str | None = None  # Whose signature or code it is. None: it proves nobody.
    signature: str = ""  # The armoured SSH signature; a code is never kept.
    why_not: str | None = None  # Why what came does not count. None: it counts, for what it is.
    wrong_code: bool = False


NO_PROOF = Proof()
