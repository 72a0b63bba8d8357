"""Whether the shares of a cluster can be rotated now, and what approvers must know about it."""

from dataclasses import dataclass
from typing import Final

from playbooks.core.backup import KeyGeneration, RotationNote
from playbooks.core.plan import NotForMe
from playbooks.core.values import Name
from playbooks.core.world.clusters import CustodianKey
from playbooks.core.world.rotation import Product, Rotation
from playbooks.core.world.vault import NodeState
from playbooks.core.world.world import World
from playbooks.steps.listing import listed
from playbooks.steps.restoring import who_opens_it
from playbooks.steps.share_loss import SAFE_AGAIN, that_lose
from playbooks.steps.shares import is_noted
from playbooks.steps.situation import Between, Empty, node_states, situation

_COPIES: Final = {
    "OpenBao": "bao delete sys/rotate/root/backup",
    "HashiCorp Vault": "vault delete sys/rekey/backup",
}


@dataclass(frozen=True)
class Rotatable:
    """What a rotation depends on, and what must still be so when it begins."""

    product: Product
    newest: KeyGeneration
    keys: tuple[CustodianKey, ...]
    left_behind: tuple[Name, ...]


async def rotatable(cluster: Name, world: World) -> Rotatable | NotForMe:
    """Look at everything that stands in the way of a rotation. Raises Trouble for missing keys."""
    found = await situation(world.clusters.named(cluster), world)
    if isinstance(found, Between):
        return found.refusal
    if isinstance(found, Empty):
        return NotForMe(why=f"{cluster} is empty, so it has no shares", do="restore a backup first")
    generations = await world.backups.generations(cluster)
    if not generations or generations[-1].cluster_id != found.active.cluster_id:
        return NotForMe(
            why=f"the store does not know the keys of the {cluster} that runs now",
            do=f"run `vault-responder adopt {cluster}` on a worker",
        )
    newest = generations[-1]
    wrong_seal = _wrong_seal(cluster, found.active, newest)
    if wrong_seal is not None:
        return wrong_seal
    told = await world.vault.rotating(cluster)
    notes = await world.backups.notes(cluster)
    keys = world.clusters.custodian_keys(cluster)
    return (
        await _wrong_server(cluster, told.product, world)
        or _wrong_time(cluster, told.now, notes)
        or _wrong_keys(cluster, newest, keys)
        or Rotatable(
            product=told.product,
            newest=newest,
            keys=keys,
            left_behind=tuple(note.mark for note in notes if not note.settled),
        )
    )


def what_it_means(found: Rotatable) -> tuple[str, ...]:
    """Tell approvers who is needed, and what the old shares are worth afterwards."""
    scheme = found.newest.scheme
    each = ", ".join(f"{key.custodian} ({key.fingerprint[-16:]})" for key in found.keys)
    tells = [
        (
            f"Now: {who_opens_it(found.newest)}; they give their old shares, and Vault does not"
            " tell which of them did"
        ),
        (
            f"Afterwards: {scheme.threshold} of {scheme.shares} again, each share encrypted for the"
            f" key that ends in: {each}"
        ),
        "Until enough new shares are proved nothing has changed, and the rotation can be cancelled",
        (
            "From then on the old shares open only the backups of before; custodians keep them as"
            " long as such a backup is kept"
        ),
        (
            "Who has not proved a new share fetches it later; the encrypted copies stay in Vault"
            f" until an administrator deletes them with `{_COPIES[found.product]}`"
        ),
    ]
    if found.left_behind:
        tells.append(
            "An earlier rotation broke off: the node that still remembers it is made to forget,"
            " for which custodians may have to unseal it again"
        )
    return tuple(tells)


def _wrong_seal(cluster: Name, active: NodeState, newest: KeyGeneration) -> NotForMe | None:
    if active.scheme is None or active.scheme.kind == "auto":
        return NotForMe(
            why=f"{cluster} unseals itself: its custodians hold recovery keys, which open no node",
            do="rotate the recovery keys by hand as Vault's documentation says, then run"
            f" `vault-responder adopt {cluster} --rotated` on a worker",
        )
    if active.scheme != newest.scheme:
        return NotForMe(
            why=f"{cluster} has other shares than those of key generation {newest.number}",
            do=f"run `vault-responder adopt {cluster} --rotated` on a worker",
        )
    return None


async def _wrong_server(cluster: Name, product: Product, world: World) -> NotForMe | None:
    if product != "OpenBao":
        return None
    states = await node_states(cluster, world.clusters.named(cluster).nodes, world)
    lose = that_lose((state.node, state.version) for state in states)
    if not lose:
        return None
    return NotForMe(
        why=f"{listed(node for node, _ in lose)} of {cluster} run OpenBao {lose[0][1]}, where a"
        " rotation of the shares loses all of them",
        do=f"upgrade every node to {SAFE_AGAIN} first",
    )


def _wrong_time(
    cluster: Name, running: Rotation | None, notes: tuple[RotationNote, ...]
) -> NotForMe | None:
    if running is None or is_noted(running, notes):
        return None
    return NotForMe(
        why=f"rotation {running.nonce} of the shares of {cluster} is under way, and no run of this"
        " bot began it",
        do="find out who began it, and let them end it or cancel it",
    )


def _wrong_keys(
    cluster: Name, newest: KeyGeneration, keys: tuple[CustodianKey, ...]
) -> NotForMe | None:
    """Custodians' own programs refuse another number of shares, so none is begun."""
    if len(keys) != newest.scheme.shares:
        return NotForMe(
            why=f"{cluster} has {newest.scheme.shares} shares, and {len(keys)} custodians are"
            " configured",
            do=f"name as many in `clusters.{cluster}.custodians`; another number of shares is made"
            f" by hand, and recorded with `vault-responder adopt {cluster} --rotated`",
        )
    owner: dict[str, Name] = {}
    for key in keys:
        if key.fingerprint in owner:
            return NotForMe(
                why=f"{owner[key.fingerprint]} and {key.custodian} have the same OpenPGP key",
                do="give each custodian a key of their own, or one could read two shares",
            )
        owner[key.fingerprint] = key.custodian
    return None
