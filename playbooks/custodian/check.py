"""Is this the right share? By its fingerprint, or together with the others for real."""

from typing import Final

from playbooks.core.trouble import Trouble
from playbooks.custodian import safety
from playbooks.custodian.custodian import Custodian
from playbooks.custodian.nodes import Node
from playbooks.custodian.opening import Opener
from playbooks.custodian.part import Part
from playbooks.custodian.rotate import give_share, wait_for_the_old
from playbooks.custodian.rotation import RotationApi, Status, find_api
from playbooks.custodian.share import is_of

# A custodian's own role can neither start nor cancel; this one can do nothing else.
CHECK_ROLE: Final = "share-check"
# How many pauses the others have to see that all shares were right.
_SEEN: Final = 5


def check(custodian: Custodian) -> bool:
    """Compare, and say so. No node is asked. Raises Trouble where nothing is known."""
    known, desk = custodian.notebook.memory, custodian.desk
    if known.proven is None:
        raise Trouble(
            f"This program never saw your share of {custodian.cluster} work, so there is nothing"
            " to compare it with",
            left="Vault was not asked",
            do="prove it with the others: `vault-responder custodian check --together`",
        )
    share = custodian.source.share(desk)
    for fingerprint, verdict in ((known.proven, ""), (known.before, "the old one, ")):
        if fingerprint is not None and is_of(share, fingerprint):
            desk.say(
                f"This is {verdict}the share that {fingerprint.how} on"
                f" {fingerprint.at:%Y-%m-%d %H:%M} UTC. Vault was not asked: it does not say"
                " whether the shares were rotated since."
            )
            return not verdict
    desk.say(
        f"This is NOT the share that {known.proven.how} on {known.proven.at:%Y-%m-%d %H:%M} UTC."
        " Vault was not asked."
    )
    return False


def join_check(custodian: Custodian, opener: Opener, nonce: str) -> None:
    """Give the share to a check that another custodian started. Raises Trouble."""
    api, active = _look(custodian)
    part = Part(custodian, api, nonce, opener, is_check=True)
    status = api.status()
    safety.must_be_announced(custodian.cluster, status, nonce)
    _must_be_a_check(part, status, active)
    if status.proof_nonce:
        custodian.desk.say("Enough custodians gave theirs before you: yours was not needed.")
        return
    _give_and_wait(part, status)


def start_check(custodian: Custodian, opener: Opener) -> None:
    """Start a rotation that cannot be ended, give the share, and cancel it. Raises Trouble."""
    api, active = _look(custodian)
    starter = find_api(custodian.reach, active.name, CHECK_ROLE)
    status = _started(custodian, starter, active)
    try:
        part = Part(custodian, api, status.nonce, opener, is_check=True)
        _must_be_a_check(part, status, active)
        custodian.desk.say(
            f"The check has begun; {status.required} custodians are needed. Tell the others:\n"
            f"  vault-responder custodian check --together --nonce {status.nonce}"
        )
        _give_and_wait(part, status)
        for _ in range(_SEEN):
            custodian.desk.pause()
    except Trouble as trouble:
        raise Trouble(
            trouble.happened,
            left="the check was ended, and no share has changed",
            do="call the others first; then start another one",
        ) from trouble
    finally:
        _cancel(custodian, starter, status.nonce)


def _look(custodian: Custodian) -> tuple[RotationApi, Node]:
    seen = custodian.look_and_show()
    active = safety.active_node(custodian.cluster, seen)
    api = find_api(custodian.reach, active.name, custodian.reach.role)
    safety.must_not_lose_shares(custodian.cluster, seen, may_be_openbao=api.may_be_openbao)
    return api, active


def _must_be_a_check(part: Part, status: Status, active: Node) -> None:
    """Whoever calls a real rotation a check must not get a share by it."""
    safety.must_be_harmless(part.custodian, status, active, part.opener.mine(status.fingerprints))
    if status.keeps_messages:
        raise Trouble(
            f"This is no check: it is a real rotation of the shares of {part.custodian.cluster}",
            left="your share was not given",
            do="ask the one who called you, by voice",
        )


def _started(custodian: Custodian, starter: RotationApi, active: Node) -> Status:
    """Start it, or find the one that this program started before it was killed."""
    status = starter.status()
    if status.started and custodian.notebook.memory.checking and not status.keeps_messages:
        return status
    if status.started:
        raise Trouble(
            f"A rotation of the shares of {custodian.cluster} is under way ({status.nonce})",
            left="no check was started",
            do="wait until it is over, or let the one who started it cancel it",
        )
    folder = custodian.settings.keys_folder
    keys = safety.read_keys(folder) if folder else {}
    if len(keys) != active.shares:
        raise Trouble(
            f"A check needs the public PGP key of each of the {active.shares} custodians, and"
            f" {len(keys)} are here",
            left="no check was started",
            do="put them as NAME.asc into the folder that `keys_folder` of --config names",
        )
    custodian.notebook.write(checking=True)
    return starter.start(active.shares, active.threshold, [key.key for key in keys.values()])


def _give_and_wait(part: Part, status: Status) -> None:
    cluster = part.custodian.cluster
    give_share(part, status)
    wait_for_the_old(part)
    if part.turn.old is None:
        return
    part.custodian.notebook.write(turn=None)
    part.say(
        f"Yours is right: together the {status.required} shares open {cluster}. It asked Vault, and"
        " nothing has changed: the new shares were made for this check and are thrown away."
    )


def _cancel(custodian: Custodian, starter: RotationApi, nonce: str) -> None:
    safety.must_lead(custodian, starter.node)
    if starter.status().nonce == nonce:
        starter.cancel(nonce)
    if starter.status().started:
        raise Trouble(
            f"The check on {custodian.cluster} could not be cancelled",
            left="no share has changed, and none can by it",
            do=f"restart {starter.node}, or seal and unseal it",
        )
    custodian.notebook.write(checking=False)
    custodian.desk.say(
        "The check is cancelled. The shares are what they were, and nothing is left of it."
    )
