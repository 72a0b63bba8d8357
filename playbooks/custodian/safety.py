"""What must hold before a share goes into a rotation; each refusal says what may be behind it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.core.world.clusters import CustodianKey
from playbooks.custodian import nodes
from playbooks.custodian.custodian import Custodian
from playbooks.custodian.nodes import Node
from playbooks.custodian.rotation import Status
from playbooks.steps.share_loss import LOSES_SHARES, SAFE_AGAIN, that_lose
from playbooks.systems.public_keys import read_key

_NOT_GIVEN: Final = "your share was not given"


def must_not_lose_shares(cluster: str, seen: Sequence[Node], *, may_be_openbao: bool) -> None:
    if not may_be_openbao:
        return
    lose = that_lose((node.name, node.version) for node in seen)
    if lose:
        raise Trouble(
            f"{lose[0][0]} of {cluster} runs version {lose[0][1]}, and {LOSES_SHARES} loses all"
            " shares when they are rotated",
            left=_NOT_GIVEN,
            do=f"let the one who called you update it to {SAFE_AGAIN} first",
        )


def active_node(cluster: str, seen: Sequence[Node]) -> Node:
    active = next((node for node in seen if node.kind == "active"), None)
    if active is None:
        raise Trouble(
            f"No node of {cluster} leads now",
            left=_NOT_GIVEN,
            do="open it first with `vault-responder custodian unseal`, or run this again soon",
        )
    return active


def must_lead(custodian: Custodian, name: str) -> None:
    """A rotation lives in the memory of the node that led when it began. Raises Trouble."""
    node = nodes.look_at(custodian.reach, name)
    if node.kind == "silent":  # One slow answer ends no ceremony.
        node = nodes.look_at(custodian.reach, name)
    if node.kind != "active":
        raise Trouble(
            f"{name} of {custodian.cluster} does not lead any more ({node}), and the rotation was"
            " in its memory alone",
            left="the old shares stay the right ones",
            do=f"tell the one who started it: {name} must be restarted before a new rotation",
        )


def must_be_announced(cluster: str, status: Status, nonce: str) -> None:
    if not status.started:
        raise Trouble(
            f"Nothing with the nonce {nonce} is under way on {cluster}: it is over, was cancelled,"
            " or has not begun",
            left=_NOT_GIVEN,
            do="ask the one who called you, by voice",
        )
    if status.nonce != nonce:
        raise Trouble(
            f"The rotation under way on {cluster} has the nonce {status.nonce}, and you were told"
            f" {nonce}",
            left=_NOT_GIVEN,
            do="ask the one who called you, by voice: somebody else may have started it",
        )


def must_be_harmless(custodian: Custodian, status: Status, active: Node, own: str | None) -> None:
    """Raises Trouble where whoever started it could come by enough new shares.

    With the scheme as it is, and each giver's own key in the list, of 5 keys 3 are of those who
    give: at most 2 are somebody else's, and 2 open nothing. With every custodian's key at hand it
    holds for any scheme.
    """
    cluster = custodian.cluster
    if not status.must_be_proven:
        raise Trouble(
            f"This rotation on {cluster} would make the new shares count before anybody proved one",
            left=_NOT_GIVEN,
            do="let it be cancelled and started with verification required",
        )
    if (status.threshold, status.shares) != (active.threshold, active.shares):
        raise Trouble(
            f"{cluster} opens with {active.threshold} of {active.shares} shares, and this rotation"
            f" would make it {status.threshold} of {status.shares}",
            left=_NOT_GIVEN,
            do="ask the one who called you, by voice: it may be a trap",
        )
    if own is None:
        raise Trouble(
            f"This rotation on {cluster} makes no new share for your PGP key",
            left=_NOT_GIVEN,
            do="tell the one who called you which key is yours; it may also be a trap",
        )
    folder = custodian.settings.keys_folder
    strange = set(status.fingerprints) - read_keys(folder).keys() if folder else set()
    if strange or len(set(status.fingerprints)) != status.shares:
        raise Trouble(
            f"This rotation on {cluster} makes new shares for PGP keys that are not the"
            f" custodians' ({', '.join(sorted(strange)) or 'one key stands twice'})",
            left=_NOT_GIVEN,
            do="ask the one who called you, by voice: it may be a trap",
        )


def read_keys(folder: Path) -> dict[str, CustodianKey]:
    """Every custodian's public PGP key, NAME.asc, by fingerprint. Raises Trouble."""
    keys = (read_key(file.stem, file) for file in sorted(folder.glob("*.asc")))
    return {key.fingerprint: key for key in keys}
