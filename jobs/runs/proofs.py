"""What stands behind a press: a click, a code, or a signature that only one person can make."""

import re
from enum import StrEnum
from typing import Final

from playbooks.core.values import Frozen

BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
END: Final = "-----END SSH SIGNATURE-----"
_CODE: Final = re.compile(r"[0-9]{6}")


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


def is_code(given: str) -> bool:
    """Say if this is a code as authenticators show them."""
    return _CODE.fullmatch(given) is not None


def signatures_in(text: str) -> tuple[str, ...]:
    """Find every armoured signature, whatever stands around it; one without its end is none."""
    found = []
    inside, end, rest = text.partition(BEGIN)[2].partition(END)
    while end:
        found.append(f"{BEGIN}{inside}{END}\n")
        inside, end, rest = rest.partition(BEGIN)[2].partition(END)
    return tuple(found)


def armour_taken_off(signature: str) -> str | None:
    """Give what stands between the two lines; None: it is not one signature and nothing else."""
    text = signature.strip()
    inside = text.removeprefix(BEGIN).removesuffix(END)
    is_whole = text == f"{BEGIN}{inside}{END}" and inside[:1].isspace()
    return "".join(inside.split()) if is_whole else None
