"""How one node is, from what it answers without a login."""

from datetime import timedelta
from typing import Any, Final

import requests

from playbooks.core.backup import SealScheme
from playbooks.core.trouble import Trouble
from playbooks.core.values import Name
from playbooks.core.world.vault import NodeKind, NodeState
from playbooks.systems.vault.calls import Call, Calls

_CONNECTS: Final = timedelta(seconds=1)
_ANSWERS: Final = timedelta(seconds=1.8)
# 474: a standby that reaches no active node. 472 and 473 are standbys of Vault Enterprise.
# 530, a node that was removed from its cluster, answers nothing that makes sense any more.
_KINDS: Final[dict[int, NodeKind]] = {
    200: "active",
    429: "standby",
    472: "standby",
    473: "standby",
    474: "standby",
    501: "uninitialised",
    503: "sealed",
}


def state_of(calls: Calls, node: Name) -> NodeState:
    """Ask health and seal status. Every fault makes the node silent, within about two seconds."""
    try:
        health = calls.ask(node, _quick("sys/health"))
        seal = calls.ask(node, _quick("sys/seal-status"))
    except Trouble:
        return NodeState(node=node, kind="silent")
    kind = _KINDS.get(health.status_code, "silent")
    told, sealing = _body(health), _body(seal)
    if kind == "silent" or not isinstance(sealing.get("initialized"), bool):
        return NodeState(node=node, kind="silent")
    if not sealing["initialized"]:
        return NodeState(node=node, kind="uninitialised", version=_version(sealing))
    return NodeState(
        node=node,
        kind=kind,
        version=_version(told) or _version(sealing),
        cluster_id=_text(told.get("cluster_id")) if kind in {"active", "standby"} else None,
        scheme=scheme_of(sealing),
        # An open node keeps the count of shares that came after it was open.
        shares_given=_count(sealing.get("progress")) if kind == "sealed" else 0,
    )


def scheme_of(sealing: dict[str, Any]) -> SealScheme:
    """Read the share scheme of a seal status; of an auto seal it is that of the recovery keys."""
    return SealScheme(
        kind="shamir" if sealing.get("type") == "shamir" else "auto",
        shares=_count(sealing.get("n")),
        threshold=_count(sealing.get("t")),
    )


def _quick(path: str) -> Call:
    return Call("get", path, connect=_CONNECTS, within=_ANSWERS)


def _body(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _version(body: dict[str, Any]) -> str | None:
    return _text(body.get("version"))


def _text(value: object) -> str | None:
    return value[:60] if isinstance(value, str) and value else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
