"""How one node is, from what it answers without a login."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from deploy.demo.cluster.api import Endpoint

Kind: TypeAlias = Literal["active", "standby", "sealed", "uninitialised", "silent"]

KINDS: Final[dict[int, Kind]] = {
    200: "active",
    429: "standby",
    501: "uninitialised",
    503: "sealed",
}


@dataclass(frozen=True)
class Health:
    """`given` of `needed` shares; both 0 where no share is awaited."""

    kind: Kind
    given: int = 0
    needed: int = 0


def ask_health(node: Endpoint, *, seconds: float = 2.0) -> Health:
    kind = KINDS.get(node.call("GET", "sys/health", seconds=seconds).status, "silent")
    if kind != "sealed":
        return Health(kind)
    seal = node.call("GET", "sys/seal-status", seconds=seconds).body
    given, needed = seal.get("progress"), seal.get("t")
    if not isinstance(given, int) or not isinstance(needed, int):
        return Health("silent")
    return Health(kind, given, needed)
